"""The OpenAPI document is what the code says, and the code answers what the document says."""

import json
import os
import time
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from jsonschema_rs import Draft202012Validator
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.partners import grant_views
from accounts.partners.tokens import LIFE
from ameli_notify.api_urls import DOCUMENT
from fraud.partner_api.publishing import publish_alerts
from reimbursements.partner_api.exports import ordering
from reimbursements.partner_api.publishing import publish
from reimbursements.partner_api.tasks import advance_exports
from tests.outreach.campaigns.proposals import make_proposal
from tests.partners.alerts import BOTH, make_alerted
from tests.partners.exports import EXPORTS
from tests.partners.lines import load, make_line
from tests.partners.machine import Machine, machine_of
from tests.partners.rows import make_partner
from tests.partners.signals import make_signal
from tests.partners.test_resources import CHANGES, LINES, MEMBERS, OCTOBER, make_member
from tests.partners.webhook_rows import make_webhook

CASES: Final = int(os.environ.get("API_CASES", "36"))
"""Of each operation and kind of data: well over 500 in all. ``make conform`` has more than 5,000."""
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
GOOD: Final = {200, 201, 202, 204}
# A good token, a cursor or a day to come is not made by chance.
NEVER_GOOD: Final = {"getToken", "proposeCampaign"}


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def machine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Of a partner with something to read, and no limit in its way."""
    request.getfixturevalue("transactional_db" if request.node.get_closest_marker("django_db") else "db")
    partner = make_partner("99000001")
    for number in range(3):
        person = make_member(partner, member_no=f"N-{number}")
        load(make_line(person), make_line(person, operation="A", amount_paid="-21.00", amc_amount="1.00"))
    publish()
    make_signal(partner, person=make_alerted(partner, BOTH))
    publish_alerts()
    make_proposal(partner)
    monkeypatch.setattr(django_settings, "VAR_DIR", tmp_path)
    monkeypatch.setattr(ordering, "MOST_A_DAY", 1_000_000)
    return machine_of(partner, per_minute=100_000)


def test_it_is_what_the_code_says(tmp_path: Path) -> None:
    fresh = tmp_path / "openapi.json"
    call_command("spectacular", format="openapi-json", file=str(fresh), validate=True, fail_on_warn=True)
    assert json.loads(fresh.read_text(encoding="utf-8")) == document(), "run make openapi"
    assert document()["openapi"] == "3.1.1"


def test_it_is_served(db: None, client: Any) -> None:  # noqa: ANN401 (Django's test client)
    answer = client.get("/api/v1/openapi.json")
    assert answer.json() == document()
    assert client.get("/api/v1/openapi.json", headers={"if-none-match": answer["ETag"]}).status_code == 304


def test_every_operation_names_its_scope_and_every_error_has_an_example() -> None:
    for path, methods in document()["paths"].items():
        for operation in methods.values():
            if path.startswith("/api/v1/") and "problems" not in path:
                assert operation["security"][0]["partner"], path
            for status, answer in operation["responses"].items():
                content = answer.get("content", {}).get("application/problem+json")
                if content:
                    assert content["examples"], (path, status)


def test_everything_that_is_sent_or_answered_has_an_example_that_is_one() -> None:
    told = document()
    for path, methods in told["paths"].items():
        for operation in methods.values():
            for part in [operation.get("requestBody", {}), *operation["responses"].values()]:
                for media_type, content in part.get("content", {}).items():
                    if media_type == "application/gzip":
                        continue
                    validator = Draft202012Validator({**content["schema"], "components": told["components"]})
                    assert content["examples"], (path, media_type)
                    for example in content["examples"].values():
                        assert list(validator.iter_errors(example["value"])) == [], path


@pytest.mark.parametrize(
    "path",
    [
        MEMBERS,
        LINES,
        CHANGES,
        "/api/v1/status",
        "/api/v1/alerts",
        "/api/v1/signals",
        "/api/v1/campaigns",
        "/api/v1/webhooks",
        EXPORTS,
    ],
)
def test_answers_hold_no_more_than_it_says(machine: Machine, path: str) -> None:
    """schemathesis takes what is not named for allowed; here it is not."""
    make_export(machine)
    told = document()
    for shape in told["components"]["schemas"].values():
        shape["additionalProperties"] = False
    schema = told["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    body = machine.json(path, dict(OCTOBER) if path == LINES else {})
    errors = list(Draft202012Validator({**schema, "components": told["components"]}).iter_errors(body))
    assert errors == []


@pytest.mark.shows_personal_data  # what is sent by chance may look like a number of somebody
@pytest.mark.django_db(transaction=True)  # whole requests, which close their connections
def test_whatever_is_sent_is_answered_as_it_says(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grant_views, "TRIES_PER_ADDRESS", 1_000_000)
    seen = conform(machine, cases=CASES)
    print(f"{sum(seen.values())} cases, by status: {dict(sorted(by_status(seen).items()))}")  # noqa: T201 (with -s)
    assert sum(seen.values()) >= (5_000 if "API_CASES" in os.environ else 500)
    good = {name for name, status in seen if status in GOOD}
    operations = {one["operationId"] for methods in document()["paths"].values() for one in methods.values()}
    assert operations - NEVER_GOOD <= good


def make_export(machine: Machine) -> str:
    """The name of one that is ready."""
    found = machine.post(EXPORTS, {}).json()
    advance_exports()
    return str(found["id"])


def by_status(seen: Counter[tuple[str, int]]) -> Counter[int]:
    found: Counter[int] = Counter()
    for (_, status), times in seen.items():
        found[status] += times
    return found


def conform(machine: Machine, *, cases: int) -> Counter[tuple[str, int]]:
    """Generated cases, fit and unfit ones; every second one is about things that are there. Counts by status."""
    machine.get(MEMBERS)
    line = machine.json(LINES, dict(OCTOBER))["data"][0]
    there = {
        "member_id": line["member_id"], "reimbursement_id": line["id"], "code": "not-found",
        "alert_id": machine.json("/api/v1/alerts")["data"][0]["id"],
        "signal_id": machine.json("/api/v1/signals")["data"][0]["id"],
        "campaign_id": machine.json("/api/v1/campaigns")["data"][0]["id"],
        **make_webhook(machine.client.partner),
        "export_id": make_export(machine), "number": 1,
    }  # fmt: skip
    # What is taken away or stopped is not what the others are about.
    instead = {
        **{name: make_webhook(machine.client.partner) for name in ("deleteWebhook", "changeWebhook")},
        "cancelExport": {"export_id": make_export(machine)},
    }
    api = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    seen: Counter[tuple[str, int]] = Counter()
    turns, renewed_at = count(), time.monotonic()

    def check(case: Case[Any]) -> None:
        turn = next(turns)
        if turn % 2:
            if "Idempotency-Key" in (case.headers or {}):
                # Made by chance, it was used by another operation before.
                case.headers["Idempotency-Key"] = f"turn-{turn}"
            known = there | instead.get(str(case.operation.definition.raw["operationId"]), {})
            case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
            if "limit" in (case.query or {}):
                case.query = {name: value for name, value in case.query.items() if name not in ("cursor", "after")}
        nonlocal renewed_at
        if time.monotonic() - renewed_at > LIFE.total_seconds() / 2:
            machine.token, renewed_at = "", time.monotonic()
        response = case.call(headers={"Authorization": machine.bearer()})
        case.validate_response(response, checks=CHECKS)
        seen[str(case.operation.definition.raw["operationId"]), response.status_code] += 1

    for found in api.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        for mode in GenerationMode:
            strategy = operation.as_strategy(generation_mode=mode)
            run = settings(
                max_examples=cases, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )(given(case=strategy)(check))  # fmt: skip
            try:
                run()
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE, "an operation without parameters cannot be asked wrongly"
    return seen
