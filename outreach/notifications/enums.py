"""Status names of the notification field, and why a message was cancelled or failed."""

from django.db import models


class MessageKind(models.TextChoices):
    """What a message is for."""

    PAYMENT_DIGEST = "payment-digest", "information de paiement"
    MESSAGE_WAITING = "message-waiting", "message à lire dans l’espace"
    REMINDER_WAITING = "reminder-waiting", "rappel à lire dans l’espace"
    PREVENTION = "prevention", "information de prévention à lire dans l’espace"


class Channel(models.TextChoices):
    """How a message travels."""

    EMAIL = "email", "e-mail"
    SMS = "sms", "SMS"
    POST = "post", "courrier"
    NONE = "none", "aucun"


class Status(models.TextChoices):
    """``sending`` means accepted by the carrier; ``unknown`` means handed over, answer lost, never sent again."""

    CREATED = "created", "en attente"
    CLAIMED = "claimed", "pris en charge"
    SENDING = "sending", "remis au prestataire"
    DELIVERED = "delivered", "distribué"
    PERMANENT_FAILURE = "permanent-failure", "adresse inexistante"
    TEMPORARY_FAILURE = "temporary-failure", "boîte ou téléphone indisponible"
    TECHNICAL_FAILURE = "technical-failure", "incident technique"
    UNKNOWN = "unknown", "réponse perdue"
    CANCELLED = "cancelled", "annulé"


PENDING = (Status.CREATED, Status.CLAIMED)
"""Not yet settled: something is still to be done."""


class CancelReason(models.TextChoices):
    """Why a planned person gets no message; each is counted."""

    DECEASED = "deceased", "personne décédée"
    PROTECTED = "protected", "coordonnées protégées"
    OPTED_OUT = "opted-out", "ne souhaite aucun message"
    NO_CONTACT = "no-contact", "aucune coordonnée utilisable"
    EXPIRED = "expired", "envoi devenu trop tardif"


class ChunkStatus(models.TextChoices):
    """Life of a chunk of some thousand notifications."""

    READY = "ready", "prêt"
    CLAIMED = "claimed", "en cours"
    DONE = "done", "terminé"
