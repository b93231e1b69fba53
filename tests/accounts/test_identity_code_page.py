"""The page that asks for a code: what is sent, what is said when nothing is, how long a code is good for."""

from typing import Any

import pytest
from django.test import Client

from accounts.identity.devices import CodeDevice
from accounts.identity.quotas import CODES_SENT
from tests.accounts.insured import (
    CODE,
    CONFIRM,
    add_app,
    code_received,
    deliver,
    give_password,
    make_account,
    other_than,
    signed_in,
)

pytestmark = pytest.mark.usefixtures("space")


def text_of(answer: Any) -> str:  # noqa: ANN401 (the test client types its answers otherwise)
    return str(answer.content.decode()).replace("\u00a0", " ")


def sms_device_id() -> str:
    return str(CodeDevice.objects.get(channel="sms").persistent_id)


def test_asking_for_codes_is_limited_and_said(client: Client) -> None:
    make_account()
    give_password(client)
    for _ in range(CODES_SENT.per_person.tries - 1):
        client.post(f"{CODE}envoyer/", {"device": sms_device_id()})
    assert "vient d’être envoyé" in text_of(client.get(CODE))
    answer = client.post(f"{CODE}envoyer/", {"device": sms_device_id()}, follow=True)
    assert "patientez" in answer.content.decode()
    assert "vient d’être envoyé" not in answer.content.decode()
    assert len(deliver()) == CODES_SENT.per_person.tries


def test_whoever_may_have_no_code_sent_reads_why_and_how_long_to_wait() -> None:
    make_account()
    for _ in range(CODES_SENT.per_person.tries):
        give_password(Client())
    assert len(deliver()) == CODES_SENT.per_person.tries
    client = Client()
    page = " ".join(text_of(client.get(give_password(client).headers["Location"])).split())
    assert "Trop de codes ont été demandés. Pour votre sécurité, patientez 15 minutes" in page
    assert deliver() == []
    assert "Recevoir un code par SMS" in page
    assert 'name="code"' not in page, "no field for a code that was never sent"
    email = CodeDevice.objects.get(channel="email").persistent_id
    page = " ".join(text_of(client.post(f"{CODE}envoyer/", {"device": email}, follow=True)).split())
    assert "patientez" in page
    assert "Recevoir un code par e-mail" in page


def test_a_code_that_came_before_the_limit_can_still_be_typed(client: Client) -> None:
    make_account()
    give_password(client)
    for _ in range(CODES_SENT.per_person.tries):
        client.post(f"{CODE}envoyer/", {"device": sms_device_id()})
    page = text_of(client.get(CODE))
    assert "Un code reçu il y a moins de 10 minutes peut encore servir." in page
    assert 'name="code"' in page


def test_how_long_a_code_is_good_for_is_said_before_and_after_a_wrong_one(client: Client) -> None:
    make_account()
    give_password(client)
    assert "reste valable 10 minutes et permet 5 essais" in text_of(client.get(CODE))
    wrong = other_than(code_received())
    assert "valable 10 minutes, pour 5 essais" in text_of(client.post(CODE, {"code": wrong}))


def test_other_means_stand_under_their_own_heading_and_a_code_is_asked_for_first() -> None:
    account = make_account(email="")
    browser = signed_in()
    page = " ".join(text_of(browser.get(CONFIRM)).split())
    assert 'name="code"' not in page
    assert '<button type="submit"> Recevoir un code par SMS' in page, "the first button, and not a secondary one"
    assert "Utiliser un autre moyen" not in page
    page = text_of(browser.post(f"{CONFIRM}envoyer/", {"device": sms_device_id()}, follow=True))
    assert 'name="code"' in page
    assert "Vous n’avez rien reçu ?" in page
    assert "Utiliser un autre moyen" not in page
    add_app(account)
    assert "Utiliser un autre moyen" in text_of(browser.get(CONFIRM))
