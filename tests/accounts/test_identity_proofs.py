"""Creating an account and choosing a new password say nothing to whoever does not hold the code."""

import datetime as dt
import re
import statistics
import time
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ
from time_machine import TimeMachineFixture

from accounts.identity.devices import CodeDevice
from accounts.identity.messages import SecurityMessage
from accounts.identity.models import IdentityProof, InsuredAccount, OpenSession
from accounts.identity.proving import CONTACT_KEY, PROOF_KEY
from accounts.identity.quotas import PROOF_CODES_SENT
from accounts.people.contacts import end_contact
from accounts.people.enums import ContactKind, EndReason
from accounts.people.models import ContactChannel, InsuredPerson
from accounts.staff.models import User
from ameli_notify.core.models import RateLimitCounter
from tests.accounts.insured import (
    BIRTH,
    CREATE,
    FORGOTTEN,
    HOME,
    NIR,
    NOBODY,
    PASSWORD,
    POSTCODE,
    SECURITY,
    SIGN_IN,
    code_received,
    deliver,
    describe,
    give_password,
    make_account,
    make_nir,
    make_person,
    other_than,
    signed_in,
    stored_sessions,
)

pytestmark = pytest.mark.usefixtures("space")

NEW = "cinq mots encore plus longs"


def same_for_all(answer: Any) -> "Seen":  # noqa: ANN401 (the test client's answer)
    """Status, body and headers, less what is drawn at random for each visitor."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
    return answer.status_code, body, tuple(answer.headers.items())


Seen = tuple[int, str, tuple[tuple[str, str], ...]]


def steps(client: Client, nir: str, *, start: str, **data: str) -> list[Seen]:
    """What a visitor sees from the first page to a wrong code, and the names of the cookies."""
    seen = [same_for_all(describe(client, nir, start=start, **data)), same_for_all(client.get(f"{start}code/"))]
    proof = IdentityProof.objects.latest("created_at")
    proof.code_hash = bytes(32)  # no chance of a right guess below
    proof.save()
    seen.append(same_for_all(client.post(f"{start}code/", {"code": "000000"})))
    seen.append(same_for_all(client.get(f"{start}mot-de-passe/")))
    seen.append((0, " ".join(sorted(client.cookies)), ()))
    return seen


@pytest.mark.parametrize("start", [CREATE, FORGOTTEN])
def test_every_page_is_the_same_whoever_it_is(start: str, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2026-11-22T10:00:00Z", tick=False)  # a header says the time
    make_person()
    make_account(make_nir(1))
    closed = make_account(make_nir(2))
    User.objects.filter(pk=closed.user_id).update(is_active=False)
    make_person(make_nir(3), email="", mobile="")
    InsuredPerson.objects.filter(pk=make_person(make_nir(4)).pk).update(died_on="2020-01-01")
    InsuredPerson.objects.filter(pk=make_person(make_nir(5)).pk).update(is_contact_protected=True)
    visitors: list[tuple[str, dict[str, str]]] = [(make_nir(n), {}) for n in range(1, 6)]
    visitors += [(NIR, {}), (NOBODY, {}), (NIR, {"birth_date": "01011980"}), (NIR, {"postcode": "69001"})]
    seen = [steps(Client(), nir, start=start, **data) for nir, data in visitors]
    assert all(one == seen[0] for one in seen)
    assert seen[0][0][0] == 302
    assert "Si ces informations correspondent à un dossier, un code vient d’être envoyé" in str(seen[0][1])
    # Two of them are known and can be written to: the rest leave a row that goes nowhere.
    assert SecurityMessage.objects.exclude(state="void").count() == 2
    assert SecurityMessage.objects.count() == len(visitors)


@pytest.mark.django_db(transaction=True)
def test_the_work_is_the_same_whoever_it_is(client: Client) -> None:
    make_person()
    traces = []
    for nir in (NIR, NOBODY):
        counts = [model.objects.count() for model in (IdentityProof, SecurityMessage, Session, OrmQ)]
        with CaptureQueriesContext(connection) as queries:
            describe(Client(), nir)
        after = [model.objects.count() for model in (IdentityProof, SecurityMessage, Session, OrmQ)]
        shapes = [re.sub(r"'[^']*'(::\w+)?|\b\d+\b|NULL", "?", query["sql"]) for query in queries]
        made = [now - before for before, now in zip(counts, after, strict=True)]
        traces.append(([shape.split("?")[0] for shape in shapes], made))
    assert traces[0] == traces[1]


@pytest.mark.django_db(transaction=True)
def test_the_time_is_the_same_whoever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """200 interleaved pairs. The bound is wide: it finds a hash or a query more, not a microsecond."""
    monkeypatch.setattr("accounts.identity.quotas.use", lambda *args, **kwargs: None)
    make_account()
    took: dict[str, list[float]] = {"known": [], "nobody": []}
    client = Client()
    for turn in range(200):
        for name in ("known", "nobody") if turn % 2 else ("nobody", "known"):
            started = time.perf_counter()
            describe(client, NIR if name == "known" else NOBODY)
            took[name].append(time.perf_counter() - started)
    known, nobody = statistics.median(took["known"]), statistics.median(took["nobody"])
    assert abs(known - nobody) < 0.25 * max(known, nobody), (known, nobody)


@pytest.mark.django_db(transaction=True)
def test_the_time_of_a_password_is_the_same_whoever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.identity.quotas.use", lambda *args, **kwargs: None)
    make_account()
    took: dict[str, list[float]] = {NIR: [], NOBODY: []}
    client = Client()
    for turn in range(200):
        for nir in (NIR, NOBODY) if turn % 2 else (NOBODY, NIR):
            started = time.perf_counter()
            give_password(client, nir, "faux mot de passe")
            took[nir].append(time.perf_counter() - started)
    known, nobody = statistics.median(took[NIR]), statistics.median(took[NOBODY])
    assert abs(known - nobody) < 0.25 * max(known, nobody), (known, nobody)


def test_an_account_is_made_in_three_steps_and_opens(client: Client) -> None:
    person = make_person()
    answer = describe(client)
    assert answer.headers["Location"] == f"{CREATE}code/"
    code = code_received()
    keys = [client.session.session_key]
    answer = client.post(f"{CREATE}code/", {"code": code})  # type: ignore[assignment]
    assert answer.headers["Location"] == f"{CREATE}mot-de-passe/"
    keys.append(client.session.session_key)
    page = client.get(f"{CREATE}mot-de-passe/").content.decode()
    assert "Ce mot de passe crée votre compte" in page
    assert 'autocomplete="new-password"' in page
    answer = client.post(f"{CREATE}mot-de-passe/", {"password": NEW, "again": NEW})  # type: ignore[assignment]
    assert answer.headers["Location"] == HOME
    keys.append(client.session.session_key)
    assert len(set(keys)) == 3
    assert "Votre compte est créé" in client.get(SECURITY).content.decode()
    account = InsuredAccount.objects.get(insured=person)
    assert account.user.username == str(person.public_id)
    assert (account.user.is_staff, account.user.is_superuser) == (False, False)
    assert set(CodeDevice.objects.filter(user=account.user).values_list("channel", flat=True)) == {"sms", "email"}
    signed_in(password=NEW)


def test_the_code_goes_to_the_known_mobile_or_else_the_known_mailbox(client: Client) -> None:
    make_person()
    make_person(make_nir(1), mobile="")
    for nir, channel in ((NIR, "sms"), (make_nir(1), "email")):
        describe(client, nir, email="voleur@example.net", mobile="+33639980000")
        assert [message.channel for message in deliver()] == [channel]


def test_a_forgotten_password_is_replaced_sessions_end_and_the_owner_is_told(client: Client) -> None:
    make_account()
    elsewhere = signed_in()
    describe(client, start=FORGOTTEN)
    client.post(f"{FORGOTTEN}code/", {"code": code_received()})
    page = client.get(f"{FORGOTTEN}mot-de-passe/").content.decode()
    assert "Ce nouveau mot de passe remplacera l’ancien" in page
    answer = client.post(f"{FORGOTTEN}mot-de-passe/", {"password": NEW, "again": NEW})
    assert answer.headers["Location"] == SIGN_IN  # no session without the second factor
    assert SESSION_KEY not in client.session
    assert elsewhere.get(SECURITY).status_code == 302
    assert OpenSession.objects.count() == 0
    told = deliver()
    assert sorted(message.channel for message in told) == ["email", "sms"]
    assert all("mot de passe" in message.text and "3646" in message.text for message in told)
    assert give_password(Client()).status_code == 200
    signed_in(password=NEW)


def test_whoever_has_an_account_already_gets_a_new_password_instead(client: Client) -> None:
    make_account()
    describe(client)
    client.post(f"{CREATE}code/", {"code": code_received()})
    assert "Vous avez déjà un compte" in client.get(f"{CREATE}mot-de-passe/").content.decode()
    client.post(f"{CREATE}mot-de-passe/", {"password": NEW, "again": NEW})
    assert InsuredAccount.objects.count() == 1


@pytest.mark.parametrize(
    ("password", "again", "says"),
    [
        ("onze lettre", "onze lettre", "12"),
        ("password1234", "password1234", "courant"),
        (f"mon numéro {NIR}", f"mon numéro {NIR}", "sans votre numéro de sécurité sociale"),
        (" ".join((NIR[:3], NIR[3:8], NIR[8:])), " ".join((NIR[:3], NIR[3:8], NIR[8:])), "sans votre numéro"),
        (NEW, f"{NEW} ", "différents"),
        ("", "", "Choisissez un mot de passe"),
        ("a\x00bcdefghijklm", "a\x00bcdefghijklm", "ne peut pas être utilisé"),
        ("x" * 201, "x" * 201, "200 caractères au plus"),
    ],
)
def test_a_weak_password_is_refused_and_the_step_can_be_done_again(
    client: Client, password: str, again: str, says: str
) -> None:
    make_person()
    describe(client)
    client.post(f"{CREATE}code/", {"code": code_received()})
    answer = client.post(f"{CREATE}mot-de-passe/", {"password": password, "again": again})
    page = answer.content.decode()
    assert says in page
    assert "<title>Erreur – Créer mon compte, étape 3 sur 3" in page
    assert NIR not in page
    assert InsuredAccount.objects.count() == 0
    assert client.post(f"{CREATE}mot-de-passe/", {"password": NEW, "again": NEW}).headers["Location"] == HOME


def test_a_proof_serves_once_and_for_its_own_session_only(client: Client) -> None:
    make_person()
    describe(client)
    code = code_received()
    thief = Client()
    assert thief.post(f"{CREATE}code/", {"code": code}).headers["Location"] == CREATE
    client.post(f"{CREATE}code/", {"code": code})
    assert thief.get(f"{CREATE}mot-de-passe/").headers["Location"] == CREATE
    # The purpose cannot be swapped on the way.
    assert client.get(f"{FORGOTTEN}mot-de-passe/").headers["Location"] == FORGOTTEN
    stolen = client.session[PROOF_KEY]
    client.post(f"{CREATE}mot-de-passe/", {"password": NEW, "again": NEW})
    session = thief.session
    session[PROOF_KEY] = stolen
    session.save()
    thief.cookies["sessionid"] = str(session.session_key)
    assert thief.post(f"{CREATE}mot-de-passe/", {"password": PASSWORD, "again": PASSWORD}).headers["Location"] == CREATE
    signed_in(password=NEW)


def test_five_wrong_codes_end_the_proof_and_ten_end_the_day(client: Client) -> None:
    make_person()
    describe(client)
    code = code_received()
    for _ in range(5):
        assert client.post(f"{CREATE}code/", {"code": other_than(code)}).status_code == 200
    assert client.post(f"{CREATE}code/", {"code": code}).status_code == 200
    describe(client)
    code = code_received()
    for _ in range(4):
        client.post(f"{CREATE}code/", {"code": other_than(code)})
    blocked = client.post(f"{CREATE}code/", {"code": code})
    assert blocked.status_code == 429
    assert "heures" in blocked.content.decode()


def test_the_code_and_the_choice_of_a_password_have_their_time(
    client: Client, time_machine: TimeMachineFixture
) -> None:
    make_person()
    time_machine.move_to("2026-11-22T10:00:00Z", tick=False)
    describe(client)
    time_machine.shift(10 * 60)
    answer = client.post(f"{CREATE}code/", {"code": "123456"}, follow=True)
    assert "Le temps prévu est écoulé" in answer.content.decode()
    describe(client)
    proof = IdentityProof.objects.latest("created_at")
    code = proof.issue(now=proof.created_at)
    proof.save()
    client.post(f"{CREATE}code/", {"code": code})
    time_machine.shift(15 * 60)
    answer = client.post(f"{CREATE}mot-de-passe/", {"password": NEW, "again": NEW}, follow=True)
    assert "Le temps prévu est écoulé" in answer.content.decode()
    assert InsuredAccount.objects.count() == 0


def test_codes_for_a_person_are_limited_known_or_not(client: Client) -> None:
    make_person()
    for nir in (NIR, NOBODY):
        RateLimitCounter.objects.all().delete()
        statuses = [describe(client, nir).status_code for _ in range(PROOF_CODES_SENT.per_person.tries + 1)]
        assert statuses == [302] * PROOF_CODES_SENT.per_person.tries + [429]


def test_nobody_is_sent_codes_all_day_long(client: Client) -> None:
    make_person()
    assert PROOF_CODES_SENT.per_day is not None
    statuses = []
    for _ in range(PROOF_CODES_SENT.per_day.tries + 1):
        RateLimitCounter.objects.filter(tries=PROOF_CODES_SENT.per_person.tries).exclude(
            ends_at__gt=timezone.now() + dt.timedelta(hours=1)
        ).delete()  # a quarter of an hour later
        statuses.append(describe(client).status_code)
    assert statuses == [302] * PROOF_CODES_SENT.per_day.tries + [429]


@pytest.mark.parametrize("start", [CREATE, FORGOTTEN])
def test_whoever_knows_a_nir_keeps_nobody_from_signing_in(start: str) -> None:
    make_account()
    stranger = Client()
    statuses = [describe(stranger, start=start, birth_date="01011980").status_code for _ in range(30)]
    assert statuses[-1] == 429
    for number in range(30):
        describe(Client(REMOTE_ADDR=f"192.0.2.{number}"), start=start)
    deliver()
    signed_in()


@pytest.mark.parametrize("start", [CREATE, FORGOTTEN])
def test_the_address_that_answered_is_verified_and_no_other(client: Client, start: str) -> None:
    person = make_person()
    describe(client, start=start)
    code = code_received()
    client.post(f"{start}code/", {"code": other_than(code)})
    assert not ContactChannel.objects.exclude(verified_at=None).exists()
    client.post(f"{start}code/", {"code": code})
    assert [contact.kind for contact in ContactChannel.objects.exclude(verified_at=None)] == [ContactKind.MOBILE]
    assert CONTACT_KEY in client.session
    client.post(f"{start}mot-de-passe/", {"password": NEW, "again": NEW})
    assert CONTACT_KEY not in client.session
    assert "vérifié par un code le" in signed_in(password=NEW).get("/mon-espace/informations/").content.decode()
    assert person.contact_channels.exclude(verified_at=None).count() == 1


def test_an_address_replaced_before_its_code_came_back_is_not_verified(client: Client) -> None:
    person = make_person()
    describe(client)
    code = code_received()
    end_contact(person.pk, kind=ContactKind.MOBILE, reason=EndReason.WITHDRAWN)
    assert client.post(f"{CREATE}code/", {"code": code}).status_code == 302
    assert not ContactChannel.objects.exclude(verified_at=None).exists()


def test_the_right_code_of_a_request_that_matched_nobody_opens_nothing(client: Client) -> None:
    describe(client, NOBODY)
    proof = IdentityProof.objects.get()
    code = proof.issue(now=proof.created_at)
    proof.save()
    assert client.post(f"{CREATE}code/", {"code": code}).status_code == 200
    assert client.get(f"{CREATE}mot-de-passe/").headers["Location"] == CREATE


def test_what_was_typed_is_stored_nowhere(client: Client) -> None:
    make_person()
    describe(client)
    rows = [stored_sessions(), repr(IdentityProof.objects.values()), repr(SecurityMessage.objects.values())]
    for secret in (NIR, NIR[:13], BIRTH, POSTCODE, code_received()):
        assert not any(secret in row for row in rows)


def test_a_signed_in_person_is_sent_home(client: Client) -> None:
    make_account()
    browser = signed_in()
    for path in (CREATE, FORGOTTEN, SIGN_IN):
        assert browser.get(path).headers["Location"] == HOME
