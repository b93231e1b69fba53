"""Closed lists of a report, with the words that its sender reads."""

from collections.abc import Mapping
from typing import Final

from django.db import models


class ReportStatus(models.TextChoices):
    """``draft -> received -> in-review <-> waiting -> closed``; from the three open ones also ``withdrawn``.

    ``waiting``: the house asked its sender something; deadlines stand still.
    """

    DRAFT = "draft", "brouillon"
    RECEIVED = "received", "reçu"
    IN_REVIEW = "in-review", "en cours d’examen"
    WAITING = "waiting", "en attente de votre réponse"
    CLOSED = "closed", "terminé"
    WITHDRAWN = "withdrawn", "retiré à votre demande"


OPEN: Final = (ReportStatus.RECEIVED, ReportStatus.IN_REVIEW, ReportStatus.WAITING)
"""Sent, and not finished: somebody has still to do something."""

NEXT: Final[Mapping[ReportStatus, frozenset[ReportStatus]]] = {
    ReportStatus.DRAFT: frozenset({ReportStatus.RECEIVED}),
    ReportStatus.RECEIVED: frozenset(
        {ReportStatus.IN_REVIEW, ReportStatus.WAITING, ReportStatus.CLOSED, ReportStatus.WITHDRAWN}
    ),
    ReportStatus.IN_REVIEW: frozenset({ReportStatus.WAITING, ReportStatus.CLOSED, ReportStatus.WITHDRAWN}),
    ReportStatus.WAITING: frozenset({ReportStatus.IN_REVIEW, ReportStatus.CLOSED, ReportStatus.WITHDRAWN}),
    ReportStatus.CLOSED: frozenset({ReportStatus.IN_REVIEW}),
    ReportStatus.WITHDRAWN: frozenset(),
}
"""Where a status may go. A closed report can be taken up again; a withdrawn one cannot."""


class ClosingReason(models.TextChoices):
    """How a report ended, as its sender is told. It says what became of the payment, never of a person."""

    CORRECTED = "corrected", "le paiement a été corrigé"
    CONFIRMED = "confirmed", "l’anomalie est confirmée et des suites sont engagées"
    EXPLAINED = "explained", "le paiement est conforme, nous vous l’expliquons"
    NOT_ESTABLISHED = "not-established", "les éléments réunis ne suffisent pas à établir une anomalie"


class Severity(models.IntegerChoices):
    """How soon a report is looked at. The questionnaire's leaf says which."""

    LOW = 1, "simple"
    MEDIUM = 2, "sérieux"
    HIGH = 3, "grave"


class EventKind(models.TextChoices):
    """What happened to a report, in the order in which its sender reads it."""

    SENT = "sent", "signalement envoyé"
    COMPLETED = "completed", "signalement complété"
    ATTACHED = "attached", "pièce ajoutée"
    INSURED_WROTE = "insured-wrote", "message envoyé"
    STAFF_WROTE = "staff-wrote", "message reçu"
    STATUS = "status", "changement d’état"
    WITHDRAWN = "withdrawn", "signalement retiré"


class Author(models.TextChoices):
    """On which side somebody writes or acts."""

    INSURED = "insured", "vous"
    STAFF = "staff", "l’Assurance Maladie"
    SYSTEM = "system", "traitement automatique"


class AttachmentKind(models.TextChoices):
    """What an attachment is, judged by its content and never by its name."""

    PDF = "pdf", "PDF"
    JPEG = "jpeg", "JPEG"
    PNG = "png", "PNG"


MEDIA_TYPES: Final[Mapping[AttachmentKind, str]] = {
    AttachmentKind.PDF: "application/pdf",
    AttachmentKind.JPEG: "image/jpeg",
    AttachmentKind.PNG: "image/png",
}


class DialogueState(models.TextChoices):
    """What the assistant waits for: a question, or which payment is meant; ``handed`` to an adviser is the end."""

    TALKING = "talking", "attend une question"
    CHOOSING = "choosing", "attend le choix d’un paiement"
    HANDED = "handed", "transmis à un conseiller"
