"""Acts of whoever works on a case, and of whoever leads the work."""

from typing import Any

from django import forms

from accounts.staff.models import User
from fraud.cases.act_forms import ActForm, ActGroup
from fraud.cases.answers import mark_answers_read
from fraud.cases.asking import write_to_insured
from fraud.cases.assigning import assign, claim, release
from fraud.cases.bulk import investigators
from fraud.cases.enums import WORKED_ON, AuthorCategory, CaseStatus
from fraud.cases.look import CaseLook
from fraud.cases.merging import merge, unmerge
from fraud.cases.models import FraudCase
from fraud.cases.moving import move_case, reports_of
from fraud.cases.notices import mark_read
from fraud.cases.noting import change_case, finish_task, write_note
from fraud.cases.splitting import split_case
from fraud.intake.enums import OPEN as OPEN_REPORT
from fraud.intake.enums import Severity
from fraud.intake.sealed import LONGEST_STORY
from fraud.staffing.choosing import CandidateField

UNDECIDED = (CaseStatus.NEW, *WORKED_ON)
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
"""A browser's own calendar takes days in this form only."""
LONG = forms.Textarea(attrs={"rows": 6})


class ClaimForm(ActForm):
    group = ActGroup.INVESTIGATE
    title, button = "Prendre ce dossier", "Prendre ce dossier"
    note = "Il vous sera attribué ; son échéance ne change pas."
    states = (CaseStatus.NEW,)

    def perform(self) -> str:
        claim(self.case.pk, by=self.user)
        return "Ce dossier est à vous."


class AssignForm(ActForm):
    group = ActGroup.ORGANISE
    title, button, permission = "Attribuer le dossier", "Attribuer", "assign"
    states = UNDECIDED
    investigator = CandidateField(label="Attribuer à")

    def prepare(self) -> None:
        field: Any = self.fields["investigator"]
        field.offer(investigators())

    def perform(self) -> str:
        to = User.objects.get(pk=self.cleaned_data["investigator"])
        assign(self.case.pk, to=to, by=self.user)
        return "Le dossier est attribué."


class ReleaseForm(ActForm):
    group = ActGroup.ORGANISE
    title, button = "Remettre à trier", "Remettre à trier"
    note = "Le dossier retourne dans la file ; votre travail y reste."
    states = (CaseStatus.ASSIGNED, CaseStatus.INVESTIGATING)
    by_holder = True

    def perform(self) -> str:
        release(self.case.pk, by=self.user)
        return "Le dossier est de nouveau à trier."


class InvestigateForm(ActForm):
    group = ActGroup.INVESTIGATE
    title, button = "Commencer ou reprendre l’instruction", "En instruction"
    note = "Les personnes qui ont signalé verront que leur signalement est en cours d’examen."
    states = (CaseStatus.ASSIGNED, CaseStatus.CONTRADICTORY)
    by_holder = True

    def perform(self) -> str:
        move_case(self.case.pk, to=CaseStatus.INVESTIGATING, by=self.user)
        return "L’instruction est ouverte."


class ContradictoryForm(ActForm):
    group = ActGroup.INVESTIGATE
    title, button = "Ouvrir la phase contradictoire", "Ouvrir la phase contradictoire"
    note = "Inscrivez aussi la notification des griefs : elle donne le délai de réponse du professionnel."
    states = (CaseStatus.INVESTIGATING,)
    by_holder = True

    def perform(self) -> str:
        move_case(self.case.pk, to=CaseStatus.CONTRADICTORY, by=self.user)
        return "La phase contradictoire est ouverte."


class WriteForm(ActForm):
    group = ActGroup.INVESTIGATE
    title, button = "Écrire à la personne qui a signalé", "Envoyer le message"
    note = "Elle lira ce message dans son espace. Dehors, elle apprend seulement qu’un message l’attend."
    states = WORKED_ON
    by_holder = True
    report = forms.TypedChoiceField(label="Signalement", coerce=int)
    text = forms.CharField(label="Message", widget=LONG, max_length=LONGEST_STORY)
    is_question = forms.BooleanField(label="C’est une question : le délai s’arrête jusqu’à la réponse", required=False)

    def prepare(self) -> None:
        reports = reports_of(self.case).filter(status__in=OPEN_REPORT).order_by("pk")
        self.choose("report", [(one.pk, str(one.receipt_no)) for one in reports])

    def perform(self) -> str:
        data = self.cleaned_data
        write_to_insured(
            self.case.pk,
            report_id=data["report"],
            text=data["text"],
            is_question=data["is_question"],
            by=self.user,
        )
        return "Le message est envoyé."


class NoteForm(ActForm):
    group = ActGroup.INVESTIGATE
    title, button = "Ajouter une note ou une tâche", "Ajouter"
    text = forms.CharField(label="Texte", widget=LONG, max_length=4000)
    due_on = forms.DateField(label="À faire pour le (une tâche)", widget=DAY, required=False)

    def perform(self) -> str:
        write_note(self.case.pk, text=self.cleaned_data["text"], due_on=self.cleaned_data["due_on"], by=self.user)
        return "C’est noté."


class TaskDoneForm(ActForm):
    group = ActGroup.INVESTIGATE
    title, button = "Terminer une tâche", "C’est fait"
    task = forms.TypedChoiceField(label="Tâche", coerce=int)

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return super().is_offered(look) and bool(look.open_tasks)

    def prepare(self) -> None:
        tasks = self.look.open_tasks
        self.choose("task", [(one.pk, f"tâche {one.pk}, pour le {one.due_on:%d/%m/%Y}") for one in tasks])

    def perform(self) -> str:
        finish_task(self.cleaned_data["task"], by=self.user)
        return "La tâche est terminée."


class FactsForm(ActForm):
    group = ActGroup.ORGANISE
    title, button = "Corriger la gravité ou l’auteur présumé", "Enregistrer"
    note = "L’échéance ne change pas."
    states = UNDECIDED
    severity = forms.TypedChoiceField(label="Gravité", coerce=int, choices=Severity.choices)
    author_category = forms.ChoiceField(label="Auteur présumé", choices=AuthorCategory.choices)

    def prepare(self) -> None:
        self.initial = {"severity": self.case.severity, "author_category": self.case.author_category}

    def perform(self) -> str:
        change_case(
            self.case.pk,
            severity=Severity(self.cleaned_data["severity"]),
            author_category=AuthorCategory(self.cleaned_data["author_category"]),
            by=self.user,
        )
        return "La fiche est corrigée."


class MergeForm(ActForm):
    group = ActGroup.ORGANISE
    title, button, permission = "Fusionner dans un autre dossier", "Fusionner", "assign"
    note = "Les signalements passent dans l’autre dossier. Tant que rien n’est décidé, la fusion s’annule."
    states = UNDECIDED
    target = forms.RegexField(
        label="Numéro du dossier d’accueil",
        regex=r"^\d{4}-\d{6}$",
        error_messages={"invalid": "Un numéro de dossier s’écrit 2026-000123."},
    )

    def clean_target(self) -> int:
        year, _, rank = str(self.cleaned_data["target"]).partition("-")
        found = FraudCase.objects.filter(year=int(year), rank=int(rank)).values_list("pk", flat=True).first()
        if found is None:
            raise forms.ValidationError("Aucun dossier ne porte ce numéro.")
        return found

    def perform(self) -> str:
        merge(self.case.pk, into=self.cleaned_data["target"], by=self.user)
        return "Le dossier est fusionné."


class UnmergeForm(ActForm):
    group = ActGroup.ORGANISE
    title, button, permission = "Annuler la fusion", "Annuler la fusion", "assign"
    note = "Les signalements que la fusion a déplacés reviennent dans ce dossier."

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return look.case.merged_into_id is not None

    def perform(self) -> str:
        unmerge(self.case.pk, by=self.user)
        return "La fusion est annulée."


class SplitForm(ActForm):
    group = ActGroup.ORGANISE
    title, button, permission = "Séparer des signalements", "Ouvrir un nouveau dossier", "assign"
    note = "Les signalements choisis passent dans un nouveau dossier."
    states = tuple(one for one in UNDECIDED if one != CaseStatus.WAITING_INSURED)
    reports = forms.TypedMultipleChoiceField(label="Signalements", coerce=int, widget=forms.CheckboxSelectMultiple)

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return super().is_offered(look) and look.report_count > 1

    def prepare(self) -> None:
        self.choose_of_many("reports", [(one.pk, str(one.receipt_no)) for one in reports_of(self.case).order_by("pk")])

    def perform(self) -> str:
        made = split_case(self.case.pk, report_ids=self.cleaned_data["reports"], by=self.user)
        return f"Le dossier {made.number} est ouvert."


class SeenForm(ActForm):
    group = ActGroup.ORGANISE
    title, button, permission = "Avis et réponses lus", "Marquer comme lus", "view"
    note = "Les réponses des personnes se lisent avec « Voir les personnes » : marquez-les une fois lues."

    @classmethod
    def is_offered(cls, look: CaseLook) -> bool:
        return look.has_something_unread

    def perform(self) -> str:
        mark_read(self.user.pk, case_id=self.case.pk)
        mark_answers_read(self.case.pk, by=self.user)
        return "Les avis et les réponses de ce dossier sont lus."
