"""Where partners are told that there is news (``WebhookEndpoint``), and each telling (``WebhookDelivery``).

Nothing here speaks of a person: a payload names an event and an identifier. Written by ``announcing`` (rows to send),
``endpoints`` (what the partner decides) and ``sending`` (attempts and outcomes); read by whoever shows them.
"""

import uuid

from django.db import models
from django.db.models import Q

from accounts.partners.models import PartnerInsurer
from accounts.partners.webhooks.enums import DeliveryError, DeliveryState, DisabledReason, EndpointState

LONGEST_URL = 500
LONGEST_BODY = 20_000
"""Characters: a payload is thin."""


class WebhookEndpoint(models.Model):
    """An address of a partner. Secrets are sealed; two sign while one follows the other.

    A sender holds an endpoint by ``claim_token`` until ``leased_until``: one request at a time to each address.
    """

    public_id = models.UUIDField("identifiant", default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(PartnerInsurer, models.PROTECT, related_name="webhooks", verbose_name="organisme")
    url = models.CharField("adresse", max_length=LONGEST_URL)
    description = models.CharField("description", max_length=80, blank=True)
    event_types = models.JSONField("avis demandés", default=list)
    state = models.CharField("état", max_length=8, choices=EndpointState, default=EndpointState.ACTIVE)
    state_at = models.DateTimeField("état depuis le", auto_now_add=True)
    disabled_reason = models.CharField("raison de l’arrêt", max_length=10, choices=DisabledReason, blank=True)
    secret_sealed = models.BinaryField("secret", null=True)
    previous_secret_sealed = models.BinaryField("secret précédent", null=True)
    previous_secret_until = models.DateTimeField("secret précédent valable jusqu’au", null=True, blank=True)
    created_at = models.DateTimeField("créé le", auto_now_add=True)
    created_by = models.CharField("créé par", max_length=150)

    last_delivered_at = models.DateTimeField("dernier avis reçu le", null=True, blank=True)
    failures_in_a_row = models.PositiveIntegerField("échecs de suite", default=0)
    failing_since = models.DateTimeField("en échec depuis le", null=True, blank=True)
    rests_until = models.DateTimeField("laissé au repos jusqu’au", null=True, blank=True)
    claim_token = models.UUIDField("jeton de l’envoyeur", null=True, blank=True, editable=False)
    claimed_at = models.DateTimeField("pris le", null=True, blank=True, editable=False)
    leased_until = models.DateTimeField("pris jusqu’au", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "adresse d’avis"
        verbose_name_plural = "adresses d’avis"
        indexes = [models.Index(fields=["partner", "id"], name="webhook_by_partner")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=EndpointState.values), name="webhook_known_state"),
            models.CheckConstraint(
                condition=Q(state=EndpointState.DISABLED) ^ Q(disabled_reason=""), name="webhook_disabled_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(state=EndpointState.REMOVED, secret_sealed=None, previous_secret_sealed=None)
                | (~Q(state=EndpointState.REMOVED) & Q(secret_sealed__isnull=False)),
                name="webhook_secret_while_there",
            ),
            models.CheckConstraint(
                condition=Q(previous_secret_sealed=None, previous_secret_until=None)
                | Q(previous_secret_sealed__isnull=False, previous_secret_until__isnull=False),
                name="webhook_previous_secret_ends",
            ),
            models.CheckConstraint(
                condition=Q(claim_token=None, leased_until=None)
                | Q(claim_token__isnull=False, leased_until__isnull=False),
                name="webhook_lease_with_token",
            ),
            models.CheckConstraint(
                condition=Q(failures_in_a_row=0, failing_since=None)
                | Q(failures_in_a_row__gt=0, failing_since__isnull=False),
                name="webhook_failing_since",
            ),
        ]

    def __str__(self) -> str:
        return f"adresse d’avis {self.public_id}"

    def secret_context(self) -> str:
        """What its sealed secrets belong to."""
        return f"accounts.webhookendpoint.secret|{self.public_id}"


class WebhookDelivery(models.Model):
    """One message for one endpoint, ``message_id`` being the same in every attempt and in a replay.

    ``attempts`` counts before the request is made, and ``next_attempt_at`` is already that of the attempt after it: a
    sender that dies leaves a delivery that is tried again in its time.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries", verbose_name="adresse")
    message_id = models.UUIDField("identifiant du message")
    event_type = models.CharField("avis", max_length=40)
    body = models.TextField("contenu")
    created_at = models.DateTimeField("annoncé le")
    state = models.CharField("état", max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField("essais", default=0)
    next_attempt_at = models.DateTimeField("prochain essai", null=True, blank=True)
    tried_at = models.DateTimeField("dernier essai", null=True, blank=True)
    settled_at = models.DateTimeField("réglé le", null=True, blank=True)
    last_status = models.PositiveIntegerField("dernière réponse HTTP", null=True, blank=True)
    last_error = models.CharField("dernière erreur", max_length=20, choices=DeliveryError, blank=True)
    replays = models.PositiveIntegerField("renvois demandés", default=0)

    class Meta:
        verbose_name = "avis envoyé"
        verbose_name_plural = "avis envoyés"
        indexes = [
            models.Index(fields=["endpoint", "id"], name="delivery_by_endpoint"),
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=Q(state=DeliveryState.WAITING),
                name="delivery_waiting",
            ),
            models.Index(fields=["settled_at"], condition=Q(settled_at__isnull=False), name="delivery_settled"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "message_id"], name="delivery_once_per_endpoint"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_known_state"),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.WAITING, next_attempt_at__isnull=False, settled_at=None)
                | (~Q(state=DeliveryState.WAITING) & Q(next_attempt_at=None, settled_at__isnull=False)),
                name="delivery_waits_for_an_attempt",
            ),
        ]

    def __str__(self) -> str:
        return f"avis {self.message_id}"
