"""What partners' users do on their pages: keys, notices, exports, colleagues; each only of their own partner."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from accounts.partners.client_models import PartnerClient, PartnerKey
from accounts.partners.models import PartnerInsurer
from accounts.partners.portal.invitations import MOST_USERS
from accounts.partners.portal.models import PartnerUser
from accounts.partners.usage import Used, count_usage
from accounts.partners.webhooks.models import WebhookDelivery, WebhookEndpoint
from ameli_notify.core.import_report import french_number
from reimbursements.partner_api.exports.models import PartnerExport
from tests.partners.machine import EC, RSA, add_key, ask, claims_of, make_client, sign
from tests.partners.portal_rows import ROOT, browser_of, fresh_code_of, make_user
from tests.partners.rows import make_partner
from tests.partners.test_resources import make_member
from tests.partners.webhook_rows import make_webhook

KEYS = f"{ROOT}cles/"
USERS = f"{ROOT}utilisateurs/"
PUBLIC = EC.as_pem(private=False).decode()


@pytest.fixture
def manager(partner: PartnerInsurer) -> PartnerUser:
    return make_user(partner, is_manager=True)


@pytest.fixture
def browser(manager: PartnerUser) -> Client:
    return browser_of(manager)


@pytest.fixture
def program(partner: PartnerInsurer) -> PartnerClient:
    return make_client(partner)


def words(client: Client, path: str = ROOT) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_overview_tells_members_use_and_freshness(browser: Client, partner: PartnerInsurer) -> None:
    make_member(partner)
    count_usage(partner.pk, Used(requests=3, rows=4321, refusals=1))
    count_usage(make_partner("99000002").pk, Used(rows=98_765))
    page = words(browser)
    assert french_number(4321) in page
    assert french_number(98_765) not in page
    assert page.count('<rect class="usage__bar"') == 1
    assert "Membres qui ont donné un accord" in page


class TestKeys:
    def test_are_registered_and_serve(self, browser: Client, manager: PartnerUser, program: PartnerClient) -> None:
        form = {"client": program.pk, "text": PUBLIC, "code": fresh_code_of(manager)}
        assert browser.post(KEYS, form)["Location"] == KEYS
        key = PartnerKey.objects.get()
        assert key.added_by == manager.identifier
        assert key.kid in words(browser, KEYS)
        assert ask(sign(claims_of(program))).status_code == 200
        again = browser.post(KEYS, form | {"code": fresh_code_of(manager)})
        assert "déjà une clé" in again.content.decode()

    def test_need_a_fresh_code(self, browser: Client, manager: PartnerUser, program: PartnerClient) -> None:
        code = fresh_code_of(manager)
        wrong = "000000" if code != "000000" else "111111"
        page = browser.post(KEYS, {"client": program.pk, "text": PUBLIC, "code": wrong})
        assert "n’a pas été accepté" in page.content.decode()
        assert not PartnerKey.objects.exists()

    def test_that_are_private_are_refused_and_not_sent_back(
        self, browser: Client, manager: PartnerUser, program: PartnerClient
    ) -> None:
        text = json.dumps(EC.as_dict(private=True))
        page = browser.post(KEYS, {"client": program.pk, "text": text, "code": fresh_code_of(manager)}).content.decode()
        assert "Considérez-la comme volée" in page
        assert str(EC.as_dict(private=True)["d"]) not in page
        assert not PartnerKey.objects.exists()

    def test_are_not_given_to_anothers_program(self, browser: Client, manager: PartnerUser) -> None:
        theirs = make_client(make_partner("99000002"))
        make_client(manager.partner)
        page = browser.post(KEYS, {"client": theirs.pk, "text": PUBLIC, "code": fresh_code_of(manager)})
        assert "Choisissez un programme de la liste." in page.content.decode()
        assert not PartnerKey.objects.exists()

    def test_are_withdrawn_for_good(self, browser: Client, manager: PartnerUser, program: PartnerClient) -> None:
        key, theirs = add_key(program), add_key(make_client(make_partner("99000002")), RSA)
        page = f"{KEYS}{key.pk}/retirer/"
        assert browser.post(page, {"code": fresh_code_of(manager)})["Location"] == KEYS
        key.refresh_from_db()
        assert key.withdrawn_by == manager.identifier
        assert browser.get(page).status_code == 404
        assert browser.post(f"{KEYS}{theirs.pk}/retirer/", {"code": fresh_code_of(manager)}).status_code == 404
        assert ask(sign(claims_of(program))).status_code == 401


class TestNotices:
    @pytest.fixture
    def page(self, partner: PartnerInsurer) -> str:
        return f"{ROOT}avis/{make_webhook(partner)['webhook_id']}/"

    def test_are_tried_and_sent_again(self, browser: Client, page: str) -> None:
        first = WebhookDelivery.objects.get()
        assert "https://hooks.example.org/ameli" in words(browser, f"{ROOT}avis/")
        assert browser.post(f"{page}essai/")["Location"] == page
        assert WebhookDelivery.objects.count() == 2
        assert browser.post(f"{page}renvoyer/{first.message_id}/")["Location"] == page
        first.refresh_from_db()
        assert (first.state, first.replays) == ("waiting", 1)
        browser.post(f"{page}renvoyer/{first.message_id}/")
        assert "attend déjà" in words(browser, page)

    def test_have_a_secret_that_is_shown_once(self, browser: Client, manager: PartnerUser, page: str) -> None:
        before = bytes(WebhookEndpoint.objects.get().secret_sealed or b"")
        answer = browser.post(f"{page}secret/", {"code": fresh_code_of(manager)}).content.decode()
        assert "whsec_" in answer
        assert "whsec_" not in words(browser, page)
        endpoint = WebhookEndpoint.objects.get()
        assert bytes(endpoint.secret_sealed or b"") != before
        assert bytes(endpoint.previous_secret_sealed or b"") == before

    def test_of_another_partner_are_not_there(self, browser: Client, manager: PartnerUser) -> None:
        there = make_webhook(make_partner("99000002"))
        page, message = f"{ROOT}avis/{there['webhook_id']}/", WebhookDelivery.objects.get().message_id
        assert browser.get(page).status_code == 404
        for path in (f"{page}essai/", f"{page}secret/", f"{page}renvoyer/{message}/"):
            assert browser.post(path, {"code": fresh_code_of(manager)}).status_code == 404, path
        assert "Aucune adresse" in words(browser, f"{ROOT}avis/")


class TestUsers:
    def test_are_invited_by_whoever_manages(self, browser: Client, manager: PartnerUser) -> None:
        form = {"label": "exploitation", "role": "member", "code": fresh_code_of(manager)}
        page = browser.post(USERS, form).content.decode()
        invited = PartnerUser.objects.latest("pk")
        assert (invited.partner_id, invited.is_manager, invited.invited_by) == (
            manager.partner_id, False, manager.identifier,
        )  # fmt: skip
        assert invited.identifier in page
        assert "ne sera plus affiché" in page

    def test_are_not_invited_by_others(self, partner: PartnerInsurer, manager: PartnerUser) -> None:
        worker = make_user(partner)
        client = browser_of(worker)
        form = {"label": "x", "role": "manager", "code": fresh_code_of(worker)}
        assert client.post(USERS, form).status_code == 403
        assert client.post(f"{USERS}{manager.pk}/retirer/", {"code": fresh_code_of(worker)}).status_code == 403
        assert PartnerUser.objects.count() == 2

    def test_are_no_more_than_so_many(
        self, browser: Client, manager: PartnerUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("accounts.partners.portal.invitations.MOST_USERS", 1)
        assert MOST_USERS > 1
        form = {"label": "x", "role": "member", "code": fresh_code_of(manager)}
        assert "au plus" in browser.post(USERS, form).content.decode()

    def test_are_removed_but_not_oneself_nor_others(self, browser: Client, manager: PartnerUser) -> None:
        colleague, stranger = make_user(manager.partner), make_user(make_partner("99000002"))
        theirs = browser_of(colleague)
        assert theirs.get(ROOT).status_code == 200
        for pk in (manager.pk, stranger.pk):
            assert browser.post(f"{USERS}{pk}/retirer/", {"code": fresh_code_of(manager)}).status_code == 404
        assert browser.post(f"{USERS}{colleague.pk}/retirer/", {"code": fresh_code_of(manager)})["Location"] == USERS
        assert theirs.get(ROOT).status_code == 302
        assert stranger.identifier not in words(browser, USERS)


def test_exports_are_listed(browser: Client, program: PartnerClient) -> None:
    assert "Aucun export" in words(browser, f"{ROOT}exports/")
    for client, shape in ((program, "ndjson"), (make_client(make_partner("99000002")), "fhir")):
        PartnerExport.objects.create(
            partner=client.partner, client=client, shape=shape, until_position=1, ordered_at=timezone.now()
        )
    page = words(browser, f"{ROOT}exports/")
    assert "NDJSON" in page
    assert "en attente" in page
    assert "FHIR" not in page
