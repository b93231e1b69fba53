"""Two of everybody and of everything, so that each can be tried on what is the other's."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.partners.client_models import PartnerKey
from accounts.partners.enums import ConsentPurpose, PartnerState, Scope
from accounts.partners.models import PartnerInsurer
from accounts.partners.portal.models import PartnerUser
from accounts.partners.webhooks.models import WebhookDelivery
from accounts.people.models import InsuredPerson
from accounts.staff.roles import Role
from fraud.partner_api.models import PartnerAlert
from fraud.partner_api.publishing import publish_alerts
from reimbursements.partner_api.identifiers import LineKey, line_identifier
from reimbursements.partner_api.publishing import publish
from reimbursements.partner_api.tasks import advance_exports
from reimbursements.payments.tokens import StatementKey, statement_token
from tests.fraud.url_access import report_rows
from tests.outreach.campaigns.proposals import make_proposal
from tests.partners.lines import PAID, load, make_line
from tests.partners.machine import Machine, machine_of
from tests.partners.portal_rows import browser_of, make_user
from tests.partners.rows import START, consent, join, make_partner
from tests.partners.signals import make_signal
from tests.partners.test_resources import OCTOBER, known_as, make_member
from tests.partners.webhook_rows import webhook_paths
from tests.reimbursements.payments.rows import make_child, make_person, pay, sign_in
from tests.staff import client_of, make_staff
from tests.url_tables import ARGUMENTS

A: Final = "a"
B: Final = "b"
NOTHING: Final = "nothing"
SIDES: Final = (A, B)
ROOT: Final = "/api/v1/"
FHIR: Final = "/fhir/r4/"
LISTS: Final = ("members", "changes", "status", "exports", "alerts", "signals", "campaigns")
ZERO: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A program of a partner, with the scopes of its token."""

    side: str
    machine: Machine
    scopes: frozenset[str]
    is_paused: bool = False


@dataclass(frozen=True, kw_only=True)
class Api:
    """Addresses by side and route, what must never be answered to the other side, and who asks."""

    paths: Mapping[str, Mapping[str, str]]
    secret_paths: tuple[str, ...]
    marks: Mapping[str, frozenset[str]]
    callers: Mapping[str, Caller]

    def path(self, route: str, whose: str) -> str:
        """Of a route about which nobody has anything here, the address of nothing."""
        known = self.paths[whose].get(route)
        return reverse(route, kwargs=ARGUMENTS.get(route, {})) if known is None else known

    def has(self, caller: Caller, route: str, whose: str) -> bool:
        """Whether what the address names is the caller's."""
        return caller.side == whose and route in self.paths[whose]


@dataclass(kw_only=True)
class Pages:
    """Addresses by side and page, and the browsers of everybody."""

    paths: dict[str, dict[str, str]] = field(default_factory=dict)
    secret_paths: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, Client] = field(default_factory=dict)
    whose: dict[str, str] = field(default_factory=dict)


def make_api() -> Api:
    """Needs a data folder of its own, for the exports."""
    partners = {A: make_partner("99000041"), B: make_partner("99000042")}
    members = {side: _member(partner) for side, partner in partners.items()}
    publish()
    publish_alerts()
    programs = {side: machine_of(partner, per_minute=100_000) for side, partner in partners.items()}
    paths = {side: _paths(partners[side], members[side], programs[side]) for side in SIDES}
    advance_exports()
    for side in SIDES:
        paths[side] |= _bulk_paths(programs[side])
    advance_exports()
    answers = {side: _feedback(paths[side], programs[side]) for side in SIDES}
    return Api(
        paths=paths | {NOTHING: _nowhere(paths[A])},
        secret_paths=_secrets(partners[A], members[A]),
        marks={side: frozenset((*_marks(paths[side]), answers[side])) for side in SIDES},
        callers=_callers(partners, programs),
    )


def _member(partner: PartnerInsurer) -> InsuredPerson:
    member = make_member(partner, purposes=[ConsentPurpose.PAYMENTS, ConsentPurpose.ALERTS])
    load(make_line(member))
    return member


def _paths(partner: PartnerInsurer, member: InsuredPerson, program: Machine) -> dict[str, str]:
    known, line = f"{ROOT}members/{known_as(member)}", program.json(f"{ROOT}reimbursements", OCTOBER)["data"][0]["id"]
    benefit = program.json(f"{FHIR}ExplanationOfBenefit")["entry"][0]["resource"]["id"]
    signal = make_signal(partner, person=member)
    publish_alerts()
    alert = f"{ROOT}alerts/{PartnerAlert.objects.get(partner=partner).public_id}"
    export = program.post(f"{ROOT}exports", {})["Location"]
    period = "?payment_date_from=2026-10-01&payment_date_to=2026-10-31"
    return {
        **{f"api-{name}": f"{ROOT}{name}" for name in LISTS},
        "api-campaign": f"{ROOT}campaigns/{make_proposal(partner).public_id}",
        "api-member": known,
        "api-member-reimbursements": f"{known}/reimbursements",
        "api-reimbursements": f"{ROOT}reimbursements{period}",
        "api-reimbursement": f"{ROOT}reimbursements/{line}",
        "api-export": export,
        "api-export-file": f"{export}/files/1",
        "api-alert": alert,
        "api-alert-feedback": f"{alert}/feedback",
        "api-signal": f"{ROOT}signals/{signal.public_id}",
        "api-problem": f"{ROOT}problems/not-found",
        "api-openapi": f"{ROOT}openapi.json",
        "fhir-patient": f"{FHIR}Patient/{known_as(member)}",
        "fhir-benefits": f"{FHIR}ExplanationOfBenefit?patient={known_as(member)}",
        "fhir-benefit": f"{FHIR}ExplanationOfBenefit/{benefit}",
        **webhook_paths(partner),
    }


def _bulk_paths(program: Machine) -> dict[str, str]:
    """Of a FHIR export; one export is under way at a time, so after the other one."""
    answer = program.post(f"{FHIR}$export", {"resourceType": "Parameters"}, prefer="respond-async")
    status = urlsplit(answer["Content-Location"]).path
    export_id = status.rpartition("/")[2]
    return {"fhir-export-status": status, "fhir-export-file": f"{FHIR}export-files/{export_id}/1"}


def _feedback(paths: Mapping[str, str], program: Machine) -> str:
    """What the partner answered to its alert; nobody else reads that there is an answer."""
    given = program.post(paths["api-alert-feedback"], {"verdict": "confirmed", "amount_recovered": "9.00"})
    return str(given.json()["id"])


def _nowhere(paths: Mapping[str, str]) -> dict[str, str]:
    """The same addresses, about what there is not: every identifier in its own form, all zeros."""
    nowhere = {mark: re.sub(r"[^-]", "0", mark.removeprefix("msg_")) for mark in _marks(paths)}
    found = dict(paths)
    for mark, zeros in nowhere.items():
        form = f"msg_{zeros}" if mark.startswith("msg_") else zeros
        found = {name: path.replace(mark, form) for name, path in found.items()}
    return found


def _marks(paths: Mapping[str, str]) -> list[str]:
    """The identifiers in the addresses: each means something to one partner alone."""
    return [part for path in paths.values() for part in re.split(r"[/?=&]", path) if len(part) >= len(ZERO)]


def _secrets(partner: PartnerInsurer, member: InsuredPerson) -> tuple[str, ...]:
    """Of the partner's own members, and not to be seen: under secrecy, outside the membership, a child's, withdrawn."""
    child = make_child(member)
    join(child, partner)
    gone = make_member(partner, member_no="G-1")
    lines = (
        make_line(member, is_confidential=True),
        make_line(member, care_start=START - dt.timedelta(days=1)),
        make_line(child, under=member),
        make_line(gone),
    )
    ids = load(*lines)
    consent(gone, partner, ())
    keys = [LineKey(line.insured_id, PAID, pk) for line, pk in zip(lines, ids, strict=True)]
    return (
        *(f"{ROOT}reimbursements/{line_identifier(key, partner_id=partner.pk)}" for key in keys),
        f"{ROOT}members/{known_as(gone)}",
        f"{ROOT}members/{known_as(gone)}/reimbursements",
    )


def _callers(partners: Mapping[str, PartnerInsurer], programs: Mapping[str, Machine]) -> dict[str, Caller]:
    found = {}
    every = frozenset(Scope.values)
    for side, partner in partners.items():
        found[f"partner {side}, every scope"] = Caller(side=side, machine=programs[side], scopes=every)
        for scope in Scope.values:
            machine = machine_of(partner, scopes=[scope], per_minute=100_000)
            found[f"partner {side}, {scope}"] = Caller(side=side, machine=machine, scopes=frozenset({scope}))
    paused = make_partner("99000043")
    machine = machine_of(paused, per_minute=100_000)
    machine.bearer()
    PartnerInsurer.objects.filter(pk=paused.pk).update(state=PartnerState.PAUSED)
    found["paused partner"] = Caller(side="paused", machine=machine, scopes=every, is_paused=True)
    return found


def make_pages() -> Pages:
    """Insured people, a child, partners' users, the staff; payments, reports, keys, notices, users."""
    pages = Pages()
    people = {side: make_person(f"Personne {side}") for side in SIDES}
    child = make_child(people[A])
    for side, person in people.items():
        pages.paths[side] = _owned_pages(_payment(person) | report_rows(person))
        pages.whose[f"insured {side}"] = side
        pages.browsers[f"insured {side}"] = sign_in(person)
    pages.browsers["child"] = sign_in(child)
    pages.paths[NOTHING] = _owned_pages(dict.fromkeys(("draft", "report", "attachment"), ZERO) | {"statement": "rien"})
    hidden = _payment(people[A], to=child, is_confidential=True)
    pages.secret_paths["a child's confidential care"] = reverse("payment", kwargs=hidden)
    _add_partners(pages)
    pages.browsers["anonymous"] = Client()
    pages.browsers["staff without the second factor"] = client_of(make_staff("agent-sans-code"), is_verified=False)
    for role in Role:
        pages.browsers[role] = client_of(make_staff(f"agent-{role}", role=role))
    return pages


def _payment(person: InsuredPerson, **values: Any) -> dict[str, object]:
    today = timezone.localdate()
    number = pay(person, on=today, **values)
    key = StatementKey(payment_date=today, emitter_code="01C751000", statement_no=number)
    return {"statement": statement_token(key, reader_id=person.pk)}


def _owned_pages(rows: Mapping[str, object]) -> dict[str, str]:
    """Every page of an insured person that is about one of these rows."""
    return {
        name: reverse(name, kwargs={key: rows.get(str(value), value) for key, value in arguments.items()})
        for name, arguments in ARGUMENTS.items()
        if not rows.keys().isdisjoint(map(str, arguments.values()))
    }


def _add_partners(pages: Pages) -> None:
    for side, code in ((A, "99000051"), (B, "99000052")):
        partner = make_partner(code)
        manager, worker = make_user(partner, is_manager=True), make_user(partner)
        for name, user in (("manager", manager), ("worker", worker)):
            pages.browsers[f"partner's {name} {side}"] = browser_of(user)
            pages.whose[f"partner's {name} {side}"] = side
        pages.paths[side] |= _portal_paths(partner, colleague=make_user(partner))
    for name, arguments in ARGUMENTS.items():
        if name.startswith("portal"):
            pages.paths[NOTHING][name] = reverse(name, kwargs=arguments)


def _portal_paths(partner: PartnerInsurer, *, colleague: PartnerUser) -> dict[str, str]:
    program = machine_of(partner).client
    webhook_paths(partner)
    delivery = WebhookDelivery.objects.select_related("endpoint").get(endpoint__partner=partner)
    endpoint = {"public_id": delivery.endpoint.public_id}
    kwargs: dict[str, Mapping[str, object]] = {
        "portal-key-withdraw": {"pk": PartnerKey.objects.get(client__partner=partner).pk},
        "portal-networks": {"client_id": program.client_id},
        "portal-user-remove": {"pk": colleague.pk},
        "portal-webhook": endpoint,
        "portal-webhook-test": endpoint,
        "portal-webhook-secret": endpoint,
        "portal-webhook-replay": endpoint | {"message_id": delivery.message_id},
    }
    return {name: reverse(name, kwargs=dict(values)) for name, values in kwargs.items()}
