"""What the tests of exports share: orders, files as they were made, a partner's program and member."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.partners.models import PartnerInsurer
from accounts.people.models import InsuredPerson
from reimbursements.partner_api import tasks
from reimbursements.partner_api.exports import making
from reimbursements.partner_api.exports.models import PartnerExport
from tests.partners.machine import Machine, machine_of
from tests.partners.test_resources import make_member

EXPORTS = "/api/v1/exports"


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    return tmp_path


@pytest.fixture
def machine(partner: PartnerInsurer) -> Machine:
    return machine_of(partner)


@pytest.fixture
def member(partner: PartnerInsurer) -> InsuredPerson:
    return make_member(partner)


def ordered(machine: Machine, **body: object) -> Any:  # noqa: ANN401 (JSON)
    answer = machine.post(EXPORTS, body)
    assert answer.status_code == 202, answer.content
    return answer.json()


def made(machine: Machine, **body: object) -> Any:  # noqa: ANN401 (JSON)
    """An export that is ready, as it is told."""
    export = ordered(machine, **body)
    tasks.advance_exports()
    told = machine.json(f"{EXPORTS}/{export['id']}")
    assert told["state"] == "ready"
    return told


def body_of(answer: Any) -> bytes:  # noqa: ANN401 (Django's test answers)
    return b"".join(answer.streaming_content)


def lines_of(machine: Machine, told: Any) -> list[Any]:  # noqa: ANN401 (JSON)
    found = []
    for file in told["files"]:
        content = body_of(machine.get(file["url"]))
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["size"]
        rows = gzip.decompress(content).decode().splitlines()
        assert len(rows) == file["rows"]
        found += [json.loads(row) for row in rows]
    return found


def claimed() -> PartnerExport:
    export = making.claim()
    assert export is not None
    return export
