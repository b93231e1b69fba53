"""Every act of a case by its name in addresses, in the order of the page."""

from collections.abc import Mapping
from typing import Final

from fraud.cases import decision_forms, disclosure_forms, work_forms
from fraud.cases.act_forms import ActForm
from fraud.cases.letters.forms import LetterForm
from fraud.cases.look import CaseLook

ACTS: Final[Mapping[str, type[ActForm]]] = {
    "prendre": work_forms.ClaimForm,
    "attribuer": work_forms.AssignForm,
    "instruire": work_forms.InvestigateForm,
    "voir-les-personnes": decision_forms.UnveilForm,
    "acces-exceptionnel": decision_forms.BreakGlassForm,
    "repondre-acces": decision_forms.AnswerBreakGlassForm,
    "ecrire": work_forms.WriteForm,
    "note": work_forms.NoteForm,
    "tache-faite": work_forms.TaskDoneForm,
    "fiche": work_forms.FactsForm,
    "retenir": decision_forms.AccuseForm,
    "montant": decision_forms.AmountForm,
    "corriger-montant": decision_forms.CorrectForm,
    "contradictoire": work_forms.ContradictoryForm,
    "demander-accord": decision_forms.AskApprovalForm,
    "repondre-accord": decision_forms.AnswerApprovalForm,
    "partager": disclosure_forms.ShareForm,
    "arreter-partage": disclosure_forms.RevokeForm,
    "lever-identite": disclosure_forms.LiftForm,
    "informer": disclosure_forms.TellForm,
    "reporter-information": disclosure_forms.DeferForm,
    "suite": decision_forms.StepForm,
    "lettre": LetterForm,
    "decider": decision_forms.DecideForm,
    "clore": decision_forms.CloseForm,
    "rouvrir": decision_forms.ReopenForm,
    "fusionner": work_forms.MergeForm,
    "annuler-fusion": work_forms.UnmergeForm,
    "separer": work_forms.SplitForm,
    "remettre": work_forms.ReleaseForm,
    "avis-lus": work_forms.SeenForm,
}


def offered(look: CaseLook) -> list[tuple[str, type[ActForm]]]:
    """What whoever looks may do with the case now."""
    return [(name, form) for name, form in ACTS.items() if form.may(look.user) and form.is_offered(look)]
