"""What a partner reads over HTTP: its members, their reimbursements, and what changed; nobody else's, and logged."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from accounts.access.models import AccessLog
from accounts.my_information.accesses import accesses_page
from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import PartnerInsurer, PartnerMember
from accounts.people.models import InsuredPerson
from ameli_notify.core.walls import as_insured
from reimbursements.partner_api.publishing import publish
from reimbursements.reference.models import HealthFund, NatureReference
from tests.partners.lines import FUND, PAID, have_months, load, make_line
from tests.partners.machine import Machine, machine_of
from tests.partners.rows import START, consent, join, make_partner
from tests.reimbursements.payments.rows import make_person

ROOT = "/api/v1/"
MEMBERS = f"{ROOT}members"
CHANGES = f"{ROOT}changes"
LINES = f"{ROOT}reimbursements"
OCTOBER = {"payment_date_from": "2026-10-01", "payment_date_to": "2026-10-31"}


@pytest.fixture
def machine(partner: PartnerInsurer) -> Machine:
    return machine_of(partner)


@pytest.fixture
def member(partner: PartnerInsurer) -> InsuredPerson:
    return make_member(partner)


def make_member(partner: PartnerInsurer, *, member_no: str = "A-1", purposes: object = None) -> InsuredPerson:
    have_months()
    person = make_person("Membre")
    join(person, partner, member_no=member_no)
    consent(person, partner, purposes or [ConsentPurpose.PAYMENTS])  # type: ignore[arg-type]
    return person


def known_as(person: InsuredPerson) -> str:
    return str(PartnerMember.objects.get(insured=person).public_id)


class TestMembers:
    def test_are_told_with_memberships_and_consents(self, machine: Machine, member: InsuredPerson) -> None:
        (told,) = machine.json(MEMBERS)["data"]
        assert told["id"] == known_as(member)
        assert told["memberships"] == [{"member_no": "A-1", "starts_on": START.isoformat(), "ends_on": None}]
        (given,) = told["consents"]
        assert given["purpose"] == "payments"
        assert given["given_at"].endswith("Z")
        assert machine.json(f"{MEMBERS}/{told['id']}") == told
        assert set(told) == {"id", "memberships", "consents"}, "no name, no birth date, no NIR"

    def test_are_found_by_their_number(self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer) -> None:
        other = make_member(partner, member_no="B-2")
        assert [one["id"] for one in machine.json(MEMBERS, {"member_no": "B-2"})["data"]] == [known_as(other)]
        assert machine.json(MEMBERS, {"member_no": "B"})["data"] == []

    def test_come_page_by_page_each_once(self, machine: Machine, partner: PartnerInsurer) -> None:
        everybody = {known_as(make_member(partner, member_no=f"N-{number}")) for number in range(5)}
        seen: list[str] = []
        query: dict[str, object] = {"limit": 2}
        while True:
            page = machine.json(MEMBERS, query)
            seen += [one["id"] for one in page["data"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
        assert len(seen) == len(set(seen)) == 5
        assert set(seen) == everybody

    def test_of_others_are_not_there(self, machine: Machine, member: InsuredPerson) -> None:
        elsewhere = make_member(make_partner("99000002"))
        assert [one["id"] for one in machine.json(MEMBERS)["data"]] == [known_as(member)]
        for path in (f"{MEMBERS}/{known_as(elsewhere)}", f"{MEMBERS}/{known_as(elsewhere)}/reimbursements"):
            answer = machine.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert machine.get(f"{MEMBERS}/{uuid.uuid4()}").status_code == 404
        assert machine.get(f"{MEMBERS}/x").status_code == 404

    def test_keep_their_identifier_and_share_it_with_nobody(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        before = known_as(member)
        consent(member, partner, ())
        assert machine.json(MEMBERS)["data"] == []
        consent(member, partner)
        assert machine.json(MEMBERS)["data"][0]["id"] == before
        other = make_partner("99000002")
        member.memberships.update(ends_on=PAID)
        join(member, other, starts_on=PAID)
        consent(member, other)
        assert machine_of(other).json(MEMBERS)["data"][0]["id"] != before


class TestReimbursements:
    def test_tell_amounts_and_a_family_never_the_act(self, machine: Machine, member: InsuredPerson) -> None:
        NatureReference.objects.create(
            code=1110, family="consultation", label="x", plain_label="x", valid_from=dt.date(2020, 1, 1), source="essai"
        )
        load(make_line(member, amc_amount=Decimal("9.00")))
        publish()
        (told,) = machine.json(LINES, OCTOBER)["data"]
        told.pop("statement_no")
        assert told.pop("member_id") == known_as(member)
        assert len(told.pop("id")) == 48
        assert told == {
            "fund_code": FUND, "line_no": 1, "operation": "created", "kind": "act", "act_family": "consultation",
            "care_start": "2026-10-12", "care_end": None, "payment_date": "2026-10-19", "payee": "member",
            "remuneration_type": 0, "amount_charged": "30.00", "base_amount": "30.00", "rate_pct": "70.00",
            "amount_paid": "21.00", "excess_amount": "0.00", "partner_amount": "9.00", "is_sent_to_partner": False,
        }  # fmt: skip

    def test_are_the_same_in_every_list_and_alone(self, machine: Machine, member: InsuredPerson) -> None:
        load(make_line(member), make_line(member, operation="A", amount_paid="-21.00"))
        publish()
        by_period = machine.json(LINES, OCTOBER)["data"]
        assert by_period == machine.json(f"{MEMBERS}/{known_as(member)}/reimbursements")["data"]
        assert by_period == [row["reimbursement"] for row in machine.json(CHANGES)["data"] if "reimbursement" in row]
        assert [machine.json(f"{LINES}/{one['id']}") for one in by_period] == by_period
        assert [one["operation"] for one in by_period] == ["created", "cancelled"]

    def test_come_page_by_page_each_once(self, machine: Machine, member: InsuredPerson) -> None:
        days = [PAID - dt.timedelta(days=number % 3) for number in range(7)]
        have_months(*days)
        load(*(make_line(member, payment_date=day, care_start=START) for day in days))
        publish()
        for path, query in ((LINES, OCTOBER), (f"{MEMBERS}/{known_as(member)}/reimbursements", {})):
            seen: list[tuple[str, str]] = []
            asked: dict[str, object] = {**query, "limit": 3}
            while True:
                page = machine.json(path, asked)
                seen += [(one["payment_date"], one["id"]) for one in page["data"]]
                if page["next_cursor"] is None:
                    break
                asked["cursor"] = page["next_cursor"]
            assert len(set(seen)) == len(seen) == 7
            assert [day for day, _ in seen] == sorted(day.isoformat() for day in days)

    def test_are_kept_to_the_days_asked_for(self, machine: Machine, member: InsuredPerson) -> None:
        load(make_line(member))
        publish()
        path = f"{MEMBERS}/{known_as(member)}/reimbursements"
        for wrong in ({"payment_date_to": "2026-10-18"}, {"payment_date_from": "2026-10-20"}):
            assert machine.json(path, wrong)["data"] == []
        assert (
            len(machine.json(path, {"payment_date_from": "2026-10-19", "payment_date_to": "2026-10-19"})["data"]) == 1
        )

    def test_need_the_consent_to_payments(self, machine: Machine, partner: PartnerInsurer) -> None:
        person = make_member(partner, purposes=[ConsentPurpose.ALERTS])
        load(make_line(person))
        publish()
        assert len(machine.json(MEMBERS)["data"]) == 1
        assert machine.get(f"{MEMBERS}/{known_as(person)}/reimbursements").status_code == 404
        assert machine.json(LINES, OCTOBER)["data"] == []

    def test_of_another_partner_cannot_be_read_by_their_identifier(
        self, machine: Machine, member: InsuredPerson
    ) -> None:
        load(make_line(member))
        publish()
        (told,) = machine.json(LINES, OCTOBER)["data"]
        stranger = machine_of(make_partner("99000002"))
        for identifier in (told["id"], told["id"][:-1] + ("A" if told["id"][-1] != "A" else "B"), "A" * 48):
            assert stranger.get(f"{LINES}/{identifier}").status_code == 404
        assert machine.get(f"{LINES}/{told['id'][::-1]}").status_code == 404


class TestChanges:
    def test_are_followed_from_page_to_page_and_from_day_to_day(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        load(*(make_line(member) for _ in range(5)))
        publish()
        page = machine.json(CHANGES, {"limit": 4})
        assert [row["type"] for row in page["data"]] == ["member.joined"] + ["reimbursement"] * 3
        assert page["has_more"]
        page = machine.json(CHANGES, {"limit": 4, "after": page["next_after"]})
        assert len(page["data"]) == 2
        assert not page["has_more"]
        place = page["next_after"]
        quiet = machine.json(CHANGES, {"after": place})
        assert quiet == {"data": [], "next_after": place, "has_more": False}
        consent(member, partner, ())
        publish()
        (left,) = machine.json(CHANGES, {"after": place})["data"]
        assert (left["type"], left["member_id"]) == ("member.left", known_as(member))
        assert [row["type"] for row in machine.json(CHANGES)["data"]] == ["member.left"], "whatever was told before"

    def test_before_anything_was_published_have_a_place_too(self, machine: Machine) -> None:
        place = machine.json(CHANGES)["next_after"]
        assert machine.json(CHANGES, {"after": place})["data"] == []

    def test_leave_out_what_may_no_longer_be_seen_and_go_on(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        load(make_line(member, care_start=START), make_line(member))
        publish()
        member.memberships.update(starts_on=START + dt.timedelta(days=1))  # not yet followed by the publisher
        page = machine.json(CHANGES, {"limit": 2})
        assert [row["type"] for row in page["data"]] == ["member.joined"]
        assert page["has_more"]
        (row,) = machine.json(CHANGES, {"after": page["next_after"]})["data"]
        assert row["reimbursement"]["care_start"] == "2026-10-12"


class TestStatus:
    def test_tells_how_fresh_each_fund_is(self, machine: Machine, member: InsuredPerson) -> None:
        HealthFund.objects.create(code=FUND, name="CPAM de Paris", department="75", valid_from=START, source="essai")
        load(make_line(member))
        publish()
        (fund,) = machine.json(f"{ROOT}status")["funds"]
        assert (fund["fund_code"], fund["fund_name"]) == (FUND, "CPAM de Paris")
        assert fund["last_flow_date"] == "2026-10-19"
        assert fund["last_published_at"] >= fund["last_loaded_at"]


class TestAccessLog:
    def test_has_a_row_a_person_and_the_person_reads_it(
        self, machine: Machine, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        load(make_line(member), make_line(member))
        publish()
        machine.json(CHANGES)
        (row,) = AccessLog.objects.all()
        assert (row.actor_role, row.actor_id, row.insured_id) == ("partner", partner.pk, member.pk)
        with as_insured(member.pk):
            (shown,) = accesses_page(member.pk).rows
        assert shown.who_fr == "Votre organisme complémentaire"
        assert shown.what_fr == "Consultation : vos remboursements"
        machine.json(MEMBERS)
        with as_insured(member.pk):
            shown = accesses_page(member.pk).rows[0]
        assert shown.what_fr == "Consultation : votre adhésion et vos accords"

    def test_has_nothing_of_what_was_not_shown(self, machine: Machine, member: InsuredPerson) -> None:
        etag = machine.get(MEMBERS)["ETag"]
        assert AccessLog.objects.count() == 1
        assert machine.get(MEMBERS, **{"if-none-match": etag}).status_code == 304
        assert machine.get(f"{MEMBERS}/{uuid.uuid4()}").status_code == 404
        machine.json(f"{ROOT}status")
        assert AccessLog.objects.count() == 1


@pytest.mark.parametrize("number", [1, 12])
def test_queries_do_not_grow_with_the_rows(
    machine: Machine, member: InsuredPerson, number: int, django_assert_max_num_queries: object
) -> None:
    load(*(make_line(member) for _ in range(number)))
    publish()
    machine.json(MEMBERS)
    for path, query, most in ((CHANGES, {}, 12), (LINES, OCTOBER, 12), (MEMBERS, {}, 13)):
        with django_assert_max_num_queries(most):  # type: ignore[operator]
            machine.json(path, query)
