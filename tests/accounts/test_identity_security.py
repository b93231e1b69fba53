"""« Sécurité de mon compte »: changes need a fresh code and are told."""

import datetime as dt
import re
from typing import Final

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from time_machine import TimeMachineFixture

from accounts.identity.devices import CodeDevice, InsuredTotpDevice, RecoveryCode, RecoveryCodeDevice
from accounts.identity.enums import CodeChannel
from accounts.identity.models import ContactChange, InsuredAccount
from accounts.identity.reach import code_contacts
from accounts.people.enums import ContactKind, EndReason
from accounts.people.models import ContactChannel
from tests.accounts.insured import (
    CODE,
    CONFIRM,
    HOME,
    SECURITY,
    SIGN_IN,
    add_app,
    code_received,
    code_shown_by,
    confirmed,
    deliver,
    give_password,
    make_account,
    make_nir,
    other_than,
    signed_in,
)
from tests.guards.personal_data import CANARY_PHONE

pytestmark = pytest.mark.usefixtures("space")

APP: Final = f"{SECURITY}application/"
REMOVE: Final = f"{SECURITY}moyens/retirer/"
RECOVERY: Final = f"{SECURITY}codes-de-secours/"
MOBILE: Final = "/mon-espace/informations/coordonnees/mobile/"
EMAIL: Final = "/mon-espace/informations/coordonnees/adresse-e-mail/"
CONTACT_CODE: Final = "/mon-espace/informations/coordonnees/code/"
CHANGES: Final = (APP, f"{APP}code/", f"{SECURITY}envois/ajouter/", REMOVE, RECOVERY, MOBILE, EMAIL, CONTACT_CODE)


class TestFreshCode:
    @pytest.mark.parametrize("path", CHANGES)
    def test_no_change_without_one_even_right_after_signing_in(
        self, account: InsuredAccount, browser: Client, path: str
    ) -> None:
        answer = browser.post(path, {"device": "x", "name": "x", "code": "123456", "channel": "sms"})
        assert answer.headers["Location"].startswith(f"{CONFIRM}?next=")
        assert InsuredTotpDevice.objects.count() == RecoveryCodeDevice.objects.count() == 0

    def test_one_allows_changes_for_five_minutes_under_a_new_key(
        self, browser: Client, time_machine: TimeMachineFixture
    ) -> None:
        key = browser.session.session_key
        confirmed(browser)
        assert browser.session.session_key != key
        assert browser.get(SECURITY).status_code == 200
        thief = Client()
        thief.cookies["sessionid"] = str(key)
        assert thief.get(SECURITY).status_code == 302
        assert browser.get(APP).status_code == 200
        time_machine.move_to(browser.session["confirmed_at"] + 301)
        assert browser.get(APP).headers["Location"] == f"{CONFIRM}?next={APP.replace('/', '%2F')}"

    def test_a_wrong_one_is_refused_and_the_next_page_stays_on_the_site(self, browser: Client) -> None:
        page = browser.get(CONFIRM, {"next": "https://example.org/"})
        assert page.context["next"] == HOME
        browser.post(f"{CONFIRM}envoyer/", {"device": page.context["factor"].device_id})
        refused = browser.post(CONFIRM, {"code": other_than(code_received())})
        assert refused.status_code == 200
        assert "n’a pas été accepté" in refused.content.decode()
        assert browser.get(APP).status_code == 302


class TestApps:
    def test_one_is_added_with_its_first_code_and_asked_for_next_time(
        self, account: InsuredAccount, browser: Client
    ) -> None:
        confirmed(browser)
        assert browser.post(APP, {"name": "mon téléphone"}).headers["Location"] == f"{APP}code/"
        page = browser.get(f"{APP}code/").content.decode()
        device = InsuredTotpDevice.objects.get(user=account.user)
        shown = re.search(r'<strong class="key">([A-Z2-7 ]+)</strong>', page)
        assert shown is not None
        assert len(shown[1].replace(" ", "")) == 32
        assert shown[1].replace(" ", "").encode() not in bytes(device.seed_sealed)
        assert f"secret={shown[1].replace(' ', '')}" in page
        assert not device.confirmed
        wrong = browser.post(f"{APP}code/", {"code": other_than(code_shown_by(device))})
        assert "Vérifiez la clé saisie" in wrong.content.decode()
        InsuredTotpDevice.objects.update(throttling_failure_count=0)
        answer = browser.post(f"{APP}code/", {"code": code_shown_by(device)})
        assert answer.headers["Location"] == SECURITY
        assert all("moyens de connexion" in message.text for message in deliver())
        assert browser.get(f"{APP}code/").headers["Location"] == APP  # the key is not shown again
        other = Client()
        give_password(other)
        assert "Ouvrez votre application d’authentification (mon téléphone)" in other.get(CODE).content.decode()

    def test_a_code_of_the_app_passes_once(self, account: InsuredAccount) -> None:
        device = add_app(account)
        code = code_shown_by(device)
        statuses = []
        for _ in range(2):
            client = Client()
            give_password(client)
            statuses.append(client.post(CODE, {"code": code}).status_code)
        assert statuses == [302, 200]

    def test_there_are_at_most_five(self, account: InsuredAccount, browser: Client) -> None:
        for number in range(5):
            add_app(account, name=f"appareil {number}")
        page = browser.get(CONFIRM)
        browser.post(CONFIRM, {"code": code_shown_by(InsuredTotpDevice.objects.order_by("pk")[0])})
        assert page.context["factor"].kind == "totp"
        assert "déjà 5 applications" in browser.post(APP, {"name": "sixième"}).content.decode()

    @pytest.mark.parametrize("name", ["", "x" * 41, "a\x07b", "a\x00b"])
    def test_a_name_is_asked_for(self, browser: Client, name: str) -> None:
        answer = confirmed(browser).post(APP, {"name": name})
        assert answer.status_code == 200
        assert "Erreur – Ajouter une application" in answer.content.decode()


class TestRemoving:
    def test_a_channel_is_removed_told_and_added_again(self, account: InsuredAccount, browser: Client) -> None:
        confirmed(browser)
        sms = CodeDevice.objects.get(user=account.user, channel="sms")
        assert browser.post(REMOVE, {"device": sms.persistent_id}).headers["Location"] == SIGN_IN
        assert sorted(message.channel for message in deliver()) == ["email", "sms"]
        assert not CodeDevice.objects.filter(pk=sms.pk).exists()

    def test_removing_what_opened_the_session_closes_it_and_says_so(
        self, account: InsuredAccount, browser: Client
    ) -> None:
        confirmed(browser)
        sms = CodeDevice.objects.get(user=account.user, channel="sms")
        answer = browser.post(REMOVE, {"device": sms.persistent_id}, follow=True)
        assert "Il avait ouvert cette session" in answer.content.decode()
        assert browser.get(SECURITY).status_code == 302

    def test_the_session_goes_on_with_the_factor_that_confirmed(self, account: InsuredAccount, browser: Client) -> None:
        device = add_app(account)
        browser.get(CONFIRM)
        browser.post(CONFIRM, {"code": code_shown_by(device)})
        sms = CodeDevice.objects.get(user=account.user, channel="sms")
        assert browser.post(REMOVE, {"device": sms.persistent_id}).headers["Location"] == SECURITY
        assert browser.get(SECURITY).status_code == 200

    def test_the_last_one_stays(self, browser: Client, account: InsuredAccount) -> None:
        confirmed(browser)
        browser.post(RECOVERY)
        # The session was opened with the code by SMS: keep that one for last.
        email = CodeDevice.objects.get(user=account.user, channel="email")
        browser.post(REMOVE, {"device": email.persistent_id})
        sms = CodeDevice.objects.get(user=account.user, channel="sms")
        answer = browser.post(REMOVE, {"device": sms.persistent_id}, follow=True)
        assert "est le dernier" in answer.content.decode()
        assert CodeDevice.objects.filter(pk=sms.pk).exists()
        deliver()
        answer = browser.post(f"{SECURITY}envois/ajouter/", {"channel": "email"}, follow=True)
        assert "de nouveau recevoir vos codes par e-mail" in answer.content.decode()
        assert CodeDevice.objects.filter(user=account.user, channel="email").exists()

    def test_somebody_elses_is_not_found(self, browser: Client) -> None:
        other = add_app(make_account(make_nir(1), email="", mobile=""))
        confirmed(browser)
        for device in (other.persistent_id, "x", "", "accounts.user/1", "a/b/c"):
            assert browser.post(REMOVE, {"device": device}).status_code == 404
        assert browser.post(f"{SECURITY}envois/ajouter/", {"channel": "pigeon"}).status_code == 404

    def test_losing_the_device_of_the_session_ends_it(self, account: InsuredAccount, browser: Client) -> None:
        CodeDevice.objects.filter(user=account.user, channel="sms").delete()
        assert browser.get(SECURITY).headers["Location"].startswith(SIGN_IN)


class TestRecoveryCodes:
    def codes(self, browser: Client) -> list[str]:
        page = browser.post(RECOVERY).content.decode()
        return re.findall(r"<li>([A-Z0-9]{5}-[A-Z0-9]{5})</li>", page)

    def test_ten_are_shown_once_and_kept_hashed(self, browser: Client) -> None:
        codes = self.codes(confirmed(browser))
        assert len(set(codes)) == 10
        assert browser.get(RECOVERY).status_code == 405
        kept = b"".join(bytes(code.code_hash) for code in RecoveryCode.objects.all())
        assert len(kept) == 320
        assert not any(code.replace("-", "").encode() in kept for code in codes)

    def test_each_serves_once_and_a_new_set_replaces_the_last(self, browser: Client, account: InsuredAccount) -> None:
        confirmed(browser)
        old = self.codes(browser)
        codes = self.codes(browser)
        deliver()
        device = RecoveryCodeDevice.objects.get(user=account.user)
        outcomes = []
        for code in (old[0], codes[0].lower(), codes[0], codes[1].replace("-", " ")):
            RecoveryCodeDevice.objects.update(throttling_failure_count=0)
            client = Client()
            give_password(client)
            client.post(f"{CODE}envoyer/", {"device": device.persistent_id})
            outcomes.append(client.post(CODE, {"code": code}).status_code)
        assert outcomes == [200, 302, 200, 302]
        assert "8 encore disponibles" in browser.get(SECURITY).content.decode()

    def test_a_code_of_the_wrong_form_is_explained(self, browser: Client, account: InsuredAccount) -> None:
        self.codes(confirmed(browser))
        client = Client()
        give_password(client)
        client.post(f"{CODE}envoyer/", {"device": RecoveryCodeDevice.objects.get().persistent_id})
        for typed in ("ABCDE", "ABCDE-1234É", "ABCDE\x0012345", "x" * 31):
            page = client.post(CODE, {"code": typed}).content.decode()
            assert "Un code de secours comporte 10 lettres et chiffres" in page


class TestContacts:
    def change(self, browser: Client, path: str, address: str) -> None:
        assert browser.post(path, {"address": address}).headers["Location"] == CONTACT_CODE
        assert browser.post(CONTACT_CODE, {"code": code_received()}).headers["Location"] == SECURITY

    def test_a_new_mobile_is_told_to_the_old_one_and_gets_codes_after_72_hours(
        self, account: InsuredAccount, browser: Client, time_machine: TimeMachineFixture
    ) -> None:
        start = timezone.now()  # codes expire by the database's own clock
        time_machine.move_to(start)
        confirmed(browser := signed_in())
        old = ContactChannel.objects.get(insured=account.insured, kind=ContactKind.MOBILE)
        self.change(browser, MOBILE, "06 39 98 00 01")
        told = deliver()
        assert {message.recipient for message in told} == {"** ** ** 23 45", "c***@example.org"}
        old.refresh_from_db()
        new = ContactChannel.objects.get(insured=account.insured, kind=ContactKind.MOBILE, ended_at=None)
        assert (old.end_reason, old.ended_at) == (EndReason.REPLACED, new.started_at)
        assert code_contacts(account.insured_id)[CodeChannel.SMS] == old
        time_machine.move_to(start + dt.timedelta(hours=71, minutes=59))
        assert code_contacts(account.insured_id)[CodeChannel.SMS] == old
        time_machine.move_to(start + dt.timedelta(hours=72, minutes=1))
        assert code_contacts(account.insured_id)[CodeChannel.SMS] == new

    def test_when_codes_go_to_the_number_is_said_as_it_is(self, account: InsuredAccount, browser: Client) -> None:
        confirmed(browser)
        self.change(browser, MOBILE, CANARY_PHONE)
        page = browser.get(SECURITY).content.decode()
        assert "Votre numéro est enregistré. Vos codes de connexion y sont envoyés." in page
        assert "seront envoyés" not in page
        self.change(browser, MOBILE, "06 39 98 00 01")
        page = browser.get(SECURITY).content.decode()
        starts = ContactChange.objects.latest("codes_from_at").codes_from_at
        assert starts is not None
        assert f"à partir du {date_format(timezone.localtime(starts), 'j F Y à H:i')}." in page

    def test_a_new_mailbox_serves_at_once_and_reach_follows(self, browser: Client, account: InsuredAccount) -> None:
        confirmed(browser)
        self.change(browser, EMAIL, "nouvelle@example.org")
        assert sorted(message.recipient for message in deliver()) == ["** ** ** 23 45", "c***@example.org"]
        current = ContactChannel.objects.get(insured=account.insured, kind=ContactKind.EMAIL, ended_at=None)
        assert code_contacts(account.insured_id)[CodeChannel.EMAIL] == current
        account.insured.refresh_from_db()
        assert account.insured.has_email
        change = ContactChange.objects.get()
        assert change.address_sealed is None

    def test_nothing_changes_without_the_code_sent_to_the_new_address(
        self, browser: Client, account: InsuredAccount
    ) -> None:
        confirmed(browser)
        browser.post(EMAIL, {"address": "nouvelle@example.org"})
        received = deliver()
        assert [message.recipient for message in received] == ["n***@example.org"]
        assert "nouvelle@example.org" in browser.get(CONTACT_CODE).content.decode()
        code = re.findall(r"(?<!\d)\d{6}(?!\d)", received[0].text)[0]
        for _ in range(5):
            assert browser.post(CONTACT_CODE, {"code": other_than(code)}).status_code == 200
        assert browser.post(CONTACT_CODE, {"code": code}).status_code == 200
        assert ContactChannel.objects.filter(insured=account.insured, ended_at=None).count() == 2
        assert ContactChannel.objects.filter(insured=account.insured).count() == 2

    @pytest.mark.parametrize(
        ("path", "typed", "says"),
        [
            (MOBILE, "01 02 03 04 05", "06 ou 07"),
            (MOBILE, "06 00 01 23", "06 ou 07"),
            (MOBILE, "", "Saisissez votre nouveau numéro"),
            (MOBILE, "06\x0000012345", "caract"),
            (EMAIL, "nom", "adresse e-mail complète"),
            (EMAIL, "nom@example.org\r\nBcc: x@example.net", "adresse e-mail complète"),
            (EMAIL, "é@example.org", "adresse e-mail"),
            (EMAIL, "x" * 300 + "@example.org", "caract"),
        ],
    )
    def test_a_wrong_address_is_explained(self, browser: Client, path: str, typed: str, says: str) -> None:
        page = confirmed(browser).post(path, {"address": typed}).content.decode()
        assert says in page
        assert "<title>Erreur – Changer" in page
        assert deliver() == []

    def test_other_kinds_are_not_found(self, browser: Client) -> None:
        assert confirmed(browser).get("/mon-espace/informations/coordonnees/courrier/").status_code == 404
