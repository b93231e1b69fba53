"""A person changes their password in an open session."""

from typing import Final

import pytest
from django.test import Client

from accounts.identity.events import AccountEvent, AccountEventKind
from accounts.identity.models import InsuredAccount
from accounts.identity.quotas import PASSWORDS
from tests.accounts.insured import (
    CODE,
    CONFIRM,
    NIR,
    PASSWORD,
    SECURITY,
    SIGN_IN,
    confirmed,
    deliver,
    give_password,
    signed_in,
)

pytestmark = pytest.mark.usefixtures("space")

CHANGE: Final = f"{SECURITY}mot-de-passe/"
NEW: Final = "cinq autres mots bien choisis"


def change(browser: Client, *, old: str = PASSWORD, new: str = NEW, again: str | None = None) -> str:
    """The page after the form, as text."""
    answer = browser.post(CHANGE, {"old": old, "password": new, "again": new if again is None else again}, follow=True)
    return " ".join(answer.content.decode().split())


def test_it_takes_a_fresh_code(account: InsuredAccount, browser: Client) -> None:
    answer = browser.post(CHANGE, {"old": PASSWORD, "password": NEW, "again": NEW})
    assert answer.headers["Location"].startswith(f"{CONFIRM}?next=")
    account.user.refresh_from_db()
    assert account.user.check_password(PASSWORD)


def test_this_session_goes_on_under_a_new_key_and_the_others_are_over(account: InsuredAccount, browser: Client) -> None:
    elsewhere, halfway = signed_in(), Client()
    give_password(halfway)
    deliver()
    confirmed(browser)
    key = browser.session.session_key
    assert "Votre mot de passe est changé" in change(browser)
    assert browser.session.session_key != key
    assert browser.get(SECURITY).status_code == 200
    thief = Client()
    thief.cookies["sessionid"] = str(key)
    assert thief.get(SECURITY).status_code == 302
    assert elsewhere.get(SECURITY).status_code == 302
    assert halfway.get(CODE).headers["Location"] == SIGN_IN, "a sign-in that stood between the two steps is over"
    told = deliver()
    assert {message.channel for message in told} == {"sms", "email"}
    assert all("mot de passe" in message.text for message in told)
    assert AccountEvent.objects.filter(kind=AccountEventKind.PASSWORD_CHANGED, insured=account.insured).count() == 1
    assert give_password(Client()).status_code == 200
    assert give_password(Client(), password=NEW).status_code == 302


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"old": "faux mot de passe"}, "Votre mot de passe actuel n’est pas correct."),
        ({"old": ""}, "Saisissez votre mot de passe actuel."),
        ({"new": "court"}, "12 caractères"),
        ({"new": "password1234"}, "courant"),
        ({"new": f"mon {NIR[:13]} secret"}, "sans votre numéro de sécurité sociale"),
        ({"new": PASSWORD}, "différent de l’actuel"),
        ({"again": "autre chose de long"}, "sont différents"),
        ({"new": "a" * 201}, "200 caractères au plus"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    account: InsuredAccount, browser: Client, typed: dict[str, str], says: str
) -> None:
    elsewhere = signed_in()
    confirmed(browser)
    deliver()
    page = change(browser, **typed)
    assert says in page
    assert "<title>Erreur – Changer mon mot de passe" in page
    assert all(text not in page for text in typed.values() if len(text) > 6), "nothing typed is sent back"
    account.user.refresh_from_db()
    assert account.user.check_password(PASSWORD)
    assert deliver() == []
    assert elsewhere.get(SECURITY).status_code == 200


def test_guessing_the_old_one_counts_with_the_tries_of_the_sign_in(account: InsuredAccount, browser: Client) -> None:
    confirmed(browser)
    statuses = [
        browser.post(CHANGE, {"old": "faux", "password": NEW, "again": NEW}).status_code
        for _ in range(PASSWORDS.per_person.tries + 1)
    ]
    assert statuses == [200] * PASSWORDS.per_person.tries + [429]
    assert "Trop d’essais" in change(browser)
    assert give_password(Client()).status_code == 429
