"""Signing in takes a password, then a code; nothing is reachable before both."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlencode

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.staff.models import User
from accounts.staff.roles import Role
from accounts.staff.sign_in import TRIES_PER_ACCOUNT, TRIES_PER_ADDRESS
from ameli_notify.core.models import RateLimitCounter
from tests.staff import BACKEND, PASSWORD, client_of, code_of, device_of, make_staff

STEP_1 = "/console/connexion/"
STEP_2 = "/console/connexion/code/"
CONSOLE = "/console/"


def give_password(client: Client, username: str = "agent-essai", password: str = PASSWORD, **data: str) -> HttpResponse:
    return client.post(STEP_1, {"username": username, "password": password, **data})  # type: ignore[return-value]


@pytest.mark.django_db
def test_two_steps_lead_to_the_page_that_was_asked_for(client: Client) -> None:
    user = make_staff()
    wanted = reverse("admin:outreach_notification_changelist")
    first = client.get(wanted)
    assert first.url == f"{STEP_1}?next={wanted}"  # type: ignore[attr-defined]
    second = give_password(client, next=wanted)
    assert second.headers["Location"] == f"{STEP_2}?{urlencode({'next': wanted})}"
    third = client.post(STEP_2, {"code": code_of(user), "next": wanted})
    assert third.headers["Location"] == wanted
    assert client.get(wanted).status_code == 200


@pytest.mark.django_db
def test_the_password_alone_signs_nobody_in(client: Client) -> None:
    make_staff()
    give_password(client)
    assert SESSION_KEY not in client.session
    for path in (CONSOLE, reverse("admin:outreach_digestrun_changelist"), reverse("admin:password_change")):
        assert client.get(path).status_code == 302
    assert client.get(STEP_2).status_code == 200


@pytest.mark.django_db
def test_the_session_key_changes_at_each_factor(client: Client) -> None:
    user = make_staff()
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    keys = [session.session_key]
    client.cookies["sessionid"] = str(session.session_key)
    give_password(client)
    keys.append(client.session.session_key)
    client.post(STEP_2, {"code": code_of(user)})
    keys.append(client.session.session_key)
    assert len(set(keys)) == 3
    assert "planted" not in client.session
    for old in keys[:2]:
        thief = Client()
        thief.cookies["sessionid"] = str(old)
        assert thief.get(CONSOLE).status_code == 302


@pytest.mark.django_db
def test_the_code_page_needs_the_password_first(client: Client) -> None:
    assert client.get(STEP_2).headers["Location"].startswith(STEP_1)
    assert client.post(STEP_2, {"code": "123456"}).headers["Location"].startswith(STEP_1)


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["late", "closed", "new password"])
def test_the_wait_for_the_code_ends(client: Client, change: str) -> None:
    user = make_staff()
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False) as clock:
        give_password(client)
        if change == "late":
            clock.shift(301)
        elif change == "closed":
            User.objects.filter(pk=user.pk).update(is_active=False)
        else:
            user.set_password("un-autre-mot-de-passe-9")
            user.save()
        answer = client.post(STEP_2, {"code": code_of(user)})
    assert answer.headers["Location"].startswith(STEP_1)
    assert SESSION_KEY not in client.session


@pytest.mark.django_db
def test_a_code_serves_once(client: Client) -> None:
    user = make_staff()
    code = code_of(user)
    give_password(client)
    client.post(STEP_2, {"code": code})
    other = Client()
    give_password(other)
    refused = other.post(STEP_2, {"code": code})
    assert refused.status_code == 200
    assert "Ce code n’a pas été accepté" in refused.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_same_code_sent_by_eight_browsers_at_once_passes_once() -> None:
    user = make_staff()
    code = code_of(user)
    barrier = Barrier(8)

    def sign_in(_: int) -> int:
        try:
            client = Client()
            give_password(client)
            barrier.wait(timeout=30)
            return client.post(STEP_2, {"code": code}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        statuses = list(pool.map(sign_in, range(8)))
    assert statuses.count(302) == 1


@pytest.mark.django_db
def test_every_wrong_first_step_gets_the_same_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_staff()
    closed = make_staff("agent-parti")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    User.objects.create_user("pas-agent", password=PASSWORD)
    hashed: list[str] = []
    encode = Argon2PasswordHasher.encode

    def counting(self: Argon2PasswordHasher, password: str, salt: str) -> str:
        hashed.append("encode")
        return encode(self, password, salt)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counting)
    answers = [
        give_password(client, "agent-essai", "faux"),
        give_password(client, "agent-inconnu", "faux"),
        give_password(client, "agent-parti"),
        give_password(client, "pas-agent"),
    ]
    pages = {re.sub(r'value="[^"]*"', "", answer.content.decode()) for answer in answers}
    assert len(pages) == 1
    assert {answer.status_code for answer in answers} == {200}
    assert hashed == ["encode"]  # for the absent account, in place of the comparison


@pytest.mark.django_db
def test_an_account_is_blocked_after_ten_tries_known_or_not(client: Client) -> None:
    make_staff()
    for username in ("agent-essai", "agent-inconnu"):
        RateLimitCounter.objects.all().delete()
        statuses = [give_password(client, username, "faux").status_code for _ in range(TRIES_PER_ACCOUNT + 1)]
        assert statuses == [200] * TRIES_PER_ACCOUNT + [429]
    blocked = give_password(client, "agent-inconnu", "faux")
    assert int(blocked.headers["Retry-After"]) > 0
    assert give_password(client).status_code == 302


@pytest.mark.django_db
def test_the_right_password_does_not_pass_a_blocked_account(client: Client) -> None:
    make_staff()
    for _ in range(TRIES_PER_ACCOUNT):
        give_password(client, password="faux")
    assert give_password(client).status_code == 429
    assert give_password(client, "AGENT-ESSAI").status_code == 429


@pytest.mark.django_db
def test_an_address_is_blocked_whatever_account_it_tries(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.staff.sign_in.authenticate", lambda *args, **kwargs: None)
    statuses = [give_password(client, f"agent-{n}").status_code for n in range(TRIES_PER_ADDRESS + 1)]
    assert statuses == [200] * TRIES_PER_ADDRESS + [429]
    elsewhere = client.post(STEP_1, {"username": "agent-999", "password": "x"}, REMOTE_ADDR="192.0.2.9")
    assert elsewhere.status_code == 200


@pytest.mark.django_db
def test_guessing_codes_is_blocked(client: Client) -> None:
    user = make_staff()
    give_password(client)
    wrong = f"{(int(code_of(user)) + 1) % 1_000_000:06d}"
    statuses = [client.post(STEP_2, {"code": wrong}).status_code for _ in range(TRIES_PER_ACCOUNT + 1)]
    assert statuses == [200] * TRIES_PER_ACCOUNT + [429]
    assert client.post(STEP_2, {"code": code_of(user)}).status_code == 429
    assert SESSION_KEY not in client.session


@pytest.mark.django_db
def test_signing_in_gives_the_tries_back(client: Client) -> None:
    user = make_staff()
    for _ in range(TRIES_PER_ACCOUNT - 1):
        give_password(client, password="faux")
    give_password(client)
    client.post(STEP_2, {"code": code_of(user)})
    assert give_password(Client(), password="faux").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["12345", "abcdef", "１２３４５６", "1234567"])
def test_a_code_of_the_wrong_form_is_explained_and_not_counted(client: Client, typed: str) -> None:
    user = make_staff()
    give_password(client)
    page = client.post(STEP_2, {"code": typed}).content.decode()
    assert "Le code comporte 6 chiffres" in page
    assert device_of(user).throttling_failure_count == 0


@pytest.mark.django_db
def test_a_code_typed_with_a_space_is_accepted(client: Client) -> None:
    user = make_staff()
    give_password(client)
    code = code_of(user)
    assert client.post(STEP_2, {"code": f"{code[:3]} {code[3:]}"}).headers["Location"] == CONSOLE


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wanted", ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)", "connexion"]
)
def test_only_paths_of_this_site_are_followed(client: Client, wanted: str) -> None:
    user = make_staff()
    give_password(client, next=wanted)
    assert client.post(STEP_2, {"code": code_of(user), "next": wanted}).headers["Location"] == CONSOLE


@pytest.mark.django_db
def test_the_forms_help_password_managers_and_telephones(client: Client) -> None:
    make_staff()
    page = client.get(STEP_1).content.decode()
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    give_password(client)
    page = client.get(STEP_2).content.decode()
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page


@pytest.mark.django_db
def test_the_password_is_never_sent_back(client: Client) -> None:
    make_staff()
    assert "mot-de-passe-secret" not in give_password(client, password="mot-de-passe-secret").content.decode()


@pytest.mark.django_db
def test_signing_out_is_a_post_and_ends_the_session() -> None:
    client = client_of(make_staff())
    key = client.session.session_key
    assert client.get("/console/deconnexion/").status_code == 405
    assert client.get("/console/logout/").status_code == 405
    assert client.post("/console/logout/").headers["Location"] == STEP_1
    thief = Client()
    thief.cookies["sessionid"] = str(key)
    assert thief.get(CONSOLE).status_code == 302


@pytest.mark.django_db
def test_somebody_signed_in_without_a_device_is_not_let_in() -> None:
    client = client_of(make_staff(), is_verified=False)
    assert client.get(CONSOLE).headers["Location"].startswith("/console/login/")
    assert client.get("/console/login/").headers["Location"].startswith(STEP_1)
    assert client.get(STEP_1).status_code == 200


@pytest.mark.django_db
def test_losing_the_account_or_the_device_ends_the_session() -> None:
    user = make_staff()
    client = client_of(user)
    assert client.get(CONSOLE).status_code == 200
    device_of(user).delete()
    assert client.get(CONSOLE).status_code == 302
    other = make_staff("agent-deux")
    client = client_of(other)
    User.objects.filter(pk=other.pk).update(is_staff=False)
    assert client.get(CONSOLE).status_code == 302


@pytest.mark.django_db
def test_create_staff_prints_the_seed_once_and_keeps_it_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    out = io.StringIO()
    call_command("create_staff", "agent-essai", "--role", "adviser", "--password-stdin", stdout=out)
    secret = re.search(r"otpauth://totp/Assurance%20Maladie%3Aagent-essai\?secret=([A-Z2-7]{32})&", out.getvalue())
    assert secret is not None
    user = User.objects.get(username="agent-essai")
    assert (user.role_name, user.is_staff, user.is_superuser) == ("adviser", True, False)
    assert user.check_password(PASSWORD)
    assert secret[1].encode() not in bytes(device_of(user).seed_sealed)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "username", "says"),
    [
        ("court\n", "agent-essai", "12"),
        ("\n", "agent-essai", "est vide"),
        (f"{PASSWORD}\n", "agent-pris", "a déjà un compte"),
        (f"{PASSWORD}\n", "agent essai", "Saisissez un nom"),
    ],
)
def test_create_staff_refuses(monkeypatch: pytest.MonkeyPatch, typed: str, username: str, says: str) -> None:
    make_staff("agent-pris")
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    with pytest.raises(CommandError, match=says):
        call_command("create_staff", username, "--role", "adviser", "--password-stdin")
    assert User.objects.count() == 1


@pytest.mark.django_db
@time_machine.travel("2026-11-22T10:00:05Z", tick=False)
def test_staff_code_works_under_development_settings_only(settings: Settings, client: Client) -> None:
    user = make_staff(role=Role.ADVISER)
    with pytest.raises(CommandError, match="ne marche que sous"):
        call_command("staff_code", user.username)
    settings.SETTINGS_MODULE = "ameli_notify.settings.dev"
    with pytest.raises(CommandError, match="Ce compte n’existe pas"):
        call_command("staff_code", "nobody")
    out = io.StringIO()
    call_command("staff_code", user.username, stdout=out)
    code = out.getvalue().split()[0]
    give_password(client)
    assert client.post(STEP_2, {"code": code}).status_code == 302
    with pytest.raises(CommandError, match="a déjà servi"):
        call_command("staff_code", user.username)


def test_the_backend_named_at_sign_in_is_the_installed_one(settings: Settings) -> None:
    assert list(settings.AUTHENTICATION_BACKENDS) == [BACKEND]
