"""Who may read what over the API: every route x every kind of caller x the status expected.

A route that is not in the table fails the test.
"""

from typing import Final

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver

from accounts.partners.enums import PartnerState, Scope
from accounts.partners.models import PartnerInsurer
from ameli_notify.api_urls import version_1
from reimbursements.partner_api.publishing import publish
from tests.partners.lines import load, make_line
from tests.partners.machine import machine_of
from tests.partners.rows import make_partner
from tests.partners.test_resources import LINES, OCTOBER, known_as, make_member

ANYBODY: Final = "anybody"
ROUTES: Final[dict[str, str]] = {
    "api-members": Scope.MEMBERS_READ,
    "api-member": Scope.MEMBERS_READ,
    "api-member-reimbursements": Scope.REIMBURSEMENTS_READ,
    "api-reimbursements": Scope.REIMBURSEMENTS_READ,
    "api-reimbursement": Scope.REIMBURSEMENTS_READ,
    "api-changes": Scope.REIMBURSEMENTS_READ,
    "api-status": Scope.REIMBURSEMENTS_READ,
    "api-problem": ANYBODY,
    "api-openapi": ANYBODY,
}
OF_ONE_MEMBER: Final = {"api-member", "api-member-reimbursements", "api-reimbursement"}
NOTHING: Final = {"api-root", "api-nothing"}


def names(patterns: list[URLPattern | URLResolver]) -> set[str | None]:
    return {pattern.name for pattern in patterns if isinstance(pattern, URLPattern)}


def test_every_route_is_in_the_table() -> None:
    assert names(version_1) == {*ROUTES, *NOTHING}


@pytest.fixture
def paths(partner: PartnerInsurer) -> dict[str, str]:
    """An address of each route, about a member of the partner."""
    member = make_member(partner)
    load(make_line(member))
    publish()
    line = machine_of(partner).json(LINES, OCTOBER)["data"][0]["id"]
    root = "/api/v1/"
    return {
        "api-members": f"{root}members",
        "api-member": f"{root}members/{known_as(member)}",
        "api-member-reimbursements": f"{root}members/{known_as(member)}/reimbursements",
        "api-reimbursements": f"{LINES}?payment_date_from=2026-10-01&payment_date_to=2026-10-31",
        "api-reimbursement": f"{LINES}/{line}",
        "api-changes": f"{root}changes",
        "api-status": f"{root}status",
        "api-problem": f"{root}problems/not-found",
        "api-openapi": f"{root}openapi.json",
    }


def test_without_a_token_nothing_is_read(paths: dict[str, str], browser: Client) -> None:
    for client in (Client(), browser):
        found = {name: client.get(path).status_code for name, path in paths.items()}
        assert found == {name: 200 if scope == ANYBODY else 401 for name, scope in ROUTES.items()}


@pytest.mark.parametrize("scope", Scope.values)
def test_a_token_reads_what_its_scope_says(paths: dict[str, str], partner: PartnerInsurer, scope: str) -> None:
    machine = machine_of(partner, scopes=[scope])
    found = {name: machine.get(path).status_code for name, path in paths.items()}
    assert found == {name: 200 if wanted in (scope, ANYBODY) else 403 for name, wanted in ROUTES.items()}


def test_another_partner_finds_nobody(paths: dict[str, str]) -> None:
    machine = machine_of(make_partner("99000002"))
    for name, path in paths.items():
        answer = machine.get(path)
        assert answer.status_code == (404 if name in OF_ONE_MEMBER else 200), name
        if ROUTES[name] != ANYBODY and name != "api-status" and name not in OF_ONE_MEMBER:
            assert answer.json()["data"] == [], name


def test_a_paused_partner_reads_nothing(paths: dict[str, str], partner: PartnerInsurer) -> None:
    machine = machine_of(partner)
    machine.get(paths["api-status"])
    PartnerInsurer.objects.update(state=PartnerState.PAUSED)
    found = {name: machine.get(path).status_code for name, path in paths.items()}
    assert found == {name: 200 if scope == ANYBODY else 403 for name, scope in ROUTES.items()}
