"""The staff's own passkeys, and the end of their sessions."""

from typing import Final

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp_webauthn.models import WebAuthnCredential
from time_machine import TimeMachineFixture

from accounts.identity.models import InsuredAccount
from accounts.identity.passkeys import STATE_KEY
from accounts.staff.models import StaffTotpDevice, User
from accounts.staff.sign_in import TRIES_PER_ACCOUNT
from tests.accounts.authenticator import Authenticator
from tests.accounts.factories import InsuredPersonFactory
from tests.staff import PASSWORD, client_of, code_of, make_staff

pytestmark = pytest.mark.django_db

STEP_1: Final = "/console/connexion/"
STEP_2: Final = "/console/connexion/code/"
USE: Final = "/console/connexion/cle-d-acces/"
ASK: Final = f"{USE}defi/"
CONSOLE: Final = "/console/"
MINE: Final = "/console/cles-d-acces/"
CONFIRM: Final = f"{MINE}code/"
NEW: Final = f"{MINE}defi/"
ADD: Final = f"{MINE}ajouter/"
REMOVE: Final = f"{MINE}retirer/"


@pytest.fixture
def user() -> User:
    return make_staff()


@pytest.fixture
def browser(user: User) -> Client:
    """Signed in with the app, and a fresh code given."""
    client = client_of(user)
    assert client.post(CONFIRM, {"code": code_of(user)}).headers["Location"] == MINE
    return client


@pytest.fixture
def device(browser: Client) -> Authenticator:
    device = Authenticator()
    add(browser, device)
    return device


def add(browser: Client, device: Authenticator, *, name: str = "clé USB") -> None:
    options = browser.post(NEW, {"name": name}).json()
    answer = browser.post(ADD, {"name": name, "credential": device.make(options)})
    assert answer.headers["Location"] == MINE, answer.content.decode()


def arriving(username: str = "agent-essai") -> Client:
    client = Client()
    client.post(STEP_1, {"username": username, "password": PASSWORD})
    return client


class TestOwnPasskeys:
    def test_one_is_added_after_a_fresh_code_listed_and_written_down(self, user: User, browser: Client) -> None:
        add(browser, Authenticator(), name="clé USB")
        page = " ".join(browser.get(MINE).content.decode().split())
        assert "<strong>clé USB</strong>, ajoutée le" in page
        assert "pas encore utilisée" in page
        assert WebAuthnCredential.objects.get().user_id == user.pk
        entry = LogEntry.objects.get()
        assert (entry.user_id, entry.object_id, entry.change_message) == (user.pk, str(user.pk), "clé d’accès ajoutée")

    def test_the_code_of_the_sign_in_does_not_count(self, user: User) -> None:
        client = arriving()
        client.post(STEP_2, {"code": code_of(user)})
        assert "Donnez d’abord un code" in client.get(MINE).content.decode()
        assert client.post(NEW, {"name": "x"}).status_code == 403
        for path in (ADD, REMOVE):
            assert client.post(path, {"name": "x", "passkey": "1"}).headers["Location"] == MINE
        refused = client.post(CONFIRM, {"code": code_of(user)})
        assert "n’a pas été accepté" in refused.content.decode()

    def test_a_fresh_code_changes_the_key_and_lasts_five_minutes(
        self, user: User, time_machine: TimeMachineFixture
    ) -> None:
        client = client_of(user)
        key = client.session.session_key
        client.post(CONFIRM, {"code": code_of(user)})
        assert client.session.session_key != key
        time_machine.move_to(client.session["staff_confirmed_at"] + 301)
        assert client.post(NEW, {"name": "x"}).status_code == 403

    def test_guessing_the_code_is_limited(self, user: User) -> None:
        client = client_of(user)
        wrong = f"{(int(code_of(user)) + 1) % 1_000_000:06d}"
        statuses = [client.post(CONFIRM, {"code": wrong}).status_code for _ in range(TRIES_PER_ACCOUNT + 1)]
        assert statuses == [200] * TRIES_PER_ACCOUNT + [429]

    def test_one_is_removed_and_somebody_elses_is_not_found(self, browser: Client, device: Authenticator) -> None:
        passkey = WebAuthnCredential.objects.get()
        other = make_staff("agent-deux")
        stranger = client_of(other)
        stranger.post(CONFIRM, {"code": code_of(other)})
        for number in (str(passkey.pk), "x", "", "9" * 30, "²"):
            assert stranger.post(REMOVE, {"passkey": number}).status_code == 404
        assert browser.post(REMOVE, {"passkey": str(passkey.pk)}).headers["Location"] == MINE
        assert not WebAuthnCredential.objects.exists()
        assert arriving().post(ASK).status_code == 409
        assert list(LogEntry.objects.values_list("change_message", flat=True).order_by("pk")) == [
            "clé d’accès ajoutée",
            "clé d’accès retirée",
        ]

    def test_a_lie_is_refused(self, browser: Client) -> None:
        options = browser.post(NEW, {"name": "x"}).json()
        liar = Authenticator(verifies_person=False)
        page = browser.post(ADD, {"name": "x", "credential": liar.make(options)}).content.decode()
        assert "n’a pas pu être enregistrée" in page
        assert not WebAuthnCredential.objects.exists()


class TestSigningIn:
    def test_a_passkey_opens_the_console_under_a_new_key(self, user: User, device: Authenticator) -> None:
        client = arriving()
        page = client.get(STEP_2).content.decode()
        assert "Avec une clé d’accès" in page
        assert "Code à 6 chiffres" in page
        key = client.session.session_key
        signed = device.sign(client.post(ASK).json())
        answer = client.post(USE, {"credential": signed, "next": MINE})
        assert answer.headers["Location"] == MINE
        assert client.session.session_key != key
        assert client.session[DEVICE_ID_SESSION_KEY] == WebAuthnCredential.objects.get().persistent_id
        assert client.get(CONSOLE).status_code == 200

    def test_who_has_none_is_asked_for_a_code_only(self, user: User) -> None:
        page = arriving().get(STEP_2).content.decode()
        assert "clé d’accès" not in page
        assert "passkey.js" not in page

    def test_not_without_the_password(self, device: Authenticator) -> None:
        assert Client().post(ASK).status_code == 409
        assert Client().post(USE, {"credential": "{}"}).headers["Location"].startswith(STEP_1)

    def test_a_copy_is_refused(self, device: Authenticator) -> None:
        copy, client, thief = device.copy(), arriving(), arriving()
        client.post(USE, {"credential": device.sign(client.post(ASK).json())})
        answer = thief.post(USE, {"credential": copy.sign(thief.post(ASK).json())}, follow=True)
        assert "n’a pas été acceptée" in answer.content.decode()
        assert SESSION_KEY not in thief.session

    def test_somebody_elses_is_refused(self, device: Authenticator) -> None:
        make_staff("agent-deux")
        client = arriving("agent-deux")
        assert client.post(ASK).status_code == 409
        client.post(USE, {"credential": device.sign({"challenge": "eA"})})
        assert SESSION_KEY not in client.session

    def test_tries_are_limited_with_those_of_codes(self, user: User, device: Authenticator) -> None:
        client = arriving()
        for _ in range(TRIES_PER_ACCOUNT):
            client.post(USE, {"credential": "{}"})
        signed = device.sign(client.post(ASK).json())
        assert "Trop d’essais" in client.post(USE, {"credential": signed}, follow=True).content.decode()
        assert client.post(STEP_2, {"code": code_of(user)}).status_code == 429

    def test_removing_the_passkey_ends_the_session_that_it_opened(self, user: User, device: Authenticator) -> None:
        client = arriving()
        client.post(USE, {"credential": device.sign(client.post(ASK).json())})
        WebAuthnCredential.objects.all().delete()
        assert client.get(CONSOLE).status_code == 302

    def test_the_account_of_an_insured_person_does_not_open_the_console(self, user: User) -> None:
        """Whatever flags and devices it is given."""
        InsuredAccount.objects.create(user=user, insured=InsuredPersonFactory.create())
        assert StaffTotpDevice.objects.filter(user=user).exists()
        answer = Client().post(STEP_1, {"username": user.username, "password": PASSWORD})
        assert "n’est pas correct" in answer.content.decode()


class TestSessions:
    def test_one_ends_after_fifteen_minutes_without_activity(
        self, user: User, time_machine: TimeMachineFixture
    ) -> None:
        client = client_of(user)
        start = client.session["staff_session"]["started_at"]
        time_machine.move_to(start + 14 * 60)
        assert client.get(CONSOLE).status_code == 200
        time_machine.move_to(start + 28 * 60)
        assert client.get(CONSOLE).status_code == 200
        time_machine.move_to(start + 43 * 60 + 1)
        answer = client.get(CONSOLE, follow=True)
        assert "15 minutes sans activité" in answer.content.decode()
        assert SESSION_KEY not in client.session

    def test_one_ends_after_twelve_hours_however_active(self, user: User, time_machine: TimeMachineFixture) -> None:
        client = client_of(user)
        start = client.session["staff_session"]["started_at"]
        for minutes in range(10, 12 * 60, 10):
            time_machine.move_to(start + minutes * 60)
            assert client.get(MINE).status_code == 200
        time_machine.move_to(start + 12 * 60 * 60)
        assert "après 12 heures" in client.get(CONSOLE, follow=True).content.decode()

    def test_one_that_the_sign_in_did_not_open_is_refused(self, user: User) -> None:
        client = client_of(user)
        session = client.session
        del session["staff_session"]
        session.save()
        assert client.get(CONSOLE).status_code == 302
        assert SESSION_KEY not in client.session

    def test_asking_how_much_is_left_is_no_activity_and_staying_is(
        self, user: User, time_machine: TimeMachineFixture
    ) -> None:
        client = client_of(user)
        start = client.session["staff_session"]["started_at"]
        time_machine.move_to(start + 14 * 60)
        for _ in range(2):
            left = client.get("/console/session/").json()
            assert (left["seconds_left"] in range(50, 61), left["warn_at"]) == (True, 120)
        stayed = client.post("/console/session/prolonger/", headers={"X-Requested-With": "fetch"})
        assert stayed.json()["seconds_left"] in range(15 * 60 - 10, 15 * 60 + 1)
        assert client.post("/console/session/prolonger/").headers["Location"] == CONSOLE
        time_machine.move_to(start + 12 * 60 * 60 - 30)
        assert client.get("/console/session/", follow=True).redirect_chain != []

    def test_no_staying_beyond_twelve_hours(self, user: User, time_machine: TimeMachineFixture) -> None:
        client = client_of(user)
        session = client.session
        start = session["staff_session"]["started_at"]
        session["staff_session"] = {"started_at": start, "seen_at": start + 12 * 60 * 60 - 60}
        session.save()
        time_machine.move_to(start + 12 * 60 * 60 - 45)
        stayed = client.post("/console/session/prolonger/", headers={"X-Requested-With": "fetch"})
        assert stayed.json()["seconds_left"] in range(35, 46)

    def test_activity_is_not_written_at_every_request(self, user: User) -> None:
        client = client_of(user)
        before = client.session["staff_session"]
        client.get(MINE)
        assert client.session["staff_session"] == before


def test_a_challenge_for_adding_does_not_sign_in(user: User, browser: Client, device: Authenticator) -> None:
    options = browser.post(NEW, {"name": "x"}).json()
    kept = browser.session[STATE_KEY]
    client = arriving()
    session = client.session
    session[STATE_KEY] = kept
    session.save()
    client.post(USE, {"credential": device.sign(options)})
    assert SESSION_KEY not in client.session
