"""Answers of passkeys that are refused: lies, copies, other challenges, other sessions, free input."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from django_otp_webauthn.models import WebAuthnCredential
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from time_machine import TimeMachineFixture

from accounts.identity.models import OpenSession
from accounts.identity.passkeys import LONGEST_ANSWER, STATE_KEY
from accounts.identity.quotas import CODE_TRIES
from tests.accounts.authenticator import Authenticator
from tests.accounts.insured import CODE, HOME, confirmed, give_password, make_account, make_nir, signed_in
from tests.accounts.passkeys import ADD, ASK, CONFIRM_ASK, NEW, USE, add, refused, use

pytestmark = pytest.mark.usefixtures("space")


class TestRefusals:
    @pytest.mark.parametrize(
        "lie",
        [
            {"origin": "https://example.org"},
            {"origin": "http://localhost:8000"},
            {"rp_id": "example.org"},
            {"verifies_person": False},
            {"key": Authenticator().key},
            {"credential_id": b"unknown"},
        ],
        ids=lambda lie: next(iter(lie)),
    )
    def test_an_answer_that_is_off(self, device: Authenticator, arriving: Client, lie: dict[str, Any]) -> None:
        for name, value in lie.items():
            setattr(device, name, value)
        assert refused(arriving, device.sign(arriving.post(ASK).json()))

    def test_one_to_another_challenge(self, device: Authenticator, arriving: Client) -> None:
        first = arriving.post(ASK).json()
        arriving.post(ASK)
        assert refused(arriving, device.sign(first))

    def test_one_without_a_challenge(self, device: Authenticator, arriving: Client) -> None:
        options = arriving.post(ASK).json()
        session = arriving.session
        del session[STATE_KEY]
        session.save()
        assert refused(arriving, device.sign(options))

    def test_one_that_comes_late(
        self, device: Authenticator, arriving: Client, time_machine: TimeMachineFixture
    ) -> None:
        options = arriving.post(ASK).json()
        time_machine.move_to(arriving.session[STATE_KEY]["at"] + 301)
        assert refused(arriving, device.sign(options))

    def test_one_of_another_session(self, device: Authenticator, arriving: Client) -> None:
        thief = Client()
        give_password(thief)
        thief.post(ASK)
        assert refused(thief, device.sign(arriving.post(ASK).json()))

    def test_one_given_for_another_purpose(self, browser: Client, device: Authenticator) -> None:
        signed = device.sign(browser.post(CONFIRM_ASK).json())
        options = browser.session[STATE_KEY]
        arriving = Client()
        give_password(arriving)
        session = arriving.session
        session[STATE_KEY] = options
        session.save()
        assert refused(arriving, signed)

    def test_one_of_somebody_else(self, device: Authenticator) -> None:
        make_account(make_nir(1), email="autre@example.net", mobile="")
        other, own = confirmed(signed_in(make_nir(1))), Authenticator()
        add(other, own)
        arriving = Client()
        give_password(arriving, make_nir(1))
        assert refused(arriving, device.sign(arriving.post(ASK).json()))

    def test_the_copy_of_a_key_whose_counter_has_moved_on(self, device: Authenticator, arriving: Client) -> None:
        copy = device.copy()
        use(arriving, device.sign(arriving.post(ASK).json()))
        thief = Client()
        give_password(thief)
        assert refused(thief, copy.sign(thief.post(ASK).json()))
        copy.counts, copy.counter = False, 0
        assert refused(thief, copy.sign(thief.post(ASK).json()))

    def test_a_synchronised_key_counts_nothing_and_serves_again(self, browser: Client) -> None:
        device = Authenticator(counts=False)
        add(confirmed(browser), device)
        for _ in range(2):
            arriving = Client()
            give_password(arriving)
            assert use(arriving, device.sign(arriving.post(ASK).json())).headers["Location"] == HOME

    def test_a_closed_passkey(self, device: Authenticator, arriving: Client) -> None:
        options = arriving.post(ASK).json()
        WebAuthnCredential.objects.update(confirmed=False)
        posted = use(arriving, device.sign(options))
        assert (posted.headers["Location"], SESSION_KEY in arriving.session) == (CODE, False)

    def test_tries_are_counted_with_those_of_codes(self, device: Authenticator, arriving: Client) -> None:
        for _ in range(CODE_TRIES.per_person.tries):
            use(arriving, "{}")
        use(arriving, device.sign(arriving.post(ASK).json()))
        assert "Trop d’essais" in arriving.get(CODE).content.decode()
        assert SESSION_KEY not in arriving.session


@pytest.mark.django_db(transaction=True)
def test_the_same_answer_sent_eight_times_at_once_opens_one_session() -> None:
    """Even one of a synchronised key, which has no counter, through one session."""
    make_account()
    browser, device = confirmed(signed_in()), Authenticator(counts=False)
    add(browser, device)
    OpenSession.objects.all().delete()
    arriving = Client()
    give_password(arriving)
    signed = device.sign(arriving.post(ASK).json())
    cookie = arriving.cookies["sessionid"].value
    barrier = Barrier(8)

    def send(_: int) -> str:
        try:
            client = Client()
            client.cookies["sessionid"] = cookie
            barrier.wait(timeout=30)
            return client.post(USE, {"credential": signed}).headers.get("Location", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        places = list(pool.map(send, range(8)))
    assert places.count(HOME) == 1
    assert OpenSession.objects.count() == 1


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
parts = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle", "transports"), junk
    ),
)
answers = st.fixed_dictionaries(
    {}, optional={"id": junk, "rawId": junk, "type": st.just("public-key") | junk, "response": parts | junk}
)


class TestFreeInput:
    @pytest.mark.parametrize(
        "answer",
        ["", "null", "[]", "{", '"x"', "[" * 5000, "a" * (LONGEST_ANSWER + 1), '{"response": {}}', "\x00", "é"],
        ids=lambda text: text[:12],
    )
    def test_is_refused_in_words(self, device: Authenticator, arriving: Client, answer: str) -> None:
        arriving.post(ASK)
        assert refused(arriving, answer)

    @given(answer=answers)
    @hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def test_never_fails(self, browser: Client, answer: dict[str, object]) -> None:
        if "confirmed_at" not in browser.session:
            confirmed(browser)
        browser.post(NEW, {"name": "x"})
        assert browser.post(ADD, {"name": "x", "credential": json.dumps(answer)}).status_code == 200
        assert WebAuthnCredential.objects.count() == 0

    @pytest.mark.parametrize("place", ["clientDataJSON", "attestationObject", "authenticatorData", "signature"])
    def test_a_changed_byte_is_refused(self, browser: Client, place: str) -> None:
        device, honest = Authenticator(), confirmed(browser)
        options = honest.post(NEW, {"name": "x"}).json()
        if place == "attestationObject":
            assert add_is_refused(honest, spoilt(device.make(options), place))
            return
        honest.post(ADD, {"name": "x", "credential": device.make(options)})
        arriving = Client()
        give_password(arriving)
        assert refused(arriving, spoilt(device.sign(arriving.post(ASK).json()), place))


def spoilt(answer: str, place: str) -> str:
    """The same answer with another character in the middle of one part."""
    data = json.loads(answer)
    text = data["response"][place]
    middle = len(text) // 2
    data["response"][place] = text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]
    return json.dumps(data)


def add_is_refused(browser: Client, answer: str) -> bool:
    page = browser.post(ADD, {"name": "x", "credential": answer}).content.decode()
    return "n’a pas pu être enregistrée" in page and not WebAuthnCredential.objects.exists()
