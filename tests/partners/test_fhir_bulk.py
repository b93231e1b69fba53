"""Files of FHIR's bulk data over HTTP: cut off and gone on with, known already, over, and what is to be taken away."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.operationoutcome import OperationOutcome

from accounts.access.models import AccessLog
from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import PartnerInsurer
from accounts.people.models import InsuredPerson
from reimbursements.partner_api import tasks
from reimbursements.partner_api.exports.models import PartnerExport
from reimbursements.partner_api.fhir.resources import BENEFIT
from reimbursements.partner_api.publishing import publish
from tests.partners.exports import body_of
from tests.partners.lines import load, make_line
from tests.partners.machine import Machine, machine_of
from tests.partners.rows import consent
from tests.partners.test_resources import known_as, make_member

ROOT = "/fhir/r4"
FHIR = "application/fhir+json"


@pytest.fixture
def machine(partner: PartnerInsurer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    return machine_of(partner)


@pytest.fixture
def member(partner: PartnerInsurer) -> InsuredPerson:
    return make_member(partner)


def kicked_off(machine: Machine, path: str = "$export", **parameters: str) -> str:
    """Where its status is."""
    listed = [
        {"name": name, "valueInstant" if name == "_since" else "valueString": value}
        for name, value in parameters.items()
    ]
    body = {"resourceType": "Parameters", "parameter": listed} if listed else {}
    headers = {"authorization": machine.bearer(), "prefer": "respond-async", "accept": FHIR}
    answer = Client().post(f"{ROOT}/{path}", json.dumps(body), content_type=FHIR, headers=headers)
    assert answer.status_code == 202, answer.content
    return str(answer["Content-Location"])


def exported(machine: Machine, path: str = "$export", **parameters: str) -> Any:  # noqa: ANN401 (JSON)
    status = kicked_off(machine, path, **parameters)
    tasks.advance_exports()
    return machine.json(status)


@pytest.fixture
def url(machine: Machine, member: InsuredPerson) -> str:
    load(*(make_line(member) for _ in range(30)))
    publish()
    return str(exported(machine, _type=BENEFIT)["output"][0]["url"])


class TestFile:
    def test_that_was_cut_off_is_gone_on_with(self, machine: Machine, url: str) -> None:
        gzip = {"accept-encoding": "gzip"}
        whole = machine.get(url, **gzip)
        content = body_of(whole)
        assert (whole["Accept-Ranges"], whole["Content-Length"]) == ("bytes", str(len(content)))
        rest = machine.get(url, range="bytes=20-", **{"if-range": whole["ETag"]}, **gzip)
        assert (rest.status_code, body_of(rest)) == (206, content[20:])
        assert rest["Content-Range"] == f"bytes 20-{len(content) - 1}/{len(content)}"
        other = machine.get(url, range="bytes=20-", **{"if-range": '"other"'}, **gzip)
        assert (other.status_code, body_of(other)) == (200, content)
        past = machine.get(url, range=f"bytes={len(content)}-", **gzip)
        assert past.status_code == 416
        OperationOutcome.model_validate(past.json())

    def test_that_is_known_is_not_sent_again(self, machine: Machine, url: str) -> None:
        packed, plain = machine.get(url, **{"accept-encoding": "gzip"}), machine.get(url)
        assert packed["ETag"] != plain["ETag"], "other bytes"
        for coding, known in (("gzip", packed), ("identity", plain)):
            headers = {"accept-encoding": coding, "if-none-match": known["ETag"]}
            again = machine.get(url, **headers)
            assert (again.status_code, again["ETag"]) == (304, known["ETag"])
        asked = {"accept-encoding": "identity", "if-none-match": packed["ETag"]}
        assert machine.get(url, **asked).status_code == 200

    def test_looked_at_first_shows_nothing(self, machine: Machine, url: str) -> None:
        before = AccessLog.objects.count()
        head = Client().head(url, headers={"authorization": machine.bearer(), "accept-encoding": "gzip"})
        assert (head.status_code, head.content) == (200, b"")
        assert int(head["Content-Length"]) > 20
        assert AccessLog.objects.count() == before


def test_an_export_whose_time_is_over_is_gone(machine: Machine, member: InsuredPerson) -> None:
    status = kicked_off(machine)
    tasks.advance_exports()
    PartnerExport.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    for _ in range(2):
        answer = machine.get(status)
        assert answer.status_code == 410
        OperationOutcome.model_validate(answer.json())
        tasks.forget_exports()


@pytest.mark.parametrize("path", ["$export", "Patient/$export"])
def test_the_manifest_names_what_was_asked(machine: Machine, member: InsuredPerson, path: str) -> None:
    assert exported(machine, path)["request"] == f"http://testserver{ROOT}/{path}"


class TestRemovals:
    def deletions(self, machine: Machine, **parameters: str) -> list[list[str]]:
        """The addresses that each bundle deletes."""
        manifest = exported(machine, **parameters)
        found = []
        for file in manifest["deleted"]:
            rows = body_of(machine.get(file["url"])).decode().splitlines()
            assert len(rows) == file["count"]
            for row in map(json.loads, rows):
                Bundle.model_validate(row)
                assert {entry["request"]["method"] for entry in row["entry"]} == {"DELETE"}
                found.append([entry["request"]["url"] for entry in row["entry"]])
        return found

    def test_are_of_those_who_left_since(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        back, still = make_member(partner, member_no="B-2"), make_member(partner, member_no="C-3")
        consent(still, partner, (ConsentPurpose.PAYMENTS, ConsentPurpose.ALERTS))
        load(*(make_line(person) for person in (member, back, still)))
        publish()
        since = timezone.now().isoformat()
        consent(member, partner, ())
        consent(back, partner, ())
        consent(still, partner, (ConsentPurpose.ALERTS,))
        publish()
        consent(back, partner, (ConsentPurpose.PAYMENTS,))
        publish()
        gone, kept = f"Patient/{known_as(member)}", f"Patient/{known_as(still)}"
        lines = [f"{BENEFIT}?patient={name}" for name in (gone, kept)]
        assert sorted(self.deletions(machine, _since=since)) == sorted([[lines[0], gone], [lines[1]]])
        assert self.deletions(machine, _since=since, _type="Patient") == [[gone]]
        assert self.deletions(machine, _since=timezone.now().isoformat()) == []
        assert self.deletions(machine) == [], "who begins has nothing to take away"
