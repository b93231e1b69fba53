"""Passkeys of insured people: added after a fresh code, asked for at sign-in, removed."""

import re
from typing import Any

import pytest
import segno
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp_webauthn.models import WebAuthnAttestation, WebAuthnCredential

from accounts.identity.events import AccountEvent, AccountEventKind
from accounts.identity.models import InsuredAccount
from accounts.identity.passkeys import MOST_PASSKEYS, STATE_KEY
from accounts.identity.qr_code import qr_code
from tests.accounts.authenticator import Authenticator
from tests.accounts.insured import (
    CODE,
    CONFIRM,
    HOME,
    SECURITY,
    SIGN_IN,
    code_received,
    confirmed,
    deliver,
    give_password,
    make_account,
    make_nir,
    signed_in,
)
from tests.accounts.passkeys import (
    ADD,
    ASK,
    CONFIRM_ASK,
    CONFIRM_USE,
    NEW,
    REMOVE,
    USE,
    add,
    signed_in_with,
    use,
)

pytestmark = pytest.mark.usefixtures("space")


class TestAdding:
    def test_takes_a_fresh_code_and_is_told_and_noted(self, account: InsuredAccount, browser: Client) -> None:
        for path in (ADD, NEW):
            assert browser.post(path, {"name": "x"}).headers["Location"].startswith(f"{CONFIRM}?next=")
        passkey = add(confirmed(browser), Authenticator(), name="clé USB")
        assert (passkey.user_id, passkey.name, passkey.confirmed) == (account.user_id, "clé USB", True)
        told = deliver()
        assert {message.channel for message in told} == {"sms", "email"}
        assert all("moyens de connexion" in message.text for message in told)
        assert AccountEvent.objects.filter(insured=account.insured, kind=AccountEventKind.APP_ADDED).exists()
        page = " ".join(browser.get(SECURITY).content.decode().split())
        assert "Clé d’accès (passkey) (clé USB), ajoutée le" in page

    def test_asks_for_a_person_checked_by_the_device_and_names_nobody(
        self, account: InsuredAccount, browser: Client
    ) -> None:
        options = confirmed(browser).post(NEW, {"name": "x"}).json()
        assert options["authenticatorSelection"]["userVerification"] == "required"
        assert options["attestation"] == "none"
        assert options["rp"] == {"id": "localhost", "name": "l’Assurance Maladie"}
        assert (options["user"]["name"], options["user"]["displayName"]) == ("Mon espace", "Mon espace")

    def test_keeps_no_statement_about_the_device(self, device: Authenticator) -> None:
        assert WebAuthnAttestation.objects.count() == 0
        passkey = WebAuthnCredential.objects.get()
        assert bytes(passkey.credential_id) == device.credential_id

    def test_a_passkey_that_is_there_is_left_out(self, browser: Client, device: Authenticator) -> None:
        options = browser.post(NEW, {"name": "x"}).json()
        assert len(options["excludeCredentials"]) == 1

    @pytest.mark.parametrize(
        "lie",
        [
            {"origin": "http://localhost.example.org"},
            {"origin": "https://localhost"},
            {"rp_id": "example.org"},
            {"verifies_person": False},
            {"statement": "tpm"},
            {"statement": "fido-u2f"},
        ],
        ids=str,
    )
    def test_refuses_what_the_browser_should_not_have_made(self, browser: Client, lie: dict[str, Any]) -> None:
        options = confirmed(browser).post(NEW, {"name": "x"}).json()
        answer = browser.post(ADD, {"name": "x", "credential": Authenticator(**lie).make(options)})
        assert "n’a pas pu être enregistrée" in answer.content.decode()
        assert WebAuthnCredential.objects.count() == 0
        assert deliver() == []

    def test_refuses_a_counter_out_of_range(self, browser: Client) -> None:
        options = confirmed(browser).post(NEW, {"name": "x"}).json()
        answer = browser.post(ADD, {"name": "x", "credential": Authenticator(counter=2**32 - 1).make(options)})
        assert "n’a pas pu être enregistrée" in answer.content.decode()

    def test_refuses_the_key_of_somebody_else(self, browser: Client, device: Authenticator) -> None:
        make_account(make_nir(1), email="autre@example.net", mobile="")
        other = confirmed(signed_in(make_nir(1)))
        options = other.post(NEW, {"name": "x"}).json()
        answer = other.post(ADD, {"name": "x", "credential": device.make(options)})
        assert "n’a pas pu être enregistrée" in answer.content.decode()
        assert WebAuthnCredential.objects.count() == 1

    def test_a_challenge_serves_once(self, browser: Client) -> None:
        options = confirmed(browser).post(NEW, {"name": "x"}).json()
        for device, count in ((Authenticator(origin="https://example.org"), 0), (Authenticator(), 0)):
            browser.post(ADD, {"name": "x", "credential": device.make(options)})
            assert WebAuthnCredential.objects.count() == count

    def test_a_name_is_asked_for_before_the_device(self, browser: Client) -> None:
        confirmed(browser)
        for name, says in (("", "Donnez un nom à cette clé"), ("a" * 41, "40 caractères"), ("a\nb", "caractère")):
            answer = browser.post(NEW, {"name": name})
            assert answer.status_code == 422
            assert says in answer.json()["message"]
        assert STATE_KEY not in browser.session

    def test_there_are_at_most_ten(self, account: InsuredAccount, browser: Client) -> None:
        confirmed(browser)
        for number in range(MOST_PASSKEYS):
            add(browser, Authenticator(), name=f"clé {number}")
        answer = browser.post(NEW, {"name": "une de trop"})
        assert (answer.status_code, f"déjà {MOST_PASSKEYS} clés" in answer.json()["message"]) == (409, True)


class TestSigningIn:
    def test_it_is_asked_for_first_and_opens_the_space_under_a_new_key(
        self, account: InsuredAccount, device: Authenticator, arriving: Client
    ) -> None:
        page = arriving.get(CODE).content.decode()
        assert "Utilisez votre clé d’accès (mon téléphone)" in " ".join(page.split())
        assert "Code par SMS" in page, "the other means are offered"
        assert deliver() == [], "no code is sent for a passkey"
        key = arriving.session.session_key
        options = arriving.post(ASK).json()
        assert options["userVerification"] == "required"
        answer = use(arriving, device.sign(options))
        assert answer.headers["Location"] == HOME
        assert arriving.session.session_key != key
        assert arriving.session[DEVICE_ID_SESSION_KEY] == WebAuthnCredential.objects.get().persistent_id
        assert arriving.get(SECURITY).status_code == 200
        thief = Client()
        thief.cookies["sessionid"] = str(key)
        assert thief.get(SECURITY).status_code == 302
        passkey = WebAuthnCredential.objects.get()
        assert (passkey.sign_count, passkey.last_used_at is not None) == (1, True)

    def test_it_leads_to_the_page_that_was_asked_for(self, device: Authenticator, arriving: Client) -> None:
        signed = device.sign(arriving.post(ASK).json())
        answer = arriving.post(USE, {"credential": signed, "next": SECURITY})
        assert answer.headers["Location"] == SECURITY

    def test_any_of_several_answers_and_one_stands_for_all(self, browser: Client, device: Authenticator) -> None:
        second = Authenticator()
        add(browser, second, name="clé USB")
        arriving = Client()
        give_password(arriving)
        page = arriving.get(CODE)
        assert [factor.kind for factor in page.context["others"]] == ["sms", "email"]
        options = arriving.post(ASK).json()
        assert len(options["allowCredentials"]) == 2
        assert use(arriving, second.sign(options)).headers["Location"] == HOME

    def test_another_means_can_be_chosen_and_the_passkey_chosen_again(
        self, account: InsuredAccount, device: Authenticator, arriving: Client
    ) -> None:
        others = {factor.kind: factor for factor in arriving.get(CODE).context["others"]}
        arriving.post("/connexion/code/envoyer/", {"device": others["sms"].device_id})
        page = arriving.get(CODE)
        assert page.context["others"][0].kind == "passkey"
        assert arriving.post(CODE, {"code": code_received()}).headers["Location"] == HOME

    def test_a_code_typed_in_its_place_is_refused(self, device: Authenticator, arriving: Client) -> None:
        assert arriving.post(CODE, {"code": "123456"}).status_code == 200
        assert SESSION_KEY not in arriving.session

    def test_not_without_the_password(self, device: Authenticator) -> None:
        client = Client()
        asked = client.post(ASK)
        assert (asked.status_code, "Recommencez" in asked.json()["message"]) == (409, True)
        assert client.post(USE, {"credential": "{}"}).headers["Location"] == SIGN_IN

    def test_not_for_who_has_none(self, account: InsuredAccount) -> None:
        client = Client()
        give_password(client)
        asked = client.post(ASK)
        assert (asked.status_code, "Aucune clé d’accès" in asked.json()["message"]) == (409, True)


class TestConfirming:
    def test_it_takes_the_place_of_a_fresh_code(self, browser: Client, device: Authenticator) -> None:
        browser = signed_in_with(device)
        assert browser.get(ADD).headers["Location"].startswith(CONFIRM)
        key = browser.session.session_key
        signed = device.sign(browser.post(CONFIRM_ASK).json())
        assert browser.post(CONFIRM_USE, {"credential": signed, "next": ADD}).headers["Location"] == ADD
        assert browser.session.session_key != key
        assert browser.get(ADD).status_code == 200

    def test_a_wrong_one_is_refused(self, device: Authenticator) -> None:
        browser = signed_in_with(device)
        device.verifies_person = False
        signed = device.sign(browser.post(CONFIRM_ASK).json())
        browser.post(CONFIRM_USE, {"credential": signed})
        assert "n’a pas été acceptée" in browser.get(CONFIRM).content.decode()
        assert browser.get(ADD).status_code == 302


class TestRemoving:
    def test_it_opens_nothing_any_more(self, browser: Client, device: Authenticator) -> None:
        passkey = WebAuthnCredential.objects.get()
        assert browser.post(REMOVE, {"device": passkey.persistent_id}).headers["Location"] == SECURITY
        assert all("moyens de connexion" in message.text for message in deliver())
        arriving = Client()
        give_password(arriving)
        assert "clé d’accès" not in arriving.get(CODE).content.decode()
        assert arriving.post(ASK).status_code == 409

    def test_not_that_of_somebody_else(self, browser: Client, device: Authenticator) -> None:
        make_account(make_nir(1), email="autre@example.net", mobile="")
        other = confirmed(signed_in(make_nir(1)))
        passkey = WebAuthnCredential.objects.get()
        assert other.post(REMOVE, {"device": passkey.persistent_id}).status_code == 404
        assert WebAuthnCredential.objects.count() == 1

    def test_the_session_that_it_opened_ends_with_it(self, device: Authenticator) -> None:
        browser = signed_in_with(device)
        signed = device.sign(browser.post(CONFIRM_ASK).json())
        browser.post(CONFIRM_USE, {"credential": signed})
        passkey = WebAuthnCredential.objects.get()
        assert browser.post(REMOVE, {"device": passkey.persistent_id}).headers["Location"] == SIGN_IN
        assert browser.get(SECURITY).status_code == 302


class TestPages:
    def test_without_script_they_say_so_and_offer_the_rest(self, device: Authenticator, arriving: Client) -> None:
        page = " ".join(arriving.get(CODE).content.decode().split())
        assert "Une clé d’accès a besoin de JavaScript" in page
        assert "Choisissez un autre moyen ci-dessous." in page
        assert page.count("<script ") == page.count(' src="/static/ameli_notify/passkey.js" defer') == 1

    def test_the_qr_code_holds_the_key_that_is_written_beside_it(
        self, account: InsuredAccount, browser: Client
    ) -> None:
        confirmed(browser)
        browser.post(f"{SECURITY}application/", {"name": "x"})
        page = browser.get(f"{SECURITY}application/code/")
        assert page.context["qr"].size > 40
        assert f'<path d="{page.context["qr"].path}"' in page.content.decode()
        assert "no-store" in page.headers["Cache-Control"]


def test_the_drawing_of_a_qr_code_covers_its_dark_modules_and_nothing_else() -> None:
    text = "otpauth://totp/Assurance%20Maladie%3AMon%20espace?secret=ABCDEFGH234567"
    drawn = qr_code(text)
    strokes = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", drawn.path)
    assert "".join("M{} {}h{}v1h-{}z".format(*stroke) for stroke in strokes) == drawn.path
    dark = {(int(x) + step, int(y)) for x, y, length, _ in strokes for step in range(int(length))}
    matrix = segno.make(text, error="m", micro=False).matrix
    assert dark == {(x + 4, y + 4) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}
    assert drawn.size == len(matrix) + 8


def test_the_packages_own_pages_are_not_there(client: Client) -> None:
    assert settings.OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN is False
    assert client.post("/webauthn/authentication/begin/").status_code == 404
