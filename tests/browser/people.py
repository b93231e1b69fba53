"""Who visits every page: people with their browsers' cookies, and the addresses that exist because of them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.identity.models import InsuredAccount, OpenSession
from accounts.staff.roles import Role
from fraud.conversations.talking import answer, close, take_next
from fraud.replies.thread import write
from reimbursements.explanations.loading import forget_book
from reimbursements.reference.services import load_reference_data
from tests.accounts.insured import (
    CREATE,
    FORGOTTEN,
    SIGN_IN,
    add_app,
    code_received,
    confirmed,
    describe,
    give_password,
    make_account,
    make_nir,
    make_person,
    signed_in,
)
from tests.browser.partner_people import partner_people
from tests.fraud.cases.editions import make_edition
from tests.fraud.conversations.rows import ask
from tests.fraud.page_rows import report_addresses
from tests.fraud.replies.visitors import doctor_of, right_of_reply
from tests.outreach.campaigns.rows import appointment_addresses
from tests.partners.rows import consent, join, make_partner
from tests.reimbursements.payments.rows import PAYMENTS, make_child, pay, pay_case
from tests.reimbursements.test_explanations_cases import CASES, gp
from tests.staff import PASSWORD as STAFF_PASSWORD
from tests.staff import client_of, make_staff

NOBODY: Final = "nobody"
PASSWORD: Final = "password given"
APP_PASSWORD: Final = "password given, has an app"
CREATING: Final = "creating an account"
FORGETTING: Final = "password forgotten"
PROVEN_NEW: Final = "new, code given"
PROVEN_AGAIN: Final = "known, code given"
INSURED: Final = "insured, fresh code given"
UNCONFIRMED: Final = "insured"
NEWCOMER: Final = "insured without payments"
PARTNERLESS: Final = "insured without a partner insurer, fresh code given"
REVOKED: Final = "insured, session closed elsewhere"
QUEUED: Final = "insured, waits for an adviser"
ANSWERED: Final = "insured, talks with an adviser"
LEFT: Final = "insured, talked with an adviser"
DOCTOR: Final = "professional with a code"
DOCTOR_TALKED: Final = "professional who has answered"
AGENT: Final = "agent"
AGENT_PASSWORD: Final = "agent, password given"

TIRED_NIR: Final = make_nir(900)
"""Tried so often that it must wait."""
_ELSEWHERE: Final = "192.0.2.7"


@dataclass(frozen=True)
class People:
    clients: Mapping[str, Client]
    """A browser by who uses it."""
    addresses: Mapping[str, str]
    """Pages of INSURED: « second page » of the payments, and « payment <n> » for kinds of statement."""


def make_people() -> People:
    """Needs an empty database."""
    forget_book()
    load_reference_data()
    for year in (2024, 2025):
        make_edition(year)
    account = _make_insured()
    for number, sms in ((205, None), (201, ""), (202, None), (203, None), (204, None)):
        make_account(make_nir(number), **({} if sms is None else {"mobile": sms}))
    clients = {
        NOBODY: Client(),
        UNCONFIRMED: signed_in(),
        INSURED: confirmed(signed_in()),
        NEWCOMER: signed_in(make_nir(201)),
        PARTNERLESS: confirmed(signed_in(make_nir(205))),
        REVOKED: _revoked(make_nir(202)),
        PASSWORD: _with_password(make_nir(203)),
        APP_PASSWORD: _with_app(make_nir(204)),
        **_proving(),
        **_staff(),
        **_talking(),
        **_answering(),
    }
    partners, their_addresses = partner_people()
    _tire(TIRED_NIR)
    return People(clients | partners, _addresses(clients[INSURED], account) | their_addresses)


def _make_insured() -> InsuredAccount:
    """Somebody with every typical statement, a child, a mutual insurer, and enough payments for a second page."""
    account = make_account()
    partner = make_partner("99000001", "Mutuelle d’essai")
    join(account.insured, partner)
    consent(account.insured, partner)
    person, today = account.insured, timezone.localdate()
    for number, name in enumerate(sorted(CASES)):
        pay_case(person, name, on=today - dt.timedelta(days=3 * number))
    pay(person, gp(), to=make_child(person), on=today - dt.timedelta(days=1))
    return account


def _addresses(client: Client, account: InsuredAccount) -> dict[str, str]:
    add_app(account)
    listing = client.get(PAYMENTS).context["listing"]
    second = f"{PAYMENTS}?page={listing.older}"
    rows = [*listing.rows, *client.get(second).context["listing"].rows]
    details = {f"payment {number}": f"{PAYMENTS}{row.token}/" for number, row in enumerate(rows[::3])}
    return {
        "second page": second,
        **details,
        **report_addresses(account.insured),
        **appointment_addresses(account.insured),
    }


def _revoked(nir: str) -> Client:
    client = signed_in(nir)
    OpenSession.objects.latest("started_at").delete()
    return client


def _with_password(nir: str) -> Client:
    client = Client()
    give_password(client, nir)
    code_received()
    return client


def _with_app(nir: str) -> Client:
    add_app(InsuredAccount.objects.latest("pk"))
    client = Client()
    give_password(client, nir)
    return client


def _proving() -> dict[str, Client]:
    """At the second and at the third step of creating an account and of choosing a new password."""
    make_person(make_nir(301))
    make_account(make_nir(302))
    clients = {}
    for start, nir, asked, proven in (
        (CREATE, make_nir(301), CREATING, PROVEN_NEW),
        (FORGOTTEN, make_nir(302), FORGETTING, PROVEN_AGAIN),
    ):
        clients[asked] = Client()
        describe(clients[asked], nir, start=start)
        code_received()
        clients[proven] = Client()
        describe(clients[proven], nir, start=start)
        clients[proven].post(f"{start}code/", {"code": code_received()})
    return clients


def _staff() -> dict[str, Client]:
    user = make_staff()
    waiting = Client()
    waiting.post(reverse("staff-sign-in"), {"username": user.username, "password": STAFF_PASSWORD})
    return {AGENT: client_of(user), AGENT_PASSWORD: waiting}


def _talking() -> dict[str, Client]:
    """Three who asked for an adviser: whose conversation is over, who is answered, who waits."""
    agent, clients = make_staff("agent-conseil", role=Role.ADVISER), {}
    for number, who in ((401, LEFT), (402, ANSWERED), (403, QUEUED)):
        talk = ask(make_account(make_nir(number)).insured)
        if who != QUEUED:
            take_next(by=agent)
            answer(talk.pk, text="Bonjour. De quel paiement s’agit-il ?", by=agent)
        if who == LEFT:
            close(talk.pk, by=agent)
        clients[who] = signed_in(make_nir(number))
    return clients


def _answering() -> dict[str, Client]:
    """Two professionals whose code let them in: one has just come, one has written, attached and has an answer."""
    agent = make_staff("agent-contradictoire")
    clients = {}
    for number, who in ((501, DOCTOR), (502, DOCTOR_TALKED)):
        right = right_of_reply(make_person(make_nir(number)), by=agent, talked=who == DOCTOR_TALKED)
        if who == DOCTOR_TALKED:
            write(right.pk, text="C’est noté.", by=agent)
        clients[who] = doctor_of(right, by=agent)
    return clients


def _tire(nir: str) -> None:
    """Use up the tries of a number, from another network address."""
    client = Client(REMOTE_ADDR=_ELSEWHERE)
    while client.post(SIGN_IN, {"nir": nir, "password": "pas le bon du tout"}).status_code != 429:
        pass
