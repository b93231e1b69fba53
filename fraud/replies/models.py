"""What a professional may read of a case, and what they and the investigator write to one another.

No table here names an insured person: the acts are copied without who received them, who reported them, or the words
in which the reporter read them. Whatever somebody typed or attached is sealed.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from fraud.cases.decision_models import CaseStep
from fraud.cases.models import FraudCase
from fraud.intake.enums import AttachmentKind
from fraud.intake.message_model import SealedMessage
from fraud.replies.enums import ReplyAuthor


def _staff(label: str, *, null: bool = False) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=null, related_name="+", verbose_name=label)


class RightOfReply(models.Model):
    """The right that a notification of grievances (``step``) opens, until the end of the day ``ends_on``.

    ``case_number`` is the case's, as printed in the letter. Of the code only a keyed, salted hash is kept; a new
    letter brings a new code, and the one before no longer opens anything.
    """

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(FraudCase, models.PROTECT, related_name="replies", verbose_name="dossier")
    step = models.OneToOneField(CaseStep, models.PROTECT, related_name="reply", verbose_name="notification des griefs")
    case_number = models.CharField("numéro du dossier", max_length=11)
    ends_on = models.DateField("réponse possible jusqu’au")
    opened_at = models.DateTimeField("ouvert le", db_default=Now())
    opened_by = _staff("ouvert par")
    code_salt = models.BinaryField("sel du code", max_length=16, default=bytes)
    code_hash = models.BinaryField("empreinte du code", max_length=32, null=True)
    code_issued_at = models.DateTimeField("dernière lettre préparée le", null=True)
    entered_at = models.DateTimeField("première consultation le", null=True)
    closed_at = models.DateTimeField("fermé le", null=True)
    closed_by = _staff("fermé par", null=True)

    class Meta:
        verbose_name = "droit de réponse"
        verbose_name_plural = "droits de réponse"
        default_permissions = ()  # whoever may see a case may see it: no right of its own
        constraints = [
            models.CheckConstraint(
                condition=Q(code_hash=None) | Q(code_issued_at__isnull=False), name="reply_code_issued_at_an_instant"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="reply_closed_by_somebody",
            ),
            models.CheckConstraint(condition=Q(case_number__regex=r"^[0-9]{4}-[0-9]{6}$"), name="reply_case_number"),
        ]
        indexes = [
            models.Index(fields=["case_number"], condition=Q(closed_at=None), name="reply_by_case_number"),
            models.Index(fields=["case"], name="reply_by_case"),
        ]

    def __str__(self) -> str:
        return f"droit de réponse {self.pk}"


class ReplyLine(models.Model):
    """An act that the professional is asked about, as it was when the right was opened; never changed."""

    right = models.ForeignKey(RightOfReply, models.PROTECT, related_name="lines", verbose_name="droit de réponse")
    care_on = models.DateField("date des soins")
    act = models.CharField("acte", max_length=200)
    amount_charged = models.DecimalField("montant facturé", max_digits=11, decimal_places=2)
    amount_paid = models.DecimalField("montant remboursé", max_digits=11, decimal_places=2)

    class Meta:
        verbose_name = "acte d’un droit de réponse"
        verbose_name_plural = "actes des droits de réponse"

    def __str__(self) -> str:
        return f"acte {self.pk}"


class ReplyMessage(SealedMessage):
    """What one side wrote; of a row only ``read_at``, when the staff has read it, can be written later."""

    right = models.ForeignKey(RightOfReply, models.PROTECT, related_name="messages", verbose_name="droit de réponse")
    author = models.CharField("auteur", max_length=12, choices=ReplyAuthor)

    class Meta(SealedMessage.Meta):
        verbose_name = "message d’un droit de réponse"
        verbose_name_plural = "messages des droits de réponse"
        constraints = [
            models.CheckConstraint(
                condition=Q(author=ReplyAuthor.PROFESSIONAL, written_by=None)
                | Q(author=ReplyAuthor.STAFF, written_by__isnull=False),
                name="reply_message_signed_by_staff",
            ),
        ]
        indexes = [models.Index(fields=["right", "id"], name="reply_message_by_right")]


class ReplyDocument(models.Model):
    """A document that the professional attached, made safe as every attachment is. Lists leave the content out."""

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    right = models.ForeignKey(RightOfReply, models.PROTECT, related_name="documents", verbose_name="droit de réponse")
    kind = models.CharField("type", max_length=4, choices=AttachmentKind)
    name_sealed = models.BinaryField("nom chiffré")
    size_bytes = models.PositiveIntegerField("taille en octets")
    sha256 = models.CharField("empreinte", max_length=64)
    content_sealed = models.BinaryField("contenu chiffré")
    added_at = models.DateTimeField("ajouté le", db_default=Now())
    scanned_at = models.DateTimeField("vu par l’antivirus le", null=True)

    class Meta:
        verbose_name = "document d’un droit de réponse"
        verbose_name_plural = "documents des droits de réponse"
        constraints = [models.UniqueConstraint(fields=["right", "sha256"], name="reply_document_once")]

    def __str__(self) -> str:
        return f"document {self.pk}"

    @property
    def name_context(self) -> str:
        return f"replydocument.name|{self.public_id}"

    @property
    def content_context(self) -> str:
        return f"replydocument.content|{self.public_id}"
