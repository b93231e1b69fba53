"""Who may read what over the API: every route x every kind of caller x the status expected.

A route that is not in the table fails the test.
"""

from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver

from accounts.partners.enums import ConsentPurpose, PartnerState, Scope
from accounts.partners.models import PartnerInsurer
from ameli_notify.api_urls import version_1
from fraud.partner_api.models import PartnerAlert
from fraud.partner_api.publishing import publish_alerts
from reimbursements.partner_api.publishing import publish
from reimbursements.partner_api.tasks import advance_exports
from tests.outreach.campaigns.proposals import make_proposal
from tests.partners.lines import load, make_line
from tests.partners.machine import Machine, machine_of
from tests.partners.rows import make_partner
from tests.partners.signals import make_signal
from tests.partners.test_resources import LINES, OCTOBER, known_as, make_member
from tests.partners.webhook_rows import WEBHOOK_POSTS, WEBHOOK_ROUTES, webhook_paths

ANYBODY: Final = "anybody"
ROUTES: Final[dict[str, str]] = {
    "api-members": Scope.MEMBERS_READ,
    "api-member": Scope.MEMBERS_READ,
    "api-member-reimbursements": Scope.REIMBURSEMENTS_READ,
    "api-reimbursements": Scope.REIMBURSEMENTS_READ,
    "api-reimbursement": Scope.REIMBURSEMENTS_READ,
    "api-changes": Scope.REIMBURSEMENTS_READ,
    "api-status": Scope.REIMBURSEMENTS_READ,
    "api-exports": Scope.EXPORT,
    "api-export": Scope.EXPORT,
    "api-export-file": Scope.EXPORT,
    "api-alerts": Scope.ALERTS_READ,
    "api-alert": Scope.ALERTS_READ,
    "api-alert-feedback": Scope.ALERTS_READ,
    "api-signals": Scope.ALERTS_READ,
    "api-signal": Scope.ALERTS_READ,
    "api-campaigns": Scope.CAMPAIGNS_WRITE,
    "api-campaign": Scope.CAMPAIGNS_WRITE,
    **dict.fromkeys(WEBHOOK_ROUTES, Scope.WEBHOOKS_MANAGE),
    "api-problem": ANYBODY,
    "api-openapi": ANYBODY,
}
OF_ONE: Final = {
    "api-member", "api-member-reimbursements", "api-reimbursement", "api-alert", "api-alert-feedback", "api-signal",
    "api-campaign",
    "api-export", "api-export-file",
    *WEBHOOK_ROUTES.keys() - {"api-webhooks"},
}  # fmt: skip
"""About one thing that another partner does not have."""
POSTS: Final[dict[str, object]] = {"api-alert-feedback": {"verdict": "unfounded"}, **dict.fromkeys(WEBHOOK_POSTS, {})}
"""Addresses that take an order, with one that is good."""
NOTHING: Final = {"api-root", "api-nothing"}


def names(patterns: list[URLPattern | URLResolver]) -> set[str | None]:
    return {pattern.name for pattern in patterns if isinstance(pattern, URLPattern)}


def test_every_route_is_in_the_table() -> None:
    assert names(version_1) == {*ROUTES, *NOTHING}


@pytest.fixture
def paths(partner: PartnerInsurer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An address of each route, about a member of the partner."""
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    member = make_member(partner, purposes=[ConsentPurpose.PAYMENTS, ConsentPurpose.ALERTS])
    load(make_line(member))
    publish()
    signal = make_signal(partner, person=member)
    publish_alerts()
    alert = f"alerts/{PartnerAlert.objects.get().public_id}"
    line = machine_of(partner).json(LINES, OCTOBER)["data"][0]["id"]
    export = machine_of(partner).post("/api/v1/exports", {})["Location"]
    advance_exports()
    root = "/api/v1/"
    return {
        "api-members": f"{root}members",
        "api-member": f"{root}members/{known_as(member)}",
        "api-member-reimbursements": f"{root}members/{known_as(member)}/reimbursements",
        "api-reimbursements": f"{LINES}?payment_date_from=2026-10-01&payment_date_to=2026-10-31",
        "api-reimbursement": f"{LINES}/{line}",
        "api-changes": f"{root}changes",
        "api-status": f"{root}status",
        "api-exports": f"{root}exports",
        "api-export": export,
        "api-export-file": f"{export}/files/1",
        "api-alerts": f"{root}alerts",
        "api-alert": f"{root}{alert}",
        "api-alert-feedback": f"{root}{alert}/feedback",
        "api-signals": f"{root}signals",
        "api-signal": f"{root}signals/{signal.public_id}",
        "api-campaigns": f"{root}campaigns",
        "api-campaign": f"{root}campaigns/{make_proposal(partner).public_id}",
        **webhook_paths(partner),
        "api-problem": f"{root}problems/not-found",
        "api-openapi": f"{root}openapi.json",
    }


def ask(machine: Machine, name: str, path: str) -> Any:  # noqa: ANN401 (Django's test answers)
    return machine.post(path, POSTS[name]) if name in POSTS else machine.get(path)


def answered(machine: Machine, paths: dict[str, str]) -> dict[str, int]:
    """Success is 200, whatever kind of success it is."""
    found = {name: ask(machine, name, path).status_code for name, path in paths.items()}
    return {name: 200 if status in (201, 202) else status for name, status in found.items()}


def test_without_a_token_nothing_is_read(paths: dict[str, str], browser: Client) -> None:
    for client in (Client(), browser):
        found = {name: (client.post if name in POSTS else client.get)(path).status_code for name, path in paths.items()}
        assert found == {name: 200 if scope == ANYBODY else 401 for name, scope in ROUTES.items()}


@pytest.mark.parametrize("scope", Scope.values)
def test_a_token_reads_what_its_scope_says(paths: dict[str, str], partner: PartnerInsurer, scope: str) -> None:
    machine = machine_of(partner, scopes=[scope])
    found = answered(machine, paths)
    assert found == {name: 200 if wanted in (scope, ANYBODY) else 403 for name, wanted in ROUTES.items()}


def test_another_partner_finds_nobody(paths: dict[str, str]) -> None:
    machine = machine_of(make_partner("99000002"))
    for name, path in paths.items():
        answer = ask(machine, name, path)
        assert answer.status_code == (404 if name in OF_ONE else 200), name
        if ROUTES[name] != ANYBODY and name != "api-status" and name not in OF_ONE:
            assert answer.json()["data"] == [], name


def test_a_paused_partner_reads_nothing(paths: dict[str, str], partner: PartnerInsurer) -> None:
    machine = machine_of(partner)
    machine.get(paths["api-status"])
    PartnerInsurer.objects.update(state=PartnerState.PAUSED)
    found = answered(machine, paths)
    assert found == {name: 200 if scope == ANYBODY else 403 for name, scope in ROUTES.items()}
