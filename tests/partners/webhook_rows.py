"""A webhook with a delivery, for tests that go through every address of the API."""

from typing import Final

from django.utils import timezone

from accounts.partners.models import PartnerInsurer
from accounts.partners.webhooks.endpoints import create_endpoint, send_test
from accounts.partners.webhooks.enums import EventType
from accounts.partners.webhooks.models import WebhookDelivery
from accounts.partners.webhooks.signing import message_name

WEBHOOK_ROUTES: Final = {
    "api-webhooks": "",
    "api-webhook": "/{webhook_id}",
    "api-webhook-deliveries": "/{webhook_id}/deliveries",
    "api-webhook-test": "/{webhook_id}/test",
    "api-webhook-rotate-secret": "/{webhook_id}/rotate-secret",
    "api-webhook-replay": "/{webhook_id}/deliveries/{delivery_id}/replay",
}
WEBHOOK_POSTS: Final = ("api-webhook-test", "api-webhook-rotate-secret", "api-webhook-replay")


def make_webhook(partner: PartnerInsurer) -> dict[str, str]:
    """Its id and that of a delivery that was received, as addresses name them."""
    delivery = make_webhook_row(partner)
    return {"webhook_id": str(delivery.endpoint.public_id), "delivery_id": message_name(delivery.message_id)}


def make_webhook_row(partner: PartnerInsurer) -> WebhookDelivery:
    """A delivery that was received, and its endpoint."""
    made = create_endpoint(
        partner.pk, url="https://hooks.example.org/ameli", event_types=EventType.offered(), by="essai"
    )
    delivery = send_test(made.endpoint)
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        state="delivered", next_attempt_at=None, settled_at=timezone.now(), attempts=1, last_status=204
    )
    delivery.refresh_from_db()
    return delivery


def webhook_paths(partner: PartnerInsurer) -> dict[str, str]:
    """An address of each route."""
    there = make_webhook(partner)
    return {name: f"/api/v1/webhooks{path.format(**there)}" for name, path in WEBHOOK_ROUTES.items()}
