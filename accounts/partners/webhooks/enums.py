"""Closed lists about webhooks."""

from typing import Final

from django.db import models


class EventType(models.TextChoices):
    """What a partner can be told of. A floor that announces something else adds it here: no migration follows.

    The payload says that there is news and where to read it, never what it is.
    """

    CHANGES_AVAILABLE = "changes.available", "du nouveau dans le flux"
    EXPORT_READY = "export.ready", "un export est prêt"
    ALERT_CREATED = "alert.created", "une alerte est ouverte"
    ALERT_CLOSED = "alert.closed", "une alerte est close"
    TEST = "webhook.test", "essai demandé par le partenaire"

    @classmethod
    def offered(cls) -> list[str]:
        """Those that an endpoint can ask for; a test is sent to whoever asks for it."""
        return [kind.value for kind in cls if kind is not cls.TEST]


class EndpointState(models.TextChoices):
    """Whether an endpoint is sent to. A removed one is kept for its deliveries, without its secrets."""

    ACTIVE = "active", "en service"
    DISABLED = "disabled", "arrêté"
    REMOVED = "removed", "retiré"


CHOSEN_STATES: Final = [EndpointState.ACTIVE.value, EndpointState.DISABLED.value]
"""What a partner chooses between."""


class DisabledReason(models.TextChoices):
    """Why an endpoint is not sent to."""

    BY_PARTNER = "by-partner", "arrêté par l’organisme"
    BY_STAFF = "by-staff", "arrêté par nous"
    GONE = "gone", "l’adresse a répondu « 410 Gone »"
    FAILING = "failing", "aucun avis n’est passé pendant plusieurs jours"


class DeliveryState(models.TextChoices):
    """What became of a delivery. ``waiting`` is the only state that goes on."""

    WAITING = "waiting", "en attente"
    DELIVERED = "delivered", "reçu"
    DEAD = "dead", "abandonné"
    SUPERSEDED = "superseded", "remplacé par un plus récent"


class DeliveryError(models.TextChoices):
    """Why the last attempt was not a success. The first seven are those of ``core.outgoing``."""

    UNFIT_URL = "unfit-url", "adresse inacceptable"
    UNKNOWN_NAME = "unknown-name", "nom introuvable"
    REFUSED_ADDRESS = "refused-address", "adresse réseau interdite"
    UNREACHABLE = "unreachable", "connexion impossible"
    UNTRUSTED = "untrusted", "certificat refusé"
    TOO_SLOW = "too-slow", "délai dépassé"
    BAD_ANSWER = "bad-answer", "réponse illisible"
    STATUS = "status", "réponse autre que 2xx"
    ENDPOINT_DISABLED = "endpoint-disabled", "adresse arrêtée entre-temps"
    TOO_OLD = "too-old", "trop ancien"
