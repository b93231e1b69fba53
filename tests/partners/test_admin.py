"""The console's pages about partners: who connected, paused, registered and withdrew, and what is refused."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.models import PartnerInsurer
from accounts.staff.roles import Role
from tests.partners.machine import EC, add_key, ask, claims_of, make_client, sign
from tests.staff import client_of, make_staff

ROOT = "/console/accounts/"


@pytest.fixture
def console(db: None) -> Client:
    return client_of(make_staff("agent-partenaires", role=Role.SUPERVISOR))


def test_a_partner_is_connected_and_paused_by_somebody(console: Client, partner: PartnerInsurer) -> None:
    page = f"{ROOT}partnerinsurer/{partner.pk}/change/"
    assert console.post(page, {"name": "Mutuelle d’essai", "state": "paused"}).status_code == 302
    partner.refresh_from_db()
    assert (partner.state, partner.state_by) == ("paused", "agent-partenaires")
    assert partner.state_at is not None
    before = partner.state_at
    console.post(page, {"name": "Autre nom", "state": "paused"})
    partner.refresh_from_db()
    assert (partner.name, partner.state_at) == ("Autre nom", before)


def test_a_program_and_its_key_are_registered_and_a_token_is_had(console: Client, partner: PartnerInsurer) -> None:
    added = {"partner": partner.pk, "name": "lecteur", "scopes": ["members.read"], "requests_per_minute": 60}
    assert console.post(f"{ROOT}partnerclient/add/", added).status_code == 302
    client = PartnerClient.objects.get()
    assert (client.created_by, client.scopes) == ("agent-partenaires", ["members.read"])
    pasted = {"client": client.pk, "text": EC.as_pem(private=False).decode()}
    assert console.post(f"{ROOT}partnerkey/add/", pasted).status_code == 302
    assert PartnerKey.objects.get().added_by == "agent-partenaires"
    assert ask(sign(claims_of(client))).json()["scope"] == "members.read"
    again = console.post(f"{ROOT}partnerkey/add/", pasted)
    assert "Ce programme a déjà une clé de cet identifiant." in again.content.decode()


def test_a_private_key_is_refused_and_kept_nowhere(console: Client, partner: PartnerInsurer) -> None:
    client = make_client(partner)
    text = json.dumps(EC.as_dict(private=True))
    page = console.post(f"{ROOT}partnerkey/add/", {"client": client.pk, "text": text})
    assert page.status_code == 200
    assert "Considérez-la comme volée" in page.content.decode()
    assert not PartnerKey.objects.exists()


def test_what_is_withdrawn_is_withdrawn_for_good(console: Client, partner: PartnerInsurer) -> None:
    client = make_client(partner)
    key = add_key(client)
    pages: dict[str, dict[str, Any]] = {
        f"{ROOT}partnerkey/{key.pk}/change/": {"use": "withdrawn"},
        f"{ROOT}partnerclient/{client.pk}/change/": {
            "name": "x", "scopes": ["export"], "requests_per_minute": 1, "use": "withdrawn",
        },
    }  # fmt: skip
    for page, form in pages.items():
        assert console.get(page).status_code == 200
        assert console.post(page, form).status_code == 302, page
        assert console.post(page, form | {"use": "in-use"}).status_code == 403, page
        assert console.get(page).status_code == 200
    key.refresh_from_db()
    client.refresh_from_db()
    assert key.withdrawn_by == client.withdrawn_by == "agent-partenaires"
    assert ask(sign(claims_of(client))).status_code == 401


def test_a_right_that_does_not_exist_is_refused(console: Client, partner: PartnerInsurer) -> None:
    added = {"partner": partner.pk, "name": "x", "scopes": ["root"], "requests_per_minute": 0}
    page = console.post(f"{ROOT}partnerclient/add/", added)
    assert page.status_code == 200
    assert not PartnerClient.objects.exists()
