"""A report from its first draft to its end, and all that hangs on it.

Every table but the questionnaire carries ``insured_id``, the person who reports: row-level security shows a person
their own rows by that column alone. Whatever a person typed or attached is sealed; each ``*_sealed`` column opens
with the context that its model gives.
"""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.people.models import InsuredPerson
from fraud.intake.enums import (
    OPEN,
    AttachmentKind,
    Author,
    ClosingReason,
    DialogueState,
    EventKind,
    ReportStatus,
    Severity,
)
from fraud.intake.message_model import SealedMessage
from fraud.intake.querysets import ReportQuerySet


def _insured() -> "models.ForeignKey[Any, Any]":
    """The person who reports; no constraint, as for every row about a person."""
    return models.ForeignKey(
        InsuredPerson, models.PROTECT, related_name="+", db_constraint=False, verbose_name="auteur du signalement"
    )


class QuestionnaireVersion(models.Model):
    """A questionnaire as it was put to people. A row never changes: reports keep the version that they answered."""

    version = models.PositiveIntegerField("version", unique=True)
    checksum = models.CharField("empreinte", max_length=64)
    content = models.JSONField("contenu")
    published_at = models.DateTimeField("mis en service le", db_default=Now())

    class Meta:
        verbose_name = "version du questionnaire"
        verbose_name_plural = "versions du questionnaire"

    def __str__(self) -> str:
        return f"questionnaire, version {self.version}"


class FraudReport(models.Model):
    """What an insured person reports, from the first step of the draft on.

    ``step`` is the draft's next node. ``answers_sealed`` is a JSON object, node to answers. ``joins`` is an earlier
    report by somebody else about one of its lines: never shown to its sender.
    """

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    insured = _insured()
    questionnaire = models.ForeignKey(
        QuestionnaireVersion, models.PROTECT, related_name="+", verbose_name="questionnaire"
    )
    status = models.CharField("état", max_length=9, choices=ReportStatus, default=ReportStatus.DRAFT)
    step = models.SlugField("étape", max_length=40, blank=True)
    motive = models.SlugField("motif", max_length=40, blank=True)
    leaf = models.SlugField("issue du questionnaire", max_length=40, blank=True)
    severity = models.PositiveSmallIntegerField("gravité", choices=Severity, null=True)
    answers_sealed = models.BinaryField("réponses chiffrées", null=True)
    receipt_no = models.CharField(  # noqa: DJ001 (many drafts have none, and each number is unique)
        "numéro d’accusé de réception", max_length=14, unique=True, null=True
    )
    fund_code = models.CharField("caisse", max_length=9, blank=True)
    amount_at_stake = models.DecimalField("montant en jeu", max_digits=11, decimal_places=2, null=True)
    joins = models.ForeignKey("self", models.PROTECT, null=True, related_name="joined_by", verbose_name="rejoint")
    started_at = models.DateTimeField("commencé le", db_default=Now())
    updated_at = models.DateTimeField("modifié le", auto_now=True)
    expires_at = models.DateTimeField("brouillon gardé jusqu’au", null=True)
    reminded_at = models.DateTimeField("rappel envoyé le", null=True)
    sent_at = models.DateTimeField("envoyé le", null=True)
    withdrawn_at = models.DateTimeField("retiré le", null=True)
    closed_at = models.DateTimeField("terminé le", null=True)
    closing_reason = models.CharField("issue", max_length=15, choices=ClosingReason, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = "signalement"
        verbose_name_plural = "signalements"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ReportStatus.values), name="report_status_known"),
            models.CheckConstraint(
                condition=Q(status=ReportStatus.DRAFT, receipt_no=None, sent_at=None, expires_at__isnull=False)
                | (
                    ~Q(status=ReportStatus.DRAFT)
                    & Q(receipt_no__isnull=False, sent_at__isnull=False, severity__isnull=False, expires_at=None)
                    & ~Q(motive="")
                    & ~Q(leaf="")
                ),
                name="report_sent_whole",
            ),
            models.CheckConstraint(
                condition=Q(receipt_no=None) | Q(receipt_no__regex=r"^SR[0-9]{12}$"), name="report_receipt_shape"
            ),
            models.CheckConstraint(
                condition=Q(status=ReportStatus.CLOSED, closed_at__isnull=False) & ~Q(closing_reason="")
                | ~Q(status=ReportStatus.CLOSED) & Q(closed_at=None, closing_reason=""),
                name="report_closed_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(status=ReportStatus.WITHDRAWN, withdrawn_at__isnull=False)
                | ~Q(status=ReportStatus.WITHDRAWN) & Q(withdrawn_at=None),
                name="report_withdrawn_at_an_instant",
            ),
            models.CheckConstraint(condition=~Q(joins=models.F("id")), name="report_joins_another"),
        ]
        indexes = [
            models.Index(fields=["insured", "-started_at"], name="report_by_person"),
            models.Index(fields=["-severity", "sent_at"], condition=Q(status__in=OPEN), name="report_open"),
            models.Index(fields=["expires_at"], condition=Q(status=ReportStatus.DRAFT), name="report_draft_expiry"),
        ]

    def __str__(self) -> str:
        return f"signalement {self.pk}"

    @property
    def answers_context(self) -> str:
        return f"fraudreport.answers|{self.public_id}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class ReportedLine(models.Model):
    """A line of payment that a report is about; ``snapshot`` is the whole line, frozen when the report was sent.

    Lines leave their table after some months, a report stays: whatever a case needs is here. ``policyholder_id`` is
    the line's own ``insured_id``. The columns beside the snapshot are those that cases search and count by;
    ``title`` and ``paid_to`` are the words in which the person read the line.
    """

    insured = _insured()
    report = models.ForeignKey(FraudReport, models.CASCADE, related_name="lines", verbose_name="signalement")
    line_id = models.BigIntegerField("ligne")
    payment_date = models.DateField("date du paiement")
    policyholder_id = models.BigIntegerField("ouvrant droit")
    beneficiary_id = models.BigIntegerField("bénéficiaire")
    care_start = models.DateField("date des soins")
    nature_code = models.PositiveIntegerField("nature de prestation")
    performer_rpps = models.BigIntegerField("RPPS de l’exécutant", null=True)
    performer_finess = models.CharField("FINESS", max_length=9, blank=True)
    amount_charged = models.DecimalField("montant facturé", max_digits=11, decimal_places=2)
    amount_paid = models.DecimalField("montant remboursé", max_digits=11, decimal_places=2)
    title = models.CharField("libellé lu", max_length=250)
    paid_to = models.CharField("payé à", max_length=250, blank=True)
    snapshot = models.JSONField("ligne figée", null=True)
    frozen_at = models.DateTimeField("figée le", null=True)

    class Meta:
        verbose_name = "ligne signalée"
        verbose_name_plural = "lignes signalées"
        constraints = [
            models.UniqueConstraint(fields=["report", "payment_date", "line_id"], name="reported_line_once"),
            models.CheckConstraint(
                condition=Q(snapshot=None, frozen_at=None) | Q(snapshot__isnull=False, frozen_at__isnull=False),
                name="reported_line_frozen_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["line_id"], name="reported_line_by_line"),
            # Whose care it is: what a member's mutual is told is found by it.
            models.Index(fields=["beneficiary_id"], name="reported_line_by_patient"),
            models.Index(
                fields=["performer_rpps"], condition=Q(performer_rpps__isnull=False), name="reported_line_by_rpps"
            ),
        ]

    def __str__(self) -> str:
        return f"ligne signalée {self.pk}"


class ReportAttachment(models.Model):
    """A document beside a report, as it was made safe: its content is in ``AttachmentContent``."""

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    insured = _insured()
    report = models.ForeignKey(FraudReport, models.CASCADE, related_name="attachments", verbose_name="signalement")
    kind = models.CharField("type", max_length=4, choices=AttachmentKind)
    name_sealed = models.BinaryField("nom chiffré")
    size_bytes = models.PositiveIntegerField("taille en octets")
    sha256 = models.CharField("empreinte", max_length=64)
    added_at = models.DateTimeField("ajoutée le", db_default=Now())
    scanned_at = models.DateTimeField("vue par l’antivirus le", null=True)

    class Meta:
        verbose_name = "pièce jointe"
        verbose_name_plural = "pièces jointes"
        constraints = [models.UniqueConstraint(fields=["report", "sha256"], name="attachment_once_a_report")]

    def __str__(self) -> str:
        return f"pièce jointe {self.pk}"

    @property
    def name_context(self) -> str:
        return f"reportattachment.name|{self.public_id}"

    @property
    def content_context(self) -> str:
        return f"attachmentcontent.content|{self.public_id}"


class AttachmentContent(models.Model):
    """The sealed bytes of an attachment, in a table of their own: no list ever reads them."""

    attachment = models.OneToOneField(
        ReportAttachment, models.CASCADE, primary_key=True, related_name="content", verbose_name="pièce jointe"
    )
    insured = _insured()
    content_sealed = models.BinaryField("contenu chiffré")

    class Meta:
        verbose_name = "contenu d’une pièce jointe"
        verbose_name_plural = "contenus des pièces jointes"

    def __str__(self) -> str:
        return f"contenu de la pièce jointe {self.pk}"


class ReportMessage(SealedMessage):
    """One message between the sender of a report and the house, read inside the space only."""

    insured = _insured()
    report = models.ForeignKey(FraudReport, models.CASCADE, related_name="messages", verbose_name="signalement")
    author = models.CharField("auteur", max_length=7, choices=Author)

    class Meta(SealedMessage.Meta):
        verbose_name = "message d’un signalement"
        verbose_name_plural = "messages des signalements"
        constraints = [
            models.CheckConstraint(
                condition=Q(author=Author.INSURED, written_by=None)
                | Q(author=Author.STAFF, written_by__isnull=False)
                | Q(author=Author.SYSTEM, written_by=None),
                name="report_message_signed_by_staff",
            ),
        ]
        indexes = [models.Index(fields=["report", "written_at"], name="report_message_by_report")]


class ReportEvent(models.Model):
    """The timeline of a sent report, which only grows: the application may add rows and read them, nothing else."""

    insured = _insured()
    report = models.ForeignKey(FraudReport, models.PROTECT, related_name="events", verbose_name="signalement")
    at = models.DateTimeField("le", db_default=Now())
    kind = models.CharField("événement", max_length=13, choices=EventKind)
    author = models.CharField("auteur", max_length=7, choices=Author)
    status = models.CharField("état", max_length=9, choices=ReportStatus, blank=True)
    actor_id = models.BigIntegerField("agent", null=True)

    class Meta:
        verbose_name = "événement d’un signalement"
        verbose_name_plural = "événements des signalements"
        indexes = [models.Index(fields=["report", "id"], name="report_event_by_report")]

    def __str__(self) -> str:
        return f"événement {self.pk}"


class AssistantDialogue(models.Model):
    """A talk with the assistant: its state, and what was said (a JSON list, sealed). Forgotten after some days."""

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    insured = _insured()
    state = models.CharField("état", max_length=8, choices=DialogueState, default=DialogueState.TALKING)
    turns_sealed = models.BinaryField("échanges chiffrés")
    started_at = models.DateTimeField("commencé le", db_default=Now())
    updated_at = models.DateTimeField("modifié le", auto_now=True)

    class Meta:
        verbose_name = "dialogue avec l’assistant"
        verbose_name_plural = "dialogues avec l’assistant"
        indexes = [models.Index(fields=["insured", "-updated_at"], name="dialogue_by_person")]

    def __str__(self) -> str:
        return f"dialogue {self.pk}"

    @property
    def turns_context(self) -> str:
        return f"assistantdialogue.turns|{self.public_id}"
