"""The pages of a partner are read by their indexes, whatever the size of the tables and of the others' feeds."""

import re
from uuid import uuid4

import pytest

from accounts.partners.models import PartnerInsurer, PartnerMember
from ameli_notify.core.sql import fetch_all, run
from ameli_notify.core.walls import as_partner
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.partner_api import reading
from reimbursements.partner_api.publishing import publish
from reimbursements.partner_api.schema import CHANGE
from tests.partners.lines import PAID, load, make_line
from tests.partners.test_resources import make_member

PERIOD = {"first": PAID, "last": PAID, "day": "0001-01-01", "line": 0, "limit": 101}


@pytest.fixture
def member_id(partner: PartnerInsurer) -> int:
    person = make_member(partner)
    load(*(make_line(person) for _ in range(20)))
    publish()
    return person.pk


def plan_of(statement: str, values: dict[str, object], partner: PartnerInsurer) -> str:
    """As the partner, where a sequential scan costs too much to be chosen: what the tables' size decides elsewhere."""
    run("SET LOCAL enable_seqscan = off")
    run("SET LOCAL enable_bitmapscan = off")
    with as_partner(partner.pk):
        return "\n".join(line for (line,) in fetch_all(f"EXPLAIN {statement}", values))


def test_a_page_of_the_feed(partner: PartnerInsurer, member_id: int) -> None:
    plan = plan_of(reading._CHANGES, {"partner": partner.pk, "after": 0, "limit": 101}, partner)
    assert re.search(rf"Index Scan using {CHANGE}_pkey on {CHANGE} x", plan), plan
    assert "Sort Key: x.position" not in plan, "the order is the index's"
    assert re.search(rf"Index Scan using {LINE}_\w+_pkey on {LINE}_\w+", plan), plan
    assert f"Seq Scan on {LINE}" not in plan
    assert "hashed" not in plan, "no page costs more because the partner has more members"


def test_a_page_of_a_period(partner: PartnerInsurer, member_id: int) -> None:
    plan = plan_of(reading._BY_PERIOD, {"partner": partner.pk, **PERIOD}, partner)
    assert re.search(rf"Index Scan using change_by_day on {CHANGE} x", plan), plan
    assert f"Seq Scan on {LINE}" not in plan


def test_a_page_of_members(partner: PartnerInsurer, member_id: int) -> None:
    members = (
        PartnerMember.objects.filter(partner_id=partner.pk, pk__gt=0).order_by("pk").values_list("public_id")[:101]
    )
    run("SET LOCAL enable_seqscan = off")
    with as_partner(partner.pk):
        plan = members.explain()
    assert "hashed" not in plan, "no page costs more because the partner has more members"


def test_a_page_of_a_member_has_an_index_for_each_arm(partner: PartnerInsurer, member_id: int) -> None:
    plan = plan_of(reading._MEMBERS_LINES, {"person": member_id, "member": uuid4(), **PERIOD}, partner)
    assert re.search(rf"Index Scan using {LINE}_\w+_pkey", plan), plan
    assert re.search(rf"Index Scan using {LINE}_\w+_beneficiary_id_payment_date_idx", plan), plan
    assert f"Seq Scan on {LINE}" not in plan
