"""Programs that may call from some networks only: elsewhere neither their keys nor their tokens are of use."""

import logging
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from fhir.resources.R4B.operationoutcome import OperationOutcome
from pytest_django import Settings

from accounts.partners.client_models import PartnerClient, PartnerToken
from accounts.partners.enums import PartnerState
from accounts.partners.models import PartnerInsurer
from accounts.partners.networks import MOST_NETWORKS, UnfitNetworkError, read_networks
from accounts.partners.usage_models import PartnerUsage
from accounts.staff.roles import Role
from ameli_notify.core.models import RateLimitCounter
from tests.partners.machine import (
    ASSERTION_TYPE,
    FORM,
    TOKEN,
    Machine,
    add_key,
    claims_of,
    machine_of,
    make_client,
    sign,
)
from tests.partners.portal_rows import ROOT, browser_of, fresh_code_of, make_user
from tests.partners.rows import make_partner
from tests.staff import client_of, make_staff

STATUS: Final = "/api/v1/status"
ALLOWED: Final = ["192.0.2.0/28", "2001:db8:1::/48"]
INSIDE: Final = ("192.0.2.15", "::ffff:192.0.2.1", "2001:db8:1:ffff::9")
OUTSIDE: Final = ("192.0.2.16", "::ffff:198.51.100.1", "2001:db8:2::1", "::1", "")


@pytest.fixture
def client(partner: PartnerInsurer) -> PartnerClient:
    made = make_client(partner)
    made.allowed_networks = ALLOWED
    made.save()
    add_key(made)
    return made


def grant(client: PartnerClient, address: str) -> Any:  # noqa: ANN401 (Django's test answers)
    form = {
        "grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": sign(claims_of(client)),
    }  # fmt: skip
    return Client(REMOTE_ADDR=address).post(TOKEN, urlencode(form), content_type=FORM)


def use(token: str, address: str, path: str = STATUS, **headers: str) -> Any:  # noqa: ANN401
    return Client(REMOTE_ADDR=address).get(path, headers={"authorization": f"Bearer {token}", **headers})


@pytest.mark.parametrize("address", INSIDE)
def test_from_its_networks_a_program_has_tokens_and_uses_them(client: PartnerClient, address: str) -> None:
    granted = grant(client, address)
    assert granted.status_code == 200, granted.content
    assert use(granted.json()["access_token"], address).status_code == 200


@pytest.mark.parametrize("address", OUTSIDE)
def test_from_elsewhere_its_key_proves_nothing(client: PartnerClient, partner: PartnerInsurer, address: str) -> None:
    refused = grant(client, address)
    assert refused.status_code == 401
    assert refused.json() == {"error": "invalid_client", "error_description": "the assertion proves nothing"}
    assert not PartnerToken.objects.exists()
    assert PartnerUsage.objects.get(partner=partner).refusals == 1


@pytest.mark.parametrize("address", OUTSIDE)
def test_from_elsewhere_its_tokens_read_nothing(client: PartnerClient, partner: PartnerInsurer, address: str) -> None:
    token = grant(client, INSIDE[0]).json()["access_token"]
    refused = use(token, address, **{"accept-language": "en"})
    assert (refused.status_code, refused.json()["code"]) == (403, "network-not-allowed")
    assert refused.json()["title"] == "This program may not call from this network"
    assert use(token, address).json()["title"] == "Ce programme ne peut pas appeler depuis ce réseau"
    outcome = use(token, address, "/fhir/r4/Patient")
    assert outcome.status_code == 403
    OperationOutcome.model_validate(outcome.json())
    assert PartnerUsage.objects.get(partner=partner).refusals == 3


def test_whoever_is_elsewhere_learns_nothing_of_the_partner_and_uses_up_no_limit(
    client: PartnerClient, partner: PartnerInsurer
) -> None:
    token = grant(client, INSIDE[0]).json()["access_token"]
    PartnerInsurer.objects.update(state=PartnerState.PAUSED)
    PartnerClient.objects.update(scopes=["export"])
    assert use(token, OUTSIDE[0]).json()["code"] == "network-not-allowed"
    before = sorted(RateLimitCounter.objects.values_list("bucket", "tries"))
    grant(client, OUTSIDE[0])
    use(token, OUTSIDE[0])
    added = set(RateLimitCounter.objects.values_list("bucket", "tries")) - set(before)
    assert len(added) == 1, "that of the address at the token endpoint"


def test_a_list_that_changes_counts_from_the_next_request_on(client: PartnerClient) -> None:
    token = grant(client, INSIDE[0]).json()["access_token"]
    PartnerClient.objects.update(allowed_networks=["198.51.100.7/32"])
    assert use(token, INSIDE[0]).status_code == 403
    assert use(token, "198.51.100.7").status_code == 200
    PartnerClient.objects.update(allowed_networks=[])
    assert use(token, "203.0.113.1").status_code == 200


def test_the_address_is_what_our_proxy_says(client: PartnerClient, settings: Settings) -> None:
    token = grant(client, INSIDE[0]).json()["access_token"]
    forged = use(token, OUTSIDE[0], **{"x-forwarded-for": INSIDE[0]})
    assert forged.status_code == 403, "no proxy of ours said so"
    settings.TRUSTED_PROXY_HOPS = 1
    assert use(token, "10.0.0.1", **{"x-forwarded-for": f"{OUTSIDE[0]}, {INSIDE[0]}"}).status_code == 200
    assert use(token, "10.0.0.1", **{"x-forwarded-for": f"{INSIDE[0]}, {OUTSIDE[0]}"}).status_code == 403
    assert use(token, INSIDE[0]).status_code == 403, "it did not come by the proxy"


def test_no_address_is_logged(client: PartnerClient, caplog: pytest.LogCaptureFixture) -> None:
    token = grant(client, INSIDE[0]).json()["access_token"]
    with caplog.at_level(logging.INFO):
        grant(client, OUTSIDE[0])
        use(token, OUTSIDE[0])
    told = [record for record in caplog.records if record.getMessage() == "partner network refused"]
    assert [getattr(record, "where", "") for record in told] == ["token", "resource"]
    assert all(OUTSIDE[0] not in str(vars(record)) for record in told)


class TestReading:
    def test_keeps_each_network_once_in_one_spelling(self) -> None:
        text = """
        192.0.2.10, 198.51.100.0/24;198.51.100.0/24
        2001:DB8:1:0::/48 2001:db8::1
        ::ffff:203.0.113.0/120 ::ffff:203.0.113.9
        """
        assert read_networks(text) == [
            "192.0.2.10/32", "198.51.100.0/24", "2001:db8:1::/48", "2001:db8::1/128", "203.0.113.0/24",
            "203.0.113.9/32",
        ]  # fmt: skip
        assert read_networks(" \n ") == []

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("0.0.0.0/0", "laissez le champ vide"),
            ("::/0", "laissez le champ vide"),
            ("::ffff:0:0/96", "laissez le champ vide"),
            ("192.0.2.1/24", "s’écrit « 192.0.2.0/24 »"),
            ("2001:db8::1/64", "s’écrit « 2001:db8::/64 »"),
            ("::ffff:192.0.2.1/120", "s’écrit « 192.0.2.0/24 »"),
            ("192.0.2.0/33", "par exemple"),
            ("192.0.2.256", "par exemple"),
            ("192.0.2", "par exemple"),
            ("192.0.2.010", "par exemple"),
            ("192.0.2.0/255.255.255.0", "par exemple"),
            ("fe80::1%eth0", "par exemple"),
            ("mutuelle.example.org", "par exemple"),
            ("192.0.2.0/٢٤", "par exemple"),
            ("<script>", "par exemple"),
            ("1" * 5_001, "trop long"),
        ],
    )
    def test_refuses_anything_else_in_clear_words(self, text: str, said: str) -> None:
        with pytest.raises(UnfitNetworkError, match=said) as refused:
            read_networks(text)
        assert "<script>" not in str(refused.value)

    def test_takes_fifty_and_no_more(self) -> None:
        fifty = [f"192.0.2.{number}" for number in range(MOST_NETWORKS)]
        assert len(read_networks("\n".join(fifty))) == MOST_NETWORKS
        with pytest.raises(UnfitNetworkError, match="50 réseaux au plus"):
            read_networks("\n".join([*fifty, "198.51.100.1"]))


def test_the_database_holds_fifty_at_most_and_who_chose_them(client: PartnerClient) -> None:
    for values in (
        {"allowed_networks": [f"192.0.2.{number}/32" for number in range(MOST_NETWORKS + 1)]},
        {"networks_set_by": "somebody"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            PartnerClient.objects.update(**values)


class TestConsole:
    def test_chooses_them_and_says_who_did(self, client: PartnerClient) -> None:
        console = client_of(make_staff("agent-partenaires", role=Role.SUPERVISOR))
        page = f"/console/accounts/partnerclient/{client.pk}/change/"
        assert "2001:db8:1::/48" in console.get(page).content.decode()
        form = {"name": "x", "scopes": ["export"], "requests_per_minute": 9, "use": "in-use"}
        refused = console.post(page, form | {"networks": "192.0.2.1/24"})
        assert "s’écrit « 192.0.2.0/24 »" in refused.content.decode()
        client.refresh_from_db()
        assert client.allowed_networks == ALLOWED
        assert console.post(page, form | {"networks": "\r\n".join(ALLOWED)}).status_code == 302
        client.refresh_from_db()
        assert (client.allowed_networks, client.networks_set_by) == (ALLOWED, ""), "nothing was changed"
        assert console.post(page, form | {"networks": "198.51.100.7"}).status_code == 302
        client.refresh_from_db()
        assert (client.allowed_networks, client.networks_set_by) == (["198.51.100.7/32"], "agent-partenaires")
        assert client.networks_set_at is not None

    def test_chooses_them_with_a_new_program(self, partner: PartnerInsurer) -> None:
        console = client_of(make_staff("agent-partenaires", role=Role.SUPERVISOR))
        form = {"partner": partner.pk, "name": "x", "scopes": ["export"], "requests_per_minute": 9}
        added = console.post("/console/accounts/partnerclient/add/", form | {"networks": "192.0.2.10"})
        assert added.status_code == 302
        made = PartnerClient.objects.get()
        assert (made.allowed_networks, made.networks_set_by) == (["192.0.2.10/32"], "agent-partenaires")


class TestPortal:
    @pytest.fixture
    def page(self, client: PartnerClient) -> str:
        return f"{ROOT}programmes/{client.client_id}/reseaux/"

    def test_changes_them_with_a_fresh_code(self, partner: PartnerInsurer, client: PartnerClient, page: str) -> None:
        member = make_user(partner)
        browser = browser_of(member)
        assert "192.0.2.0/28" in browser.get(f"{ROOT}cles/").content.decode()
        told = browser.get(page).content.decode()
        assert "192.0.2.0/28\n2001:db8:1::/48" in told
        assert told.count("50 au plus") == 1, "a hint is of its field alone"
        form = {"networks": "198.51.100.7\r\n198.51.100.9", "code": fresh_code_of(member)}
        assert browser.post(page, form)["Location"] == f"{ROOT}cles/"
        client.refresh_from_db()
        assert client.allowed_networks == ["198.51.100.7/32", "198.51.100.9/32"]
        assert client.networks_set_by == member.identifier
        assert browser.post(page, {"networks": "", "code": fresh_code_of(member)}).status_code == 302
        assert Machine(client).get(STATUS).status_code == 200, "from anywhere again"

    def test_refuses_a_wrong_code_and_a_wrong_network(
        self, partner: PartnerInsurer, client: PartnerClient, page: str
    ) -> None:
        member = make_user(partner)
        browser, code = browser_of(member), fresh_code_of(member)
        wrong = "000000" if code != "000000" else "111111"
        told = browser.post(page, {"networks": "198.51.100.7", "code": wrong}).content.decode()
        assert "n’a pas été accepté" in told
        told = browser.post(page, {"networks": "192.0.2.1/24", "code": fresh_code_of(member)}).content.decode()
        assert "s’écrit « 192.0.2.0/24 »" in told
        client.refresh_from_db()
        assert client.allowed_networks == ALLOWED

    def test_shows_no_program_of_another_or_withdrawn(self, partner: PartnerInsurer, page: str) -> None:
        stranger = make_user(make_partner("99000002"))
        form = {"networks": "", "code": fresh_code_of(stranger)}
        assert browser_of(stranger).get(page).status_code == 404
        assert browser_of(stranger).post(page, form).status_code == 404
        assert PartnerClient.objects.get().allowed_networks == ALLOWED
        PartnerClient.objects.update(withdrawn_at="2026-10-01T08:00:00Z", withdrawn_by="essai")
        assert browser_of(make_user(partner)).get(page).status_code == 404


def test_one_program_s_list_is_no_other_s(client: PartnerClient, partner: PartnerInsurer) -> None:
    assert machine_of(partner).get(STATUS).status_code == 200
