"""Passwords that are guessed first are refused wherever one is saved; good ones pass."""

from typing import Final

import pytest
from django.test import Client

from accounts.identity.models import InsuredAccount
from accounts.identity.password_rules import COMMON, PERSONAL, REPEATED, RUN
from accounts.people.models import InsuredPerson
from ameli_notify.core.models import RateLimitCounter
from tests.accounts.insured import (
    CREATE,
    FORGOTTEN,
    PASSWORD,
    SECURITY,
    code_received,
    confirmed,
    deliver,
    describe,
    make_account,
    make_person,
    signed_in,
)

pytestmark = pytest.mark.usefixtures("space")

CHANGE: Final = f"{SECURITY}mot-de-passe/"
NAMES: Final = {"birth_name": "LE GARCÌA", "usage_name": "D’Été", "first_names": "Michel Jean-Loup"}

EASY: Final = [
    ("motdepasse2026", COMMON),
    ("motdepasse123", COMMON),
    ("Mot de passe !!", COMMON),
    ("bonjourbonjour", REPEATED),
    ("bonjour bonjour 1!", COMMON),
    ("assurancemaladie", COMMON),
    ("Sécurité-Sociale-75", COMMON),
    ("password1234", COMMON),
    ("aaaaaaaaaaaa", REPEATED),
    ("xkq7xkq7xkq7xk", REPEATED),
    ("123456789012", RUN),
    ("Azerty123456", RUN),
    ("azertyuiopqs", RUN),
    ("poiuytreza12", RUN),
    ("abcdefghijkl", RUN),
    ("1a2z3e4r5t6y", RUN),
    ("Michel-GARCIA-1985", PERSONAL),
    ("jean loup 31 juillet", PERSONAL),
    ("Garcia31071985", PERSONAL),
    ("1985.07.31 le jour", PERSONAL),
    ("ete garcia 310785", PERSONAL),
    ("michel7585garcia!", PERSONAL),
]
GOOD: Final = [
    PASSWORD,
    "cheval pluie violon",
    "Garcia aime les violons bleus",
    "né en 1985 sous la tempête",
    "azerty mange du fromage",
    "tK9#vbQ2!mZr",
    "4815162342 lost forever?",
    "été comme hiver je marche",
]


def named(person: InsuredPerson) -> None:
    """Names with accents, a hyphen and an apostrophe."""
    InsuredPerson.objects.filter(pk=person.pk).update(**NAMES)


def at_the_last_step(client: Client, *, start: str) -> str:
    """The address of the page that takes the password."""
    describe(client, start=start)
    client.post(f"{start}code/", {"code": code_received()})
    return f"{start}mot-de-passe/"


@pytest.mark.parametrize(("password", "says"), EASY)
def test_an_easy_one_makes_no_account(client: Client, password: str, says: str) -> None:
    named(make_person())
    answer = client.post(at_the_last_step(client, start=CREATE), {"password": password, "again": password})
    assert answer.status_code == 200
    assert answer.context["form"].errors == {"password": [says]}
    assert InsuredAccount.objects.count() == 0


@pytest.mark.parametrize("password", GOOD)
def test_a_good_one_makes_an_account(client: Client, password: str) -> None:
    named(make_person())
    answer = client.post(at_the_last_step(client, start=CREATE), {"password": password, "again": password})
    assert answer.status_code == 302
    assert InsuredAccount.objects.get().user.check_password(password)


@pytest.mark.parametrize("door", ["forgotten", "changed"])
def test_an_easy_one_replaces_none(client: Client, door: str) -> None:
    account = make_account()
    named(account.insured)
    if door == "forgotten":
        browser, page = client, at_the_last_step(client, start=FORGOTTEN)
    else:
        browser, page = confirmed(signed_in()), CHANGE
    deliver()
    for password, says in EASY:
        answer = browser.post(page, {"old": PASSWORD, "password": password, "again": password})
        assert answer.context["form"].errors == {"password": [says]}, password
        RateLimitCounter.objects.all().delete()
    account.user.refresh_from_db()
    assert account.user.check_password(PASSWORD)
    assert deliver() == []
