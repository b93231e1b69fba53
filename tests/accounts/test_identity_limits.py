"""Under 200 parallel requests exactly the limit gets through, and one right code of 200."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import django_otp
import pytest
from django.db import connection
from django.test import Client, RequestFactory

from accounts.identity import quotas
from accounts.identity.changing import make_recovery_codes
from accounts.identity.devices import CodeDevice, RecoveryCodeDevice
from accounts.identity.messages import SecurityMessage
from accounts.identity.models import OpenSession
from accounts.identity.quotas import Ceiling, Quota
from accounts.people.querysets import nir_lookup_of
from tests.accounts.insured import (
    CODE,
    NIR,
    NOBODY,
    add_app,
    code_received,
    code_shown_by,
    describe,
    give_password,
    make_account,
    make_nir,
    make_person,
)

pytestmark = [pytest.mark.usefixtures("space"), pytest.mark.django_db(transaction=True)]

PARALLEL: Final = 200
THREADS: Final = 20


def in_parallel(work: Callable[[int], int]) -> list[int]:
    """What each of 200 calls gave, made by 20 threads with connections of their own."""

    def closing(number: int) -> int:
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return list(pool.map(closing, range(PARALLEL)))


@pytest.mark.parametrize("nir", [NIR, NOBODY])
def test_passwords_of_one_person(nir: str) -> None:
    make_account()
    statuses = in_parallel(
        lambda n: give_password_from(f"192.0.2.{n}", nir)  # an attacker with many addresses
    )
    assert statuses.count(200) == quotas.PASSWORDS.per_person.tries
    assert statuses.count(429) == PARALLEL - quotas.PASSWORDS.per_person.tries


def give_password_from(address: str, nir: str) -> int:
    return Client(REMOTE_ADDR=address).post("/connexion/", {"nir": nir, "password": "faux"}).status_code


def test_passwords_from_one_address() -> None:
    statuses = in_parallel(lambda n: give_password_from("192.0.2.1", make_nir(n)))
    assert statuses.count(200) == quotas.PASSWORDS.per_address.tries


def test_passwords_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = quotas.PASSWORDS
    monkeypatch.setattr(
        quotas, "PASSWORDS", Quota(whole.name, whole.per_person, whole.per_address, over_all=Ceiling(37, 60))
    )
    statuses = in_parallel(lambda n: give_password_from(f"192.0.2.{n}", make_nir(n)))
    assert statuses.count(200) == 37


@pytest.mark.parametrize("nir", [NIR, NOBODY])
def test_requests_for_a_code(nir: str) -> None:
    make_person()
    statuses = in_parallel(lambda n: describe(Client(REMOTE_ADDR=f"192.0.2.{n}"), nir).status_code)
    assert statuses.count(302) == quotas.PROOF_CODES_SENT.per_person.tries
    assert SecurityMessage.objects.count() == quotas.PROOF_CODES_SENT.per_person.tries


def test_wrong_codes() -> None:
    account = make_account()
    device = add_app(account)
    client = Client()
    give_password(client)
    key = client.session.session_key
    wrong = f"{(int(code_shown_by(device)) + 5_000) % 1_000_000:06d}"

    def guess(number: int) -> int:
        browser = Client(REMOTE_ADDR=f"192.0.2.{number}")
        browser.cookies["sessionid"] = str(key)
        return browser.post(CODE, {"code": wrong}).status_code

    statuses = in_parallel(guess)
    assert statuses.count(200) == quotas.CODE_TRIES.per_person.tries
    assert statuses.count(429) == PARALLEL - quotas.CODE_TRIES.per_person.tries


def test_one_of_200_right_codes_passes() -> None:
    user = make_account().user
    device = CodeDevice.objects.get(user=user, channel="sms")
    client = Client()
    give_password(client)
    code = code_received()
    passed = in_parallel(lambda _: django_otp.verify_token(user, device.persistent_id, code) is not None)
    assert passed.count(True) == 1


def test_one_of_200_right_codes_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    generous = Ceiling(10_000, 60)
    monkeypatch.setattr("accounts.identity.factors.CODE_TRIES", Quota("generous", generous, generous, generous))
    make_account()
    client = Client()
    give_password(client)
    key, code = client.session.session_key, code_received()

    def sign_in(_: int) -> int:
        browser = Client()
        browser.cookies["sessionid"] = str(key)
        answer = browser.post(CODE, {"code": code})
        return int(answer.headers.get("Location", "").startswith("/mon-espace/"))

    assert in_parallel(sign_in).count(1) == 1
    assert OpenSession.objects.count() == 1


def test_five_of_200_guesses_are_looked_at() -> None:
    user = make_account().user
    device = CodeDevice.objects.get(user=user, channel="sms")
    client = Client()
    give_password(client)
    wrong = f"{(int(code_received()) + 1) % 1_000_000:06d}"
    in_parallel(lambda _: django_otp.verify_token(user, device.persistent_id, wrong) is not None)
    device.refresh_from_db()
    assert device.code_hash is None


def test_a_recovery_code_passes_once_however_often_it_comes() -> None:
    account = make_account()
    code = make_recovery_codes(account)[0].replace("-", "")
    device = RecoveryCodeDevice.objects.get()
    passed = in_parallel(lambda _: django_otp.verify_token(account.user, device.persistent_id, code) is not None)
    assert passed.count(True) == 1


def test_an_exhausted_address_uses_up_nobody_elses_tries(rf: RequestFactory) -> None:
    request = rf.get("/", REMOTE_ADDR="192.0.2.1")
    victim = nir_lookup_of(NIR)
    for number in range(quotas.PASSWORDS.per_address.tries):
        quotas.use(quotas.PASSWORDS, request, person=nir_lookup_of(make_nir(number)))
    for _ in range(50):
        assert quotas.use(quotas.PASSWORDS, request, person=victim) is not None
    elsewhere = rf.get("/", REMOTE_ADDR="192.0.2.2")
    assert quotas.use(quotas.PASSWORDS, elsewhere, person=victim) is None
