"""Every act of a case by its name in addresses, in the order of the page."""

from collections.abc import Mapping
from typing import Final

from fraud.cases import decision_forms, disclosure_forms, work_forms
from fraud.cases.act_forms import ActForm, ActGroup
from fraud.cases.letters.forms import LetterForm
from fraud.cases.look import CaseLook

ACTS: Final[Mapping[str, type[ActForm]]] = {
    "prendre": work_forms.ClaimForm,
    "instruire": work_forms.InvestigateForm,
    "voir-les-personnes": decision_forms.UnveilForm,
    "ecrire": work_forms.WriteForm,
    "note": work_forms.NoteForm,
    "tache-faite": work_forms.TaskDoneForm,
    "retenir": decision_forms.AccuseForm,
    "contradictoire": work_forms.ContradictoryForm,
    "repondre-acces": decision_forms.AnswerBreakGlassForm,
    "acces-exceptionnel": decision_forms.BreakGlassForm,
    "montant": decision_forms.AmountForm,
    "corriger-montant": decision_forms.CorrectForm,
    "demander-accord": decision_forms.AskApprovalForm,
    "repondre-accord": decision_forms.AnswerApprovalForm,
    "suite": decision_forms.StepForm,
    "lettre": LetterForm,
    "decider": decision_forms.DecideForm,
    "clore": decision_forms.CloseForm,
    "rouvrir": decision_forms.ReopenForm,
    "partager": disclosure_forms.ShareForm,
    "arreter-partage": disclosure_forms.RevokeForm,
    "lever-identite": disclosure_forms.LiftForm,
    "informer": disclosure_forms.TellForm,
    "reporter-information": disclosure_forms.DeferForm,
    "avis-lus": work_forms.SeenForm,
    "fiche": work_forms.FactsForm,
    "attribuer": work_forms.AssignForm,
    "remettre": work_forms.ReleaseForm,
    "fusionner": work_forms.MergeForm,
    "annuler-fusion": work_forms.UnmergeForm,
    "separer": work_forms.SplitForm,
}


def offered(look: CaseLook) -> list[tuple[str, type[ActForm]]]:
    """What whoever looks may do with the case now."""
    return [(name, form) for name, form in ACTS.items() if form.may(look.user) and form.is_offered(look)]


def grouped(look: CaseLook) -> list[tuple[str, list[dict[str, str]]]]:
    """The same under their headings: names for addresses, and titles. A heading without acts is left out."""
    found = offered(look)
    groups = [
        (group.value, [{"name": name, "title": form.title} for name, form in found if form.group is group])
        for group in ActGroup
    ]
    return [(heading, acts) for heading, acts in groups if acts]
