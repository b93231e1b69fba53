"""Signing in takes a password, then a code; nothing is reachable before both."""

import re
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client
from django.utils.http import urlencode
from time_machine import TimeMachineFixture, travel

from accounts.identity.devices import CodeDevice
from accounts.identity.messages import SecurityMessage
from accounts.identity.models import OpenSession
from accounts.identity.quotas import CODE_TRIES, PASSWORDS
from accounts.people.contacts import NBSP
from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.models import RateLimitCounter
from tests.accounts.insured import (
    CODE,
    HOME,
    NIR,
    NOBODY,
    PASSWORD,
    SECURITY,
    SIGN_IN,
    add_app,
    code_received,
    code_shown_by,
    deliver,
    give_password,
    make_account,
    make_nir,
    make_person,
    other_than,
    signed_in,
    stored_sessions,
)

pytestmark = pytest.mark.usefixtures("space")


def text_of(answer: Any) -> str:  # noqa: ANN401 (the test client types its answers otherwise)
    return str(answer.content.decode())


def without_secrets(answer: HttpResponse) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers without what is drawn at random for each visitor."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text_of(answer))
    return answer.status_code, body, dict(answer.headers)


def test_two_steps_lead_to_the_page_that_was_asked_for(client: Client) -> None:
    make_account()
    wanted = f"{SECURITY}application/"
    first = client.get(wanted)
    assert first.headers["Location"] == f"{SIGN_IN}?next={wanted}"
    second = give_password(client, next=wanted)
    assert second.headers["Location"] == f"{CODE}?{urlencode({'next': wanted})}"
    page = client.get(second.headers["Location"])
    assert f'name="next" value="{wanted}"' in text_of(page)
    third = client.post(CODE, {"code": code_received(), "next": wanted})
    assert third.headers["Location"] == wanted
    assert client.get(SECURITY).status_code == 200


def test_the_password_alone_signs_nobody_in(client: Client) -> None:
    make_account()
    give_password(client)
    assert SESSION_KEY not in client.session
    assert client.get(SECURITY).status_code == 302


def test_the_session_key_changes_at_each_factor_and_nothing_planted_stays(client: Client) -> None:
    make_account()
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    keys = [session.session_key]
    give_password(client)
    keys.append(client.session.session_key)
    client.post(CODE, {"code": code_received()})
    keys.append(client.session.session_key)
    assert len(set(keys)) == 3
    assert "planted" not in client.session
    for old in keys[:2]:
        thief = Client()
        thief.cookies["sessionid"] = str(old)
        assert thief.get(SECURITY).status_code == 302
    assert set(Session.objects.values_list("session_key", flat=True)) == {keys[2]}


def test_the_code_page_needs_the_password_first(client: Client) -> None:
    assert client.get(CODE).headers["Location"] == SIGN_IN
    assert client.post(CODE, {"code": "123456"}).headers["Location"] == SIGN_IN
    assert client.post(f"{CODE}envoyer/", {"device": "x"}).headers["Location"] == SIGN_IN


@pytest.mark.parametrize("change", ["late", "closed", "new password", "deceased"])
def test_the_wait_for_the_code_ends(client: Client, change: str) -> None:
    account = make_account()
    device = add_app(account)
    with travel("2026-11-22T10:00:00Z", tick=False) as clock:
        give_password(client)
        if change == "late":
            clock.shift(15 * 60 + 1)
        elif change == "closed":
            User.objects.filter(pk=account.user_id).update(is_active=False)
        elif change == "deceased":
            type(account.insured).objects.filter(pk=account.insured_id).update(died_on="2026-11-21")
        else:
            account.user.set_password("un autre mot de passe 9")
            account.user.save()
        answer = client.post(CODE, {"code": code_shown_by(device)})
    assert answer.headers["Location"] == SIGN_IN
    assert SESSION_KEY not in client.session


def test_every_wrong_first_step_gets_the_same_answer_and_leaves_the_same_trace(
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to("2026-11-22T10:00:00Z", tick=False)  # a header says the time
    make_account()
    closed = make_account(make_nir(124))
    User.objects.filter(pk=closed.user_id).update(is_active=False)
    on_the_staff = make_account(make_nir(125))
    User.objects.filter(pk=on_the_staff.user_id).update(is_staff=True)
    make_person(make_nir(126))  # known to the insurer, without an account
    tries = [
        (NIR, "faux mot de passe"), (NOBODY, PASSWORD), (make_nir(124), PASSWORD), (make_nir(125), PASSWORD),
        (make_nir(126), PASSWORD),
    ]  # fmt: skip
    answers = set()
    for nir, password in tries:
        rows = (Session.objects.count(), RateLimitCounter.objects.count(), SecurityMessage.objects.count())
        status, body, headers = without_secrets(give_password(Client(), nir, password))
        answers.add((status, body.replace(nir, "NIR"), tuple(headers.items())))
        after = (Session.objects.count(), RateLimitCounter.objects.count(), SecurityMessage.objects.count())
        assert [now - before for before, now in zip(rows, after, strict=True)] in ([0, 3, 0], [0, 1, 0])
    assert len(answers) == 1
    assert "n’est pas correct" in next(iter(answers))[1]


def test_one_hash_is_verified_whoever_it_is(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_account()
    verified: list[str] = []
    hasher = "django.contrib.auth.hashers.Argon2PasswordHasher.verify"

    def counting(self: object, password: str, encoded: str) -> bool:
        verified.append(encoded.split("$")[3])
        return False

    monkeypatch.setattr(hasher, counting)
    for nir in (NIR, NOBODY):
        give_password(client, nir)
    assert len(verified) == 2
    assert len(set(verified)) == 1  # the same cost


def test_a_person_is_blocked_after_ten_passwords_known_or_not(client: Client) -> None:
    make_account()
    for nir in (NIR, NOBODY):
        RateLimitCounter.objects.all().delete()
        statuses = [give_password(client, nir, "faux").status_code for _ in range(PASSWORDS.per_person.tries + 1)]
        assert statuses == [200] * PASSWORDS.per_person.tries + [429]
        blocked = give_password(client, nir, "faux")
        assert int(blocked.headers["Retry-After"]) > 0
        assert "patientez" in text_of(blocked)


def test_the_right_password_does_not_pass_a_blocked_person(client: Client) -> None:
    make_account()
    for _ in range(PASSWORDS.per_person.tries):
        give_password(client, password="faux")
    assert give_password(client).status_code == 429


def test_an_address_is_blocked_whoever_it_tries(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.identity.sign_in.matches_hash", lambda *args: False)
    limit = PASSWORDS.per_address.tries
    statuses = [give_password(client, make_nir(n)).status_code for n in range(limit + 1)]
    assert statuses == [200] * limit + [429]
    elsewhere = client.post(SIGN_IN, {"nir": NOBODY, "password": "x"}, REMOTE_ADDR="192.0.2.9")
    assert elsewhere.status_code == 200


@pytest.mark.parametrize("typed", ["12345", "abcdef", "１２３４５６", "1234567", "12\x0034", "12345\x1f"])
def test_a_code_of_the_wrong_form_is_explained_and_not_counted(client: Client, typed: str) -> None:
    account = make_account()
    give_password(client)
    page = text_of(client.post(CODE, {"code": typed}))
    assert "Le code comporte 6 chiffres" in page
    assert "<title>Erreur – Saisie du code, étape 2 sur 2" in page
    assert CodeDevice.objects.get(user=account.user_id, channel="sms").code_tries == 0


def test_a_code_serves_once(client: Client) -> None:
    make_account()
    give_password(client)
    code = code_received()
    assert client.post(CODE, {"code": f"{code[:3]} {code[3:]}"}).status_code == 302
    other = Client()
    give_password(other)
    deliver()
    refused = other.post(CODE, {"code": code})
    assert refused.status_code == 200
    assert "Ce code n’a pas été accepté" in refused.content.decode()


def test_a_code_lives_ten_minutes(client: Client) -> None:
    make_account()
    with travel("2026-11-22T10:00:00Z", tick=False) as clock:
        give_password(client)
        code = last_code()
        clock.shift(10 * 60)
        assert client.post(CODE, {"code": code}).status_code == 200
        client.post(f"{CODE}envoyer/", {"device": sms_device_id()})
        clock.shift(10 * 60 - 301)
        assert client.post(CODE, {"code": last_code()}).status_code == 302


def sms_device_id() -> str:
    return str(CodeDevice.objects.get(channel="sms").persistent_id)


def last_code() -> str:
    """The code that waits to be sent, without sending it: leases run on the database's clock, not on ours."""
    message = SecurityMessage.objects.filter(state="waiting").latest("pk")
    assert message.code_sealed is not None
    return key_ring().open(message.code_sealed, context=message.context("code"))


def test_five_wrong_codes_end_a_code(client: Client) -> None:
    make_account()
    give_password(client)
    code = code_received()
    for _ in range(5):
        assert client.post(CODE, {"code": other_than(code)}).status_code == 200
    assert client.post(CODE, {"code": code}).status_code == 200
    client.post(f"{CODE}envoyer/", {"device": sms_device_id()})
    assert client.post(CODE, {"code": code_received()}).status_code == 302


def test_guessing_codes_is_blocked_for_the_day(client: Client) -> None:
    account = make_account()
    device = add_app(account)
    with travel("2026-11-22T10:00:00Z", tick=False):
        give_password(client)
        wrong = other_than(code_shown_by(device))
        statuses = [client.post(CODE, {"code": wrong}).status_code for _ in range(CODE_TRIES.per_person.tries + 1)]
        assert statuses == [200] * CODE_TRIES.per_person.tries + [429]
        assert client.post(CODE, {"code": code_shown_by(device)}).status_code == 429


def test_the_last_code_sent_is_the_only_good_one(client: Client) -> None:
    make_account()
    give_password(client)
    first = code_received()
    client.post(f"{CODE}envoyer/", {"device": sms_device_id()})
    second = code_received()
    if first != second:
        assert client.post(CODE, {"code": first}).status_code == 200
    assert client.post(CODE, {"code": second}).status_code == 302


def test_the_person_chooses_and_the_safest_comes_first(client: Client) -> None:
    account = make_account()
    device = add_app(account)
    give_password(client)
    page = text_of(client.get(CODE))
    assert "Ouvrez votre application" in page
    assert "** ** ** 23 45".replace(" ", NBSP) in page
    assert "c***@example.org" in page
    assert deliver() == []
    email = CodeDevice.objects.get(user=account.user_id, channel="email")
    client.post(f"{CODE}envoyer/", {"device": email.persistent_id})
    received = deliver()
    assert [message.channel for message in received] == ["email"]
    code = re.findall(r"(?<!\d)\d{6}(?!\d)", received[0].text)[0]
    assert client.post(CODE, {"code": code_shown_by(device)}).status_code == 200  # not what was asked for
    assert client.post(CODE, {"code": code}).status_code == 302


def test_somebody_elses_device_is_refused(client: Client) -> None:
    make_account()
    other = add_app(make_account(make_nir(124), email="", mobile=""))
    give_password(client)
    deliver()
    answer = client.post(f"{CODE}envoyer/", {"device": other.persistent_id}, follow=True)
    assert "n’est plus disponible" in answer.content.decode()
    assert client.post(CODE, {"code": code_shown_by(other)}).status_code == 200
    assert SESSION_KEY not in client.session


def test_nobody_protected_is_written_to(client: Client) -> None:
    account = make_account()
    type(account.insured).objects.filter(pk=account.insured_id).update(is_contact_protected=True)
    give_password(client)
    assert "Appelez un conseiller au 3646" in text_of(client.get(CODE))
    assert deliver() == []


@pytest.mark.parametrize(
    "wanted",
    ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)", "/console/", "/mon-espace/\n"],
)
def test_only_pages_of_the_space_are_followed(client: Client, wanted: str) -> None:
    make_account()
    give_password(client, next=wanted)
    answer = client.post(CODE, {"code": code_received(), "next": wanted})
    assert answer.headers["Location"] == HOME


def test_signing_in_gives_the_tries_back(client: Client) -> None:
    make_account()
    for _ in range(PASSWORDS.per_person.tries - 1):
        give_password(client, password="faux")
    give_password(client)
    client.post(CODE, {"code": code_received()})
    assert give_password(Client(), password="faux").status_code == 200


def test_signing_out_is_a_post_and_ends_the_session() -> None:
    make_account()
    client = signed_in()
    key = client.session.session_key
    assert client.get("/deconnexion/").status_code == 405
    answer = client.post("/deconnexion/")
    assert answer.headers["Location"] == SIGN_IN
    assert "cache" in answer.headers["Clear-Site-Data"]
    assert OpenSession.objects.count() == 0
    thief = Client()
    thief.cookies["sessionid"] = str(key)
    assert thief.get(SECURITY).status_code == 302


def test_the_forms_help_password_managers_and_telephones(client: Client) -> None:
    make_account()
    page = text_of(client.get(SIGN_IN))
    for wanted in ('autocomplete="username"', 'autocomplete="current-password"', 'aria-describedby="id_nir_helptext"'):
        assert wanted in page
    give_password(client)
    page = text_of(client.get(CODE))
    for wanted in ('autocomplete="one-time-code"', 'inputmode="numeric"'):
        assert wanted in page


def test_errors_are_summed_up_with_links(client: Client) -> None:
    page = text_of(client.post(SIGN_IN, {"nir": "", "password": ""}))
    assert '<a href="#id_nir">Saisissez votre numéro de sécurité sociale.</a>' in page
    assert '<a href="#id_password">Saisissez votre mot de passe.</a>' in page
    assert 'aria-invalid="true"' in page
    assert "<title>Erreur – Connexion à Mon espace, étape 1 sur 2" in page


def test_nothing_of_the_sign_in_is_stored_or_readable(client: Client) -> None:
    account = make_account()
    answer = give_password(client, password="faux mot de passe")
    assert "faux mot de passe" not in text_of(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    give_password(client)
    code = code_received()
    rows = [stored_sessions(), *(repr(row) for row in SecurityMessage.objects.values())]
    rows += [repr(row) for row in CodeDevice.objects.values()]
    for secret in (NIR, code, PASSWORD):
        assert not any(secret in row for row in rows)
    assert account.user.username == str(account.insured.public_id)
    assert NIR not in account.user.username
