"""What was shared by two people is read by that mutual alone, for a time, and each reading is an event of the case."""

import datetime as dt

import pytest

from accounts.access.models import AccessLog
from accounts.partners.models import PartnerInsurer
from fraud.cases.deciding import reopen
from fraud.cases.disclosure_models import SharedSignal
from fraud.cases.models import CaseEvent
from fraud.cases.sharing import revoke
from fraud.partner_api.schema import SIGNAL
from reimbursements.partner_api.records import instant
from reimbursements.reference.models import NatureReference
from tests.core.test_roles import refused, run
from tests.fraud.cases.rows import RPPS
from tests.fraud.retention.test_forgetting import as_the_owner
from tests.partners.machine import Machine, machine_of
from tests.partners.rows import make_partner
from tests.partners.signals import make_signal
from tests.partners.test_walls import as_sql

PATH = "/api/v1/signals"


@pytest.fixture
def machine(partner: PartnerInsurer) -> Machine:
    return machine_of(partner)


@pytest.fixture
def signal(partner: PartnerInsurer) -> SharedSignal:
    return make_signal(partner)


def readings() -> int:
    return CaseEvent.objects.filter(kind="read").count()


def test_nothing_is_shared_by_itself(machine: Machine) -> None:
    assert machine.json(PATH) == {"data": [], "next_cursor": None}
    assert readings() == 0


def test_it_says_who_billed_and_which_families_of_care(machine: Machine, signal: SharedSignal) -> None:
    NatureReference.objects.create(
        code=1110, family="consultation", label="x", plain_label="x", valid_from=dt.date(2020, 1, 1), source="essai"
    )
    (told,) = machine.json(PATH)["data"]
    assert told == {
        "id": str(signal.public_id), "rpps": str(RPPS), "finess": None, "act_families": ["consultation"],
        "care_from": "2026-03-16", "care_to": "2026-03-16", "outcome": "fault",
        "shared_at": instant(SharedSignal.objects.get().shared_at), "expires_at": instant(signal.expires_at),
    }  # fmt: skip
    assert machine.json(f"{PATH}/{told['id']}") == told


def test_each_reading_is_noted_and_one_that_shows_nothing_is_not(machine: Machine, signal: SharedSignal) -> None:
    first = machine.get(PATH)
    assert readings() == 1
    assert machine.get(PATH, **{"if-none-match": first["ETag"]}).status_code == 304
    assert readings() == 1
    machine.json(f"{PATH}/{signal.public_id}")
    assert readings() == 2
    event = CaseEvent.objects.filter(kind="read").latest("pk")
    assert (event.case_id, event.after) == (signal.case_id, {"signal": signal.pk, "partner": signal.partner_id})
    assert not AccessLog.objects.filter(actor_role="partner").exists(), "nobody insured is in it"


def test_another_mutual_learns_nothing_of_it(signal: SharedSignal) -> None:
    stranger = machine_of(make_partner("99000002"))
    assert stranger.json(PATH)["data"] == []
    assert stranger.get(f"{PATH}/{signal.public_id}").status_code == 404
    assert readings() == 0


@pytest.mark.parametrize("end", ["revoked", "expired", "reopened"])
def test_it_ends_for_http_and_for_sql(
    machine: Machine, signal: SharedSignal, partner: PartnerInsurer, end: str
) -> None:
    with as_sql(partner.pk):
        assert run(f"SELECT id FROM {SIGNAL}") == [(signal.pk,)]
        refused("SELECT id FROM fraud_fraudcase")
        refused(f"SELECT shared_by_id FROM {SIGNAL}")
    if end == "revoked":
        revoke(signal.pk, by=signal.shared_by)
    elif end == "reopened":
        reopen(signal.case_id, by=signal.approval.approved_by)
    else:
        expire()
    assert machine.json(PATH)["data"] == []
    assert machine.get(f"{PATH}/{signal.public_id}").status_code == 404
    with as_sql(partner.pk):
        assert run(f"SELECT id FROM {SIGNAL}") == []


def test_they_come_page_by_page(machine: Machine, partner: PartnerInsurer) -> None:
    made = [str(make_signal(partner).public_id) for _ in range(3)]
    first = machine.json(PATH, {"limit": 2})
    second = machine.json(PATH, {"limit": 2, "cursor": first["next_cursor"]})
    assert [one["id"] for one in (*first["data"], *second["data"])] == made
    assert second["next_cursor"] is None


def expire() -> None:
    """As the owner of the table: the application may not move the end of a signal."""
    year = "interval '1 year'"
    with as_the_owner():
        run(f"UPDATE {SIGNAL} SET shared_at = shared_at - {year}, expires_at = expires_at - {year}")
