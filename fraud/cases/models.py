"""A case, the reports linked to it, who works on it, and its timeline.

No table here names an insured person: a case leads to one through its reports only.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from fraud.cases.enums import (
    ENDED,
    AuthorCategory,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    NoteKind,
)
from fraud.cases.querysets import CaseQuerySet, HeldLineQuerySet
from fraud.intake.enums import Severity
from fraud.intake.models import FraudReport, ReportedLine


def _staff(label: str, *, null: bool = False) -> "models.ForeignKey[Any, Any]":
    """A member of the staff."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=null, related_name="+", verbose_name=label)


class CaseCounter(models.Model):
    """The last number given to a case, year by year."""

    year = models.PositiveSmallIntegerField("année", primary_key=True)
    last = models.PositiveIntegerField("dernier numéro")

    class Meta:
        verbose_name = "compteur de dossiers"
        verbose_name_plural = "compteurs de dossiers"

    def __str__(self) -> str:
        return f"compteur de dossiers {self.pk}"


class FraudCase(models.Model):
    """What investigators work on. Its number is « 2026-000123 »: year, rank.

    ``due_on`` moves by the working days during which the clock stood still. ``amount_at_stake`` is the sum of the
    reports linked now, for the order of the inbox. ``opened_by`` is empty when the house opened it by itself.
    ``severity_alone`` is what its severity would be without the cases merged into it, while there are any.
    """

    year = models.PositiveSmallIntegerField("année", editable=False)
    rank = models.PositiveIntegerField("rang", editable=False)
    status = models.CharField("état", max_length=15, choices=CaseStatus, default=CaseStatus.NEW)
    severity = models.PositiveSmallIntegerField("gravité", choices=Severity)
    severity_alone = models.PositiveSmallIntegerField(
        "gravité sans les fusions", choices=Severity, null=True, editable=False
    )
    author_category = models.CharField(
        "auteur présumé", max_length=13, choices=AuthorCategory, default=AuthorCategory.UNKNOWN
    )
    fund_code = models.CharField("caisse", max_length=9, blank=True)
    performer_rpps = models.BigIntegerField("RPPS de l’exécutant", null=True, blank=True)
    performer_finess = models.CharField("FINESS", max_length=9, blank=True)
    amount_at_stake = models.DecimalField("montant en jeu", max_digits=11, decimal_places=2, default=0)
    opened_at = models.DateTimeField("ouvert le", db_default=Now())
    opened_by = _staff("ouvert par", null=True)
    due_on = models.DateField("échéance")
    clock_stopped_at = models.DateTimeField("délai suspendu le", null=True, blank=True)
    decided_at = models.DateTimeField("décidé le", null=True, blank=True)
    decided_by = _staff("décidé par", null=True)
    outcome = models.CharField("issue", max_length=12, choices=CaseOutcome, blank=True)
    closed_at = models.DateTimeField("clos le", null=True, blank=True)
    closed_by = _staff("clos par", null=True)
    reopened_at = models.DateTimeField("rouvert le", null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name="fusionné dans"
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = "dossier"
        verbose_name_plural = "dossiers"
        permissions = [
            ("work_fraudcase", "Peut instruire les dossiers"),
            ("assign_fraudcase", "Peut attribuer et fusionner les dossiers"),
            ("approve_fraudcase", "Peut donner ou refuser un accord"),
            ("identify_fraudcase", "Peut voir les personnes d’un dossier"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["year", "rank"], name="case_number_once"),
            models.CheckConstraint(condition=Q(status__in=CaseStatus.values), name="case_status_known"),
            models.CheckConstraint(condition=Q(outcome__in=["", *CaseOutcome.values]), name="case_outcome_known"),
            models.CheckConstraint(
                condition=Q(status__in=ENDED, decided_at__isnull=False) & ~Q(outcome="")
                | ~Q(status__in=ENDED) & Q(decided_at=None, outcome=""),
                name="case_ended_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(status=CaseStatus.CLOSED, closed_at__isnull=False)
                | ~Q(status=CaseStatus.CLOSED) & Q(closed_at=None),
                name="case_closed_at_an_instant",
            ),
            models.CheckConstraint(
                condition=Q(status=CaseStatus.WAITING_INSURED, clock_stopped_at__isnull=False)
                | ~Q(status=CaseStatus.WAITING_INSURED) & Q(clock_stopped_at=None),
                name="case_clock_stands_while_waiting",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="case_merged_into_another"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-severity", "-amount_at_stake", "due_on"],
                condition=~Q(status=CaseStatus.CLOSED) & Q(merged_into=None),
                name="case_inbox",
            ),
            models.Index(
                fields=["due_on"], condition=~Q(status=CaseStatus.CLOSED) & Q(merged_into=None), name="case_due"
            ),
            models.Index(
                fields=["-amount_at_stake"],
                condition=~Q(status=CaseStatus.CLOSED) & Q(merged_into=None),
                name="case_by_stake",
            ),
            models.Index(fields=["performer_rpps"], condition=Q(performer_rpps__isnull=False), name="case_by_rpps"),
            models.Index(fields=["performer_finess"], condition=~Q(performer_finess=""), name="case_by_finess"),
        ]

    def __str__(self) -> str:
        return f"dossier {self.number}"

    @property
    def number(self) -> str:
        return f"{self.year}-{self.rank:06d}"

    @property
    def is_open(self) -> bool:
        return self.status != CaseStatus.CLOSED


class CaseMerge(models.Model):
    """One merge of ``source`` into ``target``, and when it was undone."""

    source = models.ForeignKey(FraudCase, models.PROTECT, related_name="merges_out", verbose_name="dossier fusionné")
    target = models.ForeignKey(FraudCase, models.PROTECT, related_name="merges_in", verbose_name="dossier d’accueil")
    merged_at = models.DateTimeField("fusionné le", db_default=Now())
    merged_by = _staff("fusionné par")
    undone_at = models.DateTimeField("annulé le", null=True)
    undone_by = _staff("annulé par", null=True)

    class Meta:
        verbose_name = "fusion de dossiers"
        verbose_name_plural = "fusions de dossiers"
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(undone_at=None), name="case_merged_once"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="case_merge_of_two"),
        ]

    def __str__(self) -> str:
        return f"fusion {self.pk}"


class CaseReport(models.Model):
    """A report in a case, while ``unlinked_at`` is empty. ``merge``: which merge brought it here."""

    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="links", verbose_name="dossier")
    report = models.ForeignKey(FraudReport, models.PROTECT, related_name="case_links", verbose_name="signalement")
    merge = models.ForeignKey(CaseMerge, models.PROTECT, null=True, related_name="links", verbose_name="fusion")
    linked_at = models.DateTimeField("rattaché le", db_default=Now())
    linked_by = _staff("rattaché par", null=True)
    unlinked_at = models.DateTimeField("détaché le", null=True)
    unlinked_by = _staff("détaché par", null=True)

    class Meta:
        verbose_name = "signalement d’un dossier"
        verbose_name_plural = "signalements des dossiers"
        constraints = [
            models.UniqueConstraint(
                fields=["report"], condition=Q(unlinked_at=None), name="report_in_one_case_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["case"], condition=Q(unlinked_at=None), name="case_reports_now")]

    def __str__(self) -> str:
        return f"rattachement {self.pk}"


class CaseLine(models.Model):
    """A reported line that the case holds against somebody: from then on what it says is that of its snapshot."""

    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="lines", verbose_name="dossier")
    reported_line = models.ForeignKey(ReportedLine, models.PROTECT, related_name="+", verbose_name="ligne signalée")
    snapshot_sha256 = models.CharField("empreinte de la ligne figée", max_length=64)
    accused_at = models.DateTimeField("retenue le", db_default=Now())
    accused_by = _staff("retenue par")

    objects = HeldLineQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne d’un dossier"
        verbose_name_plural = "lignes des dossiers"
        constraints = [models.UniqueConstraint(fields=["case", "reported_line"], name="case_line_once")]

    def __str__(self) -> str:
        return f"ligne retenue {self.pk}"


class CaseAssignment(models.Model):
    """Who holds a case, while ``ended_at`` is empty. ``assigned_by`` is empty when a rule did it."""

    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="assignments", verbose_name="dossier")
    investigator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="case_assignments", verbose_name="enquêteur"
    )
    assigned_at = models.DateTimeField("attribué le", db_default=Now())
    assigned_by = _staff("attribué par", null=True)
    ended_at = models.DateTimeField("terminée le", null=True)

    class Meta:
        verbose_name = "attribution"
        verbose_name_plural = "attributions"
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(ended_at=None), name="case_held_by_one"),
        ]
        indexes = [models.Index(fields=["investigator"], condition=Q(ended_at=None), name="cases_held_now")]

    def __str__(self) -> str:
        return f"attribution {self.pk}"


class CaseNote(models.Model):
    """A note, or a task with its day, written by the staff about a case; the text is sealed."""

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="notes", verbose_name="dossier")
    kind = models.CharField("type", max_length=4, choices=NoteKind, default=NoteKind.NOTE)
    text_sealed = models.BinaryField("texte chiffré")
    written_at = models.DateTimeField("écrite le", db_default=Now())
    written_by = _staff("écrite par")
    due_on = models.DateField("à faire pour le", null=True)
    done_at = models.DateTimeField("faite le", null=True)
    done_by = _staff("faite par", null=True)

    class Meta:
        verbose_name = "note d’un dossier"
        verbose_name_plural = "notes des dossiers"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=NoteKind.TASK, due_on__isnull=False)
                | Q(kind=NoteKind.NOTE, due_on=None, done_at=None),
                name="case_task_has_its_day",
            ),
        ]
        indexes = [models.Index(fields=["case", "written_at"], name="case_note_by_case")]

    def __str__(self) -> str:
        return f"note {self.pk}"

    @property
    def text_context(self) -> str:
        return f"casenote.text|{self.public_id}"


class CaseEvent(models.Model):
    """The timeline of a case, which only grows. ``before`` and ``after`` hold codes, ids and amounts, never a text
    that somebody typed. ``actor_id`` is empty when the house did it by itself."""

    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="events", verbose_name="dossier")
    at = models.DateTimeField("le", db_default=Now())
    actor_id = models.BigIntegerField("agent", null=True)
    kind = models.CharField("événement", max_length=11, choices=CaseEventKind)
    before = models.JSONField("avant", default=dict)
    after = models.JSONField("après", default=dict)

    class Meta:
        verbose_name = "événement d’un dossier"
        verbose_name_plural = "événements des dossiers"
        indexes = [models.Index(fields=["case", "id"], name="case_event_by_case")]

    def __str__(self) -> str:
        return f"événement {self.pk}"
