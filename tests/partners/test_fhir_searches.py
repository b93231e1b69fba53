"""FHIR searches by POST, of which no address holds anything, and the list of a partner's bulk exports."""

import datetime as dt
import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.task import Task

from accounts.access.models import AccessLog
from accounts.partners.enums import Scope
from accounts.partners.models import PartnerInsurer
from accounts.people.models import InsuredPerson
from reimbursements.partner_api import tasks
from reimbursements.partner_api.exports.models import PartnerExport
from reimbursements.partner_api.publishing import publish
from tests.partners.exports import ordered
from tests.partners.lines import load, make_line
from tests.partners.machine import FORM, Machine, machine_of
from tests.partners.rows import make_partner
from tests.partners.test_fhir_bulk import kicked_off
from tests.partners.test_resources import known_as, make_member

ROOT: Final = "/fhir/r4"
BENEFITS: Final = f"{ROOT}/ExplanationOfBenefit"
PATIENTS: Final = f"{ROOT}/Patient"
JOBS: Final = f"{ROOT}/jobs"
FHIR: Final = "application/fhir+json"


@pytest.fixture
def machine(partner: PartnerInsurer) -> Machine:
    return machine_of(partner)


@pytest.fixture
def member(partner: PartnerInsurer) -> InsuredPerson:
    """With three lines, beside somebody with one."""
    person, other = make_member(partner), make_member(partner, member_no="B-2")
    load(*(make_line(each) for each in (person, other, person, person)))
    publish()
    return person


def post(machine: Machine, path: str, form: Any, **headers: str) -> Any:  # noqa: ANN401 (Django's test answers)
    """``form``: a mapping, or the body as it is."""
    given = {"authorization": machine.bearer(), "accept": FHIR, **headers}
    body = form if isinstance(form, str) else urlencode(form, doseq=True)
    return Client().post(f"{path}/_search", body, content_type=FORM, headers=given)


def ids(bundle: Any) -> list[str]:  # noqa: ANN401 (JSON)
    Bundle.model_validate(bundle)
    return [entry["resource"]["id"] for entry in bundle.get("entry", [])]


def next_of(bundle: Any) -> str:  # noqa: ANN401 (JSON)
    return next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")


class TestPosted:
    @pytest.mark.parametrize(
        ("path", "form", "number"),
        [
            (BENEFITS, {}, 4),
            (BENEFITS, {"patient": "me"}, 3),
            (BENEFITS, {"service-date": ["ge2026-01-01", "lt2027-01-01"], "_count": "2"}, 2),
            (PATIENTS, {}, 2),
            (PATIENTS, {"identifier": "urn:ameli-notify:member-number|B-2"}, 1),
            (PATIENTS, {"_id": "me", "_format": "json"}, 1),
        ],
        ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
    )
    def test_finds_what_get_finds(
        self, machine: Machine, member: InsuredPerson, path: str, form: dict[str, Any], number: int
    ) -> None:
        form = {name: known_as(member) if value == "me" else value for name, value in form.items()}
        answer = post(machine, path, form)
        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, FHIR, "no-store")
        assert "ETag" not in answer
        found = answer.json()
        assert len(ids(found)) == number
        assert found.get("entry") == machine.json(path, form).get("entry")
        assert "RateLimit" in answer

    def test_goes_on_page_by_page_and_no_address_tells_what_was_asked(
        self, machine: Machine, member: InsuredPerson
    ) -> None:
        today = timezone.now().replace(microsecond=123456)
        form = {
            "patient": f"Patient/{known_as(member)}",
            "service-date": ["ge2020-01-01", "lt2030-01-01"],
            "_lastUpdated": [
                f"ge{today - dt.timedelta(days=9):%Y-%m-%dT%H:%M:%S.%f}+00:00",
                f"le{today + dt.timedelta(days=9):%Y-%m-%dT%H:%M:%S.%f}+00:00",
            ],
            "_count": "1",
            "_format": "application/fhir+json",
        }
        page, seen, addresses = post(machine, BENEFITS, form).json(), [], []
        while True:
            seen += ids(page)
            addresses += [link["url"] for link in page["link"]]
            if not next_of(page):
                break
            page = machine.json(next_of(page))
        assert len(seen) == len(set(seen)) == 3
        assert addresses[0] == f"http://testserver{BENEFITS}/_search"
        for address in addresses:
            assert not any(part in address for part in (known_as(member), "2030", "patient", "_count")), address

    def test_by_a_member_s_number_is_told_by_no_address(self, machine: Machine, partner: PartnerInsurer) -> None:
        for _ in range(2):
            make_member(partner, member_no="SECRET-7")
        page = post(machine, PATIENTS, {"identifier": "SECRET-7", "_count": 1}).json()
        following = machine.json(next_of(page))
        assert ids(page) != ids(following) != []
        assert all("SECRET" not in link["url"] for each in (page, following) for link in each["link"])

    def test_page_is_of_one_list_and_of_one_partner(self, machine: Machine, member: InsuredPerson) -> None:
        following = next_of(post(machine, BENEFITS, {"patient": known_as(member), "_count": 1}).json())
        query = urlsplit(following).query
        stranger = machine_of(make_partner("99000002"))
        for asker, path in ((stranger, BENEFITS), (machine, PATIENTS)):
            assert code_of(asker.get(f"{path}?{query}"), 400) == "invalid-cursor"
        assert code_of(machine.get(f"{following}&_count=2"), 400) == "invalid-parameter"
        assert code_of(machine.get(f"{BENEFITS}?_page=x"), 400) == "invalid-cursor"
        assert machine.get(f"{following}&_format=json").status_code == 200

    @pytest.mark.parametrize(
        ("form", "code"),
        [
            ({"colour": "red"}, "unknown-parameter"),
            ({"_count": "0"}, "invalid-parameter"),
            ({"_count": ["1", "2"]}, "repeated-parameter"),
            ({"service-date": "2026-13"}, "invalid-parameter"),
            ({"_cursor": "x"}, "invalid-cursor"),
            ({"patient": "\0"}, "invalid-parameter"),
            ("patient=" + "x" * 70_000, "invalid-request"),
            ("&".join(f"a{number}=1" for number in range(1_100)), "invalid-request"),
        ],
        ids=["unknown", "count", "repeated", "date", "cursor", "null", "long", "many"],
    )
    def test_is_read_as_strictly(self, machine: Machine, form: Any, code: str) -> None:  # noqa: ANN401
        assert code_of(post(machine, BENEFITS, form), 400) == code

    def test_takes_a_form_and_nothing_beside_it(self, machine: Machine) -> None:
        headers = {"authorization": machine.bearer()}
        search = f"{PATIENTS}/_search"
        refused = Client().post(search, json.dumps({"_count": 1}), content_type="application/json", headers=headers)
        assert code_of(refused, 415) == "unsupported-media-type"
        assert Client().generic("POST", search, headers=headers).status_code == 200, "no form is an empty one"
        beside = Client().post(f"{search}?identifier=A-1", "", content_type=FORM, headers=headers)
        assert code_of(beside, 400) == "invalid-request"
        assert code_of(machine.get(search), 405) == "method-not-allowed"
        assert code_of(Client().post(PATIENTS, "", content_type=FORM, headers=headers), 405) == "method-not-allowed"

    def test_shows_nothing_to_others(self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer) -> None:
        assert Client().post(f"{BENEFITS}/_search", "", content_type=FORM).status_code == 401
        poor = machine_of(partner, scopes=[Scope.EXPORT])
        for path in (BENEFITS, PATIENTS):
            assert code_of(post(poor, path, {}), 403) == "insufficient-scope"
        stranger = machine_of(make_partner("99000002"))
        assert ids(post(stranger, BENEFITS, {"patient": known_as(member)}).json()) == []
        assert ids(post(stranger, PATIENTS, {"_id": known_as(member)}).json()) == []

    def test_is_logged_for_the_person(self, machine: Machine, member: InsuredPerson) -> None:
        post(machine, BENEFITS, {"patient": known_as(member)})
        assert list(AccessLog.objects.values_list("insured_id", "object_kind")) == [
            (member.pk, "reimbursements.reimbursementline")
        ]

    def test_is_named_in_the_capabilities(self, db: None) -> None:
        (server,) = Client().get(f"{ROOT}/metadata").json()["rest"]
        for resource in server["resource"]:
            (search,) = (one for one in resource["interaction"] if one["code"] == "search-type")
            assert f"POST of the same as a form to {resource['type']}/_search" in search["documentation"]
        assert "jobs" in server["documentation"]


def code_of(answer: Any, status: int) -> str:  # noqa: ANN401 (Django's test answers)
    assert (answer.status_code, answer["Content-Type"]) == (status, FHIR), answer.content
    OperationOutcome.model_validate(answer.json())
    return str(answer.json()["issue"][0]["details"]["coding"][0]["code"])


class TestJobs:
    @pytest.fixture(autouse=True)
    def _var(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "VAR_DIR", tmp_path)

    def tasks(self, machine: Machine, **query: object) -> list[Any]:
        found = machine.json(JOBS, query)
        Bundle.model_validate(found)
        told = [entry["resource"] for entry in found.get("entry", [])]
        for one in told:
            Task.model_validate(one)
        return told

    def outputs(self, task: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
        return {
            one["type"]["text"]: next(value for name, value in one.items() if name != "type") for one in task["output"]
        }

    def states(self, *states: str, partner: PartnerInsurer, machine: Machine) -> list[PartnerExport]:
        """Exports in these states, the last one the newest."""
        now = timezone.now()
        return [
            PartnerExport.objects.create(
                partner=partner, client=machine.client, shape="fhir", has_members=True, until_position=9, state=state,
                ordered_at=now, ended_at=None if state in ("queued", "running") else now,
                expires_at=now + dt.timedelta(hours=1) if state in ("ready", "expired") else None,
            )
            for state in states
        ]  # fmt: skip

    def test_follow_an_export_from_its_order_to_its_end(self, machine: Machine, member: InsuredPerson) -> None:
        status = kicked_off(machine)
        (waiting,) = self.tasks(machine)
        assert (waiting["status"], waiting["businessStatus"]["coding"][0]["code"]) == ("requested", "queued")
        assert self.outputs(waiting) == {"status": status, "progress-percent": 0}
        assert waiting["input"][0]["valueString"] == "Patient,ExplanationOfBenefit"
        assert "end" not in waiting["executionPeriod"]
        tasks.advance_exports()
        (ready,) = self.tasks(machine)
        assert (ready["id"], ready["status"]) == (waiting["id"], "completed")
        assert self.outputs(ready).keys() == {"status", "expires"}
        assert machine.get(self.outputs(ready)["status"]).status_code == 200
        PartnerExport.objects.update(expires_at=timezone.now())
        (over,) = self.tasks(machine)
        assert (over["status"], over["businessStatus"]["coding"][0]["code"]) == ("completed", "expired")
        assert self.outputs(over).keys() == {"status"}

    def test_are_chosen_by_status(self, machine: Machine, partner: PartnerInsurer) -> None:
        self.states("ready", "expired", "failed", "cancelled", "running", partner=partner, machine=machine)
        for status, number in (
            ("completed", 2), ("failed", 1), ("cancelled", 1), ("in-progress", 1), ("requested", 0), ("draft", 0),
            ("completed,failed", 3), ("http://hl7.org/fhir/task-status|failed", 1),
        ):  # fmt: skip
            assert len(self.tasks(machine, status=status)) == number, status
        for wrong in ("ready-made", "", "completed,", "urn:other|failed"):
            assert code_of(machine.get(JOBS, {"status": wrong}), 400) == "invalid-parameter", wrong
        assert code_of(machine.get(JOBS, {"patient": "x"}), 400) == "unknown-parameter"
        cancelled = self.tasks(machine, status="cancelled")[0]
        assert "output" not in cancelled, "its status is no longer there"

    def test_come_page_by_page_the_newest_first(self, machine: Machine, partner: PartnerInsurer) -> None:
        made = self.states(*["failed"] * 5, partner=partner, machine=machine)
        page, seen = machine.json(JOBS, {"_count": 2, "status": "failed"}), []
        while True:
            seen += ids(page)
            if not next_of(page):
                break
            page = machine.json(next_of(page))
        assert seen == [str(one.public_id) for one in reversed(made)]
        following = next_of(machine.json(JOBS, {"_count": 2, "status": "failed"}))
        assert code_of(machine.get(following.replace("status=failed", "status=completed")), 400) == "invalid-cursor"

    def test_cost_the_same_for_many(self, machine: Machine, partner: PartnerInsurer) -> None:
        self.states("failed", partner=partner, machine=machine)
        machine.bearer()
        with CaptureQueriesContext(connection) as one:
            self.tasks(machine)
        self.states(*["failed"] * 9, partner=partner, machine=machine)
        with CaptureQueriesContext(connection) as many:
            assert len(self.tasks(machine)) == 10
        assert len(one) == len(many)

    def test_are_the_partners_own_whichever_program_asks(self, machine: Machine, partner: PartnerInsurer) -> None:
        self.states("failed", partner=partner, machine=machine)
        ordered(machine)
        assert len(self.tasks(machine_of(partner, scopes=[Scope.EXPORT]))) == 1, "the other one is no FHIR export"
        assert self.tasks(machine_of(make_partner("99000002"))) == []
        assert code_of(machine_of(partner, scopes=[Scope.MEMBERS_READ]).get(JOBS), 403) == "insufficient-scope"
        assert Client().get(JOBS).status_code == 401

    def test_that_are_known_are_not_sent_again(self, machine: Machine, partner: PartnerInsurer) -> None:
        self.states("failed", partner=partner, machine=machine)
        answer = machine.get(JOBS)
        assert answer["Content-Type"] == FHIR
        assert machine.get(JOBS, **{"if-none-match": answer["ETag"]}).status_code == 304
