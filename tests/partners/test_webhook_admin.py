"""Webhooks, key addresses and certificates in the console."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.partners.certificates import thumbprint
from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.key_sets import BY_URL
from accounts.partners.models import PartnerInsurer
from accounts.partners.webhooks import tasks
from accounts.partners.webhooks.announcing import announce
from accounts.partners.webhooks.endpoints import create_endpoint, remove_endpoint
from accounts.partners.webhooks.enums import EventType
from accounts.partners.webhooks.models import WebhookDelivery, WebhookEndpoint
from accounts.staff.roles import Role
from tests.core.certificates import make_certificates
from tests.partners.machine import EC, add_key, make_client
from tests.partners.receiver import Receiver, receiving
from tests.partners.webhook_rows import make_webhook_row
from tests.staff import client_of, make_staff

ROOT = "/console/accounts/"
DELIVERIES = f"{ROOT}webhookdelivery/"


@pytest.fixture
def console(db: None) -> Client:
    return client_of(make_staff("agent-avis", role=Role.SUPERVISOR))


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.OUTGOING_LOCAL_ALLOWED = True
    with receiving() as found:
        yield found


def page_of(endpoint: WebhookEndpoint) -> str:
    return f"{ROOT}webhookendpoint/{endpoint.pk}/change/"


def send_again(console: Client, *deliveries: WebhookDelivery) -> str:
    chosen = {"action": "send_again", "_selected_action": [row.pk for row in deliveries]}
    return console.post(DELIVERIES, chosen, follow=True).content.decode()


class TestEndpoints:
    def test_are_stopped_and_put_back_by_somebody(self, console: Client, partner: PartnerInsurer) -> None:
        endpoint = make_webhook_row(partner).endpoint
        announce(partner.pk, EventType.EXPORT_READY, {"id": "x"})
        assert console.post(page_of(endpoint), {"state": "disabled"}).status_code == 302
        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.disabled_reason) == ("disabled", "by-staff")
        assert WebhookDelivery.objects.get(event_type="export.ready").state == "dead"
        assert console.post(page_of(endpoint), {"state": "active"}).status_code == 302
        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.disabled_reason) == ("active", "")
        assert LogEntry.objects.filter(object_id=str(endpoint.pk)).count() == 2

    def test_show_no_secret(self, console: Client, partner: PartnerInsurer) -> None:
        made = create_endpoint(partner.pk, url="https://hooks.example.org/", event_types=["alert.created"], by="x")
        page = console.get(page_of(made.endpoint)).content.decode()
        assert "https://hooks.example.org/" in page
        assert "alert.created" in page
        assert "whsec_" not in page
        assert "sealed" not in page

    def test_that_were_removed_are_only_looked_at(self, console: Client, partner: PartnerInsurer) -> None:
        endpoint = make_webhook_row(partner).endpoint
        remove_endpoint(endpoint)
        assert console.get(page_of(endpoint)).status_code == 200
        assert console.post(page_of(endpoint), {"state": "active"}).status_code == 403


class TestReplays:
    def test_of_chosen_deliveries(self, console: Client, partner: PartnerInsurer, receiver: Receiver) -> None:
        create_endpoint(partner.pk, url=receiver.url, event_types=["alert.created"], by="x")
        for number in range(3):
            announce(partner.pk, EventType.ALERT_CREATED, {"id": str(number)})
        dead, done, waiting = WebhookDelivery.objects.order_by("pk")
        settled = {"settled_at": timezone.now(), "next_attempt_at": None}
        WebhookDelivery.objects.filter(pk=dead.pk).update(state="dead", **settled)
        WebhookDelivery.objects.filter(pk=done.pk).update(state="delivered", **settled)
        page = send_again(console, dead, done, waiting)
        assert "Avis renvoyés : 2." in page
        assert "Avis laissés de côté : 1." in page
        assert tasks.deliver() == 3

    def test_are_found_by_the_id_of_the_message(self, console: Client, partner: PartnerInsurer) -> None:
        delivery = make_webhook_row(partner)
        for term in (str(delivery.message_id), f"msg_{delivery.message_id.hex}"):
            assert str(delivery.message_id) in console.get(DELIVERIES, {"q": term}).content.decode()

    def test_are_not_everybodys(self, partner: PartnerInsurer) -> None:
        delivery = make_webhook_row(partner)
        send_again(client_of(make_staff("agent-contrôle", role=Role.AUDITOR)), delivery)
        delivery.refresh_from_db()
        assert delivery.state == "delivered"


class TestPrograms:
    def form(self, **changed: str) -> dict[str, object]:
        return {"name": "x", "scopes": ["export"], "requests_per_minute": 60, "use": "in-use", **changed}

    def page(self, client: PartnerClient) -> str:
        return f"{ROOT}partnerclient/{client.pk}/change/"

    def test_have_an_address_of_keys_that_may_be_asked(self, console: Client, partner: PartnerInsurer) -> None:
        client = make_client(partner)
        refused = console.post(self.page(client), self.form(jwks_url="https://127.0.0.1/"))
        assert "Donnez une adresse https" in refused.content.decode()
        url = "https://keys.example.org/jwks.json"
        assert console.post(self.page(client), self.form(jwks_url=url)).status_code == 302
        client.refresh_from_db()
        assert client.jwks_url == url

    def test_lose_the_keys_of_an_address_with_it(self, console: Client, partner: PartnerInsurer) -> None:
        client = make_client(partner)
        PartnerClient.objects.update(jwks_url="https://keys.example.org/", jwks_fetched_at=timezone.now())
        key = add_key(client, EC)
        PartnerKey.objects.update(is_from_url=True)
        assert console.post(self.page(client), self.form(jwks_url="https://other.example.org/")).status_code == 302
        key.refresh_from_db()
        client.refresh_from_db()
        assert (key.withdrawn_by, client.jwks_fetched_at) == (BY_URL, None)

    def test_may_be_bound_to_certificates(self, console: Client, partner: PartnerInsurer, tmp_path: Path) -> None:
        client = make_client(partner)
        pem = make_certificates(tmp_path, name="machine.example.org").certificate.read_text()
        refused = console.post(self.page(client), self.form(certificates="x"))
        assert "Collez des certificats" in refused.content.decode()
        assert console.post(self.page(client), self.form(certificates=pem)).status_code == 302
        client.refresh_from_db()
        known = thumbprint(x509.load_pem_x509_certificate(pem.encode()))
        assert client.certificate_thumbprints == [known]
        assert known in console.get(self.page(client)).content.decode()
        assert console.post(self.page(client), self.form(certificates=known)).status_code == 302
        assert console.post(self.page(client), self.form()).status_code == 302
        client.refresh_from_db()
        assert client.certificate_thumbprints == []
