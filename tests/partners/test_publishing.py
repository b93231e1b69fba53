"""The feed of a partner: every line that it may see, once, in positions that only grow; who joins, changes, leaves."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.partners.enums import ConsentPurpose
from accounts.partners.models import MemberConsent, PartnerInsurer
from accounts.people.models import InsuredPerson
from reimbursements.partner_api.models import ChangeKind, PartnerChange, PartnerEnrolment
from reimbursements.partner_api.publishing import Published, follow_memberships, publish, purge
from reimbursements.reference.models import NatureReference
from tests.partners.lines import PAID, have_months, load, make_line
from tests.partners.rows import START, consent, join, make_partner
from tests.reimbursements.payments.rows import make_child, make_person

SECRET_NATURE = 9990


def feed(partner: PartnerInsurer) -> list[tuple[str, int | None]]:
    """Kind and line of each row, in order."""
    rows = PartnerChange.objects.filter(partner_id=partner.pk).order_by("position")
    return [(str(kind), line) for kind, line in rows.values_list("kind", "line_id")]


def lines_told(partner: PartnerInsurer) -> list[int]:
    return [line for kind, line in feed(partner) if kind == ChangeKind.REIMBURSEMENT and line is not None]


@pytest.fixture
def member(partner: PartnerInsurer) -> InsuredPerson:
    have_months()
    person = make_person("Membre")
    join(person, partner)
    return person


class TestJoining:
    def test_brings_what_is_there_already(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        lines = load(make_line(member), make_line(member))
        publish()
        assert feed(partner) == []
        consent(member, partner)
        assert publish() == Published(joined=1, left=0, batches=0)
        assert feed(partner) == [("J", None), *(("R", line) for line in lines)]

    def test_of_a_batch_not_yet_published_waits_for_it(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        consent(member, partner)
        lines = load(make_line(member))
        assert publish() == Published(joined=1, left=0, batches=1)
        assert feed(partner) == [("J", None), ("R", lines[0])]
        assert publish() == Published(joined=0, left=0, batches=0)
        assert len(feed(partner)) == 2

    def test_needs_the_consent_to_payments(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        consent(member, partner, [ConsentPurpose.ALERTS, ConsentPurpose.CAMPAIGNS])
        load(make_line(member))
        publish()
        assert feed(partner) == []


class TestLines:
    def test_of_a_batch_come_in_its_order_and_cancellations_too(
        self, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        consent(member, partner)
        publish()
        first = load(make_line(member), make_line(member))
        second = load(make_line(member, operation="A", amount_paid="-21.00"))
        publish()
        assert lines_told(partner) == [*first, *second]

    def test_under_secrecy_are_never_told(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        NatureReference.objects.create(
            code=SECRET_NATURE, label="x", family="x", plain_label="x", is_confidential=True,
            valid_from=dt.date(2020, 1, 1), valid_to=dt.date(2021, 1, 1), source="essai",
        )  # fmt: skip
        consent(member, partner)
        told = load(
            make_line(member), make_line(member, is_confidential=True), make_line(member, nature_code=SECRET_NATURE)
        )
        publish()
        assert lines_told(partner) == told[:1]

    def test_of_care_outside_the_membership_are_never_told(
        self, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        consent(member, partner)
        told = load(
            make_line(member),
            make_line(member, care_start=START - dt.timedelta(days=1)),
            make_line(member, care_start=START),
        )
        publish()
        assert lines_told(partner) == [told[0], told[2]]

    def test_of_a_child_are_not_the_policyholders_to_give(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        consent(member, partner)
        load(make_line(make_child(member), under=member))
        publish()
        assert lines_told(partner) == []

    def test_of_a_grown_dependant_are_theirs_to_give(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        grown = make_child(member, "Adulte", born=dt.date(2000, 1, 1))
        join(grown, partner)
        before = load(make_line(grown, under=member))
        publish()
        consent(grown, partner)
        publish()
        after = load(make_line(grown, under=member), make_line(member))
        publish()
        assert lines_told(partner) == [*before, after[0]]

    def test_of_others_partners_members_are_theirs(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        other, person = make_partner("99000002"), make_person("Ailleurs")
        join(person, other)
        consent(member, partner)
        consent(person, other)
        mine, theirs = load(make_line(member), make_line(person))
        publish()
        assert (lines_told(partner), lines_told(other)) == ([mine], [theirs])

    def test_come_by_the_back_fill_of_the_next_partner_from_its_first_day(
        self, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        consent(member, partner)
        day = PAID - dt.timedelta(days=10)
        old, new = load(make_line(member, care_start=day - dt.timedelta(days=1)), make_line(member, care_start=day))
        publish()
        member.memberships.update(ends_on=day - dt.timedelta(days=1))
        other = make_partner("99000002")
        join(member, other, starts_on=day)
        consent(member, other)
        publish()
        follow_memberships()
        assert lines_told(partner) == [old], "its own period"
        assert lines_told(other) == [new]

    def test_can_stand_in_a_feed_but_once(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        consent(member, partner)
        load(make_line(member))
        publish()
        row = PartnerChange.objects.get(kind="R")
        row.position = None  # another row, the same line
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)


class TestLeaving:
    def test_takes_the_lines_away_and_says_so(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        consent(member, partner)
        load(make_line(member))
        publish()
        consent(member, partner, ())
        assert publish() == Published(joined=0, left=1, batches=0)
        assert feed(partner) == [("J", None), ("L", None)]
        load(make_line(member))
        publish()
        assert len(feed(partner)) == 2

    def test_and_coming_back_brings_everything_anew(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        consent(member, partner)
        lines = load(make_line(member))
        publish()
        consent(member, partner, ())
        consent(member, partner)
        publish()
        assert feed(partner) == [("J", None), ("L", None), ("J", None), ("R", lines[0])]
        assert PartnerEnrolment.objects.values("member_id").distinct().count() == 1

    def test_before_anybody_was_told_is_not_told(self, member: InsuredPerson, partner: PartnerInsurer) -> None:
        consent(member, partner)
        consent(member, partner, ())
        publish()
        assert feed(partner) == []
        assert MemberConsent.objects.count() == 1, "kept all the same"


class TestPeriods:
    def test_that_change_are_told_and_what_they_cover_comes(
        self, member: InsuredPerson, partner: PartnerInsurer
    ) -> None:
        early = START - dt.timedelta(days=30)
        consent(member, partner)
        inside, before = load(make_line(member), make_line(member, care_start=early))
        publish()
        assert follow_memberships() == 0
        member.memberships.update(starts_on=early)
        assert follow_memberships() == 1
        assert feed(partner) == [("J", None), ("R", inside), ("C", None), ("R", before)]
        member.memberships.update(starts_on=START)
        follow_memberships()
        assert lines_told(partner) == [inside]
        member.memberships.update(starts_on=early)
        follow_memberships()
        assert lines_told(partner) == [inside, before]


def test_rows_go_with_the_lines_that_retention_drops(member: InsuredPerson, partner: PartnerInsurer) -> None:
    consent(member, partner)
    load(make_line(member))
    publish()
    assert purge() == 0
    PartnerChange.objects.filter(kind="R").update(payment_date=dt.date(2020, 1, 1))
    assert purge() == 1
