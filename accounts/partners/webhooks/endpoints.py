"""What a partner decides about its endpoints, and what the staff may: the same services for API, portal and console.

``by``: who decides, a program's identifier, an account of the portal or a member of the staff.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.partners.models import PartnerInsurer
from accounts.partners.webhooks import ledger
from accounts.partners.webhooks.announcing import DELIVER, announce_test
from accounts.partners.webhooks.enums import DeliveryState, DisabledReason, EndpointState, EventType
from accounts.partners.webhooks.models import WebhookDelivery, WebhookEndpoint
from accounts.partners.webhooks.signing import new_secret, seal_secret
from ameli_notify.core.jobs import enqueue
from ameli_notify.core.outgoing.urls import read_url

MOST_ENDPOINTS: Final = 10
OVERLAP: Final = dt.timedelta(hours=24)
"""For how long the secret before still signs."""
REPLAYABLE: Final = (DeliveryState.DEAD, DeliveryState.DELIVERED)


class TooManyEndpointsError(ValueError):
    """The partner has as many as it may have."""


class NotSentToError(ValueError):
    """The endpoint is disabled: enable it first."""


class StillWaitingError(ValueError):
    """A delivery that is not settled, or that a newer one replaced, is not sent again."""


@dataclass(frozen=True, slots=True)
class WithSecret:
    """An endpoint with the secret that was made for it: this is the only time that it is seen."""

    endpoint: WebhookEndpoint
    secret: str


def create_endpoint(
    partner_id: int, *, url: str, event_types: Sequence[str], description: str = "", by: str
) -> WithSecret:
    """Raises OutgoingError for a URL that may not be asked, TooManyEndpointsError."""
    read_url(url)
    with transaction.atomic():
        # One at a time, so that two at once do not both find room.
        PartnerInsurer.objects.select_for_update().only("pk").get(pk=partner_id)
        if endpoints_of(partner_id).count() >= MOST_ENDPOINTS:
            raise TooManyEndpointsError
        endpoint = WebhookEndpoint(
            partner_id=partner_id, url=url, description=description, event_types=ordered(event_types), created_by=by
        )
        secret = new_secret()
        endpoint.secret_sealed = seal_secret(endpoint, secret)
        endpoint.save(force_insert=True)
    return WithSecret(endpoint, secret)


def endpoints_of(partner_id: int) -> QuerySet[WebhookEndpoint]:
    """The partner's endpoints that were not removed."""
    return WebhookEndpoint.objects.filter(partner_id=partner_id).exclude(state=EndpointState.REMOVED)


def change_endpoint(
    endpoint: WebhookEndpoint,
    *,
    url: str | None = None,
    event_types: Sequence[str] | None = None,
    description: str | None = None,
) -> None:
    """Change what is given, and nothing else: two changes at once keep both. Raises OutgoingError."""
    if url is not None:
        read_url(url)
    types = None if event_types is None else ordered(event_types)
    given = {"url": url, "event_types": types, "description": description}
    changed = {name: value for name, value in given.items() if value is not None}
    for name, value in changed.items():
        setattr(endpoint, name, value)
    if changed:
        endpoint.save(update_fields=list(changed))


def disable_endpoint(endpoint: WebhookEndpoint, reason: DisabledReason) -> None:
    """Stop sending; what waits can be replayed later."""
    with transaction.atomic():
        ledger.disable(endpoint.pk, reason)
    endpoint.refresh_from_db()


def enable_endpoint(endpoint: WebhookEndpoint) -> None:
    """Send again, from now on: what was missed is read from the API, or replayed."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk, state=EndpointState.DISABLED).update(
        state=EndpointState.ACTIVE, disabled_reason="", state_at=timezone.now(),
        failures_in_a_row=0, failing_since=None, rests_until=None,
    )  # fmt: skip
    endpoint.refresh_from_db()


def remove_endpoint(endpoint: WebhookEndpoint) -> None:
    """For good: nothing more is sent, its secrets are wiped; its settled deliveries stay a while for the console."""
    with transaction.atomic():
        ledger.disable(endpoint.pk, DisabledReason.BY_PARTNER)
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
            state=EndpointState.REMOVED, disabled_reason="", state_at=timezone.now(), secret_sealed=None,
            previous_secret_sealed=None, previous_secret_until=None,
        )  # fmt: skip


def rotate_secret(endpoint: WebhookEndpoint) -> WithSecret:
    """A new secret; the one before signs beside it for OVERLAP, an older one no more."""
    with transaction.atomic():
        held = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        secret = new_secret()
        held.previous_secret_sealed = held.secret_sealed
        held.previous_secret_until = timezone.now() + OVERLAP
        held.secret_sealed = seal_secret(held, secret)
        held.save(update_fields=["secret_sealed", "previous_secret_sealed", "previous_secret_until"])
    return WithSecret(held, secret)


def send_test(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """A message that says nothing. Raises NotSentToError."""
    if endpoint.state != EndpointState.ACTIVE:
        raise NotSentToError
    with transaction.atomic():
        message = announce_test(endpoint)
        return WebhookDelivery.objects.get(endpoint=endpoint, message_id=message)


def replay(delivery: WebhookDelivery) -> None:
    """Send a settled delivery again, under its own message id. Raises NotSentToError, StillWaitingError."""
    if delivery.endpoint.state != EndpointState.ACTIVE:
        raise NotSentToError
    with transaction.atomic():
        changed = WebhookDelivery.objects.filter(pk=delivery.pk, state__in=REPLAYABLE).update(
            state=DeliveryState.WAITING, settled_at=None, attempts=0, next_attempt_at=Now(), last_error="",
            replays=F("replays") + 1,
        )  # fmt: skip
        if not changed:
            raise StillWaitingError
        enqueue(DELIVER)
    delivery.refresh_from_db()


def deliveries_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """Newest first."""
    return WebhookDelivery.objects.filter(endpoint=endpoint).order_by("-pk")


def one_endpoint(partner_id: int, public_id: UUID, *, is_held: bool = False) -> WebhookEndpoint | None:
    """``is_held``: until the end of the caller's transaction, so that nobody else changes it in between."""
    found = endpoints_of(partner_id).filter(public_id=public_id)
    return (found.select_for_update() if is_held else found).first()


def ordered(event_types: Sequence[str]) -> list[str]:
    """Each once, in their usual order."""
    return [kind for kind in EventType.offered() if kind in event_types]
