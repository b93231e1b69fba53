"""The console's pages about partners: who connected, paused, registered and withdrew, and what is refused."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.models import PartnerInsurer
from accounts.partners.portal.models import PartnerUser
from accounts.partners.usage import Used, count_usage
from accounts.partners.usage_models import PartnerStateChange
from accounts.staff.roles import Role
from ameli_notify.core.import_report import french_number
from tests.partners.machine import EC, add_key, ask, claims_of, make_client, sign
from tests.partners.portal_rows import make_user
from tests.staff import client_of, make_staff

ROOT = "/console/accounts/"


@pytest.fixture
def console(db: None) -> Client:
    return client_of(make_staff("agent-partenaires", role=Role.SUPERVISOR))


def test_a_partner_is_paused_and_resumed_for_a_reason(console: Client, partner: PartnerInsurer) -> None:
    page = f"{ROOT}partnerinsurer/{partner.pk}/change/"
    form = {"name": "Mutuelle d’essai", "state": "paused", "requests_per_day": "", "rows_floor": "1000"}
    assert "Dites pourquoi" in console.post(page, form).content.decode()
    assert console.post(page, form | {"reason": "Contrôle demandé."}).status_code == 302
    partner.refresh_from_db()
    assert (partner.state, partner.state_by, partner.rows_floor) == ("paused", "agent-partenaires", 1000)
    before = partner.state_at
    console.post(page, form | {"name": "Autre nom", "requests_per_day": "50000"})
    partner.refresh_from_db()
    assert (partner.name, partner.state_at, partner.requests_per_day) == ("Autre nom", before, 50_000)
    console.post(page, form | {"state": "active", "reason": "Contrôle terminé."})
    partner.refresh_from_db()
    assert partner.state == "active"
    changes = PartnerStateChange.objects.order_by("pk").values_list("state", "reason", "changed_by")
    assert list(changes) == [
        ("paused", "Contrôle demandé.", "agent-partenaires"),
        ("active", "Contrôle terminé.", "agent-partenaires"),
    ]


def test_a_new_partner_is_connected_for_a_reason(console: Client) -> None:
    form = {"code": "99000007", "name": "Neuve", "state": "active", "rows_floor": "1000"}
    assert "Dites pourquoi" in console.post(f"{ROOT}partnerinsurer/add/", form).content.decode()
    assert console.post(f"{ROOT}partnerinsurer/add/", form | {"reason": "Convention signée."}).status_code == 302
    assert PartnerInsurer.objects.get(code="99000007").state_by == "agent-partenaires"


def test_the_page_of_a_partner_shows_its_use(console: Client, partner: PartnerInsurer) -> None:
    count_usage(partner.pk, Used(rows=4321, bytes_sent=7))
    user = make_user(partner)
    add_key(make_client(partner))
    page = console.get(f"{ROOT}partnerinsurer/{partner.pk}/change/").content.decode()
    assert page.count('<rect class="usage__bar"') == 1
    for told in (french_number(4321), user.identifier, "essai", "Membres qui ont donné un accord"):
        assert told in page
    audit = client_of(make_staff("agent-audit", role=Role.AUDITOR))
    assert "Motif" in audit.get(f"{ROOT}partnerinsurer/{partner.pk}/change/").content.decode()


def test_a_stop_is_seen_on_the_first_page(console: Client, partner: PartnerInsurer) -> None:
    PartnerInsurer.objects.update(rows_floor=1)
    count_usage(partner.pk, Used(rows=2))
    assert "L’organisme 99000001 est suspendu depuis le" in console.get("/console/").content.decode()


def test_somebody_is_invited_invited_again_and_removed(console: Client, partner: PartnerInsurer) -> None:
    form = {"partner": partner.pk, "label": "exploitation", "is_manager": "on"}
    page = console.post(f"{ROOT}partneruser/add/", form).content.decode()
    member = PartnerUser.objects.get()
    assert (member.identifier, member.invited_by) == ("99000001-01", "agent-partenaires")
    first = shown_code(page)
    address = f"{ROOT}partneruser/{member.pk}/change/"
    assert first not in console.get(address).content.decode()
    again = console.post(address, {"label": "exploitation", "act": "again"}).content.decode()
    assert shown_code(again) != first
    assert console.post(address, {"label": "exploitation", "act": "remove"}).status_code == 302
    member.refresh_from_db()
    assert (member.removed_by, member.invitation_lookup) == ("agent-partenaires", None)
    assert console.post(address, {"label": "x", "act": "keep"}).status_code == 403


def shown_code(page: str) -> str:
    found = re.search(r"Code d’invitation\s: <strong>([A-Z2-7-]+)</strong>", page)
    assert found is not None
    return found[1]


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
