"""What a policyholder gives for the minors under their number, and how it ends on the day they come of age."""

import datetime as dt
from collections.abc import Collection

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.my_information.accesses import accesses_page
from accounts.partners.consents import (
    ConsentError,
    choices_about_minors,
    choices_about_partners,
    choose_consents,
    choose_for_minor,
)
from accounts.partners.enums import ConsentPurpose
from accounts.partners.minors import NO_LONGER_UNDER, OF_AGE, end_moved, end_overdue
from accounts.partners.models import MemberConsent, PartnerInsurer, PartnerMember
from accounts.people.models import InsuredPerson
from ameli_notify.core.walls import as_insured, as_partner
from fraud.partner_api.models import PartnerAlert
from fraud.partner_api.publishing import publish_alerts
from reimbursements.partner_api.publishing import follow_memberships, publish
from reimbursements.partner_api.schema import CHANGE, FEED_LINE
from tests.accounts.insured import confirmed
from tests.core.test_roles import run
from tests.my_space.messages import text_of
from tests.partners.alerts import make_public_report
from tests.partners.lines import have_months, load, make_line
from tests.partners.machine import Machine, machine_of
from tests.partners.rows import consent, join
from tests.reimbursements.payments.rows import make_child, make_person

INFORMATION = "/mon-espace/informations/"
CONSENTS = f"{INFORMATION}organisme-complementaire/"
CHANGES = "/api/v1/changes"
BOTH = (ConsentPurpose.PAYMENTS, ConsentPurpose.ALERTS)


def born(years: int, *, days: int = 0) -> dt.date:
    """Whoever turns so many years in so many days: today when there are none."""
    day = timezone.localdate() + dt.timedelta(days=days)
    return dt.date(day.year - years, day.month, min(day.day, 28))


def give(child: InsuredPerson, partner: PartnerInsurer, purposes: Collection[ConsentPurpose] = BOTH) -> int:
    """By the policyholder, as the page does."""
    holder = child.policyholder
    assert holder is not None
    by = str(holder.public_id)
    return choose_for_minor(child.pk, partner.pk, set(purposes), guardian_id=holder.pk, by=by)


def come_of_age(child: InsuredPerson) -> None:
    """As if the birthday had come; nothing has run since."""
    InsuredPerson.objects.filter(pk=child.pk).update(born_on=born(18))
    MemberConsent.objects.filter(insured=child).update(ends_on=timezone.localdate())


def lines_in_bulk(partner: PartnerInsurer) -> object:
    """As many as an export would hold."""
    with as_partner(partner.pk):
        return run(f"SELECT count(*) FROM {FEED_LINE}")[0][0]


@pytest.fixture
def child(me: InsuredPerson, partner: PartnerInsurer) -> InsuredPerson:
    """Anne, nine years old, covered by the partner like her parent."""
    person = make_child(me, "Anne", born=born(9))
    join(person, partner, member_no="A-2")
    return person


@pytest.fixture
def machine(partner: PartnerInsurer) -> Machine:
    have_months()
    return machine_of(partner)


def kinds(partner: PartnerInsurer) -> list[str]:
    """Of the partner's feed, straight from the database, behind its wall."""
    with as_partner(partner.pk):
        return [str(kind) for (kind,) in run(f"SELECT kind FROM {CHANGE} ORDER BY position")]


class TestPage:
    def answers(self, partner: PartnerInsurer, child: InsuredPerson, **answers: str) -> dict[str, str]:
        given = {"payments": "non", "alerts": "non"} | answers
        return {f"{purpose}-{partner.code}-{child.public_id}": answer for purpose, answer in given.items()}

    def test_gives_and_withdraws_for_a_child(
        self, browser: Client, me: InsuredPerson, partner: PartnerInsurer, child: InsuredPerson
    ) -> None:
        confirmed(browser)
        page = text_of(browser, CONSENTS)
        assert "Pour Anne : acceptez-vous que Mutuelle d’essai voie ses remboursements ?" in page
        assert "autorité parentale" in page
        assert "appels" not in page, "nobody calls a minor, and the parent is no member"
        assert browser.post(CONSENTS, self.answers(partner, child, payments="oui")).status_code == 302
        row = MemberConsent.objects.get()
        assert (row.insured_id, row.guardian_id, row.purpose) == (child.pk, me.pk, "payments")
        assert (row.given_by, row.ends_on) == (str(me.public_id), born(-9))
        assert "Pour Anne : ses remboursements" in text_of(browser, INFORMATION)
        browser.post(CONSENTS, self.answers(partner, child))
        row.refresh_from_db()
        assert row.withdrawn_by == str(me.public_id)
        assert MemberConsent.objects.count() == 1, "kept"

    def test_reads_no_answer_about_what_the_minor_has_refused_meanwhile(
        self, browser: Client, me: InsuredPerson, partner: PartnerInsurer, child: InsuredPerson
    ) -> None:
        InsuredPerson.objects.filter(pk=child.pk).update(born_on=born(17))
        confirmed(browser)
        give(child, partner)
        choose_consents(child.pk, partner.pk, set(), by=str(child.public_id))
        assert browser.post(CONSENTS, self.answers(partner, child, payments="oui")).status_code == 302
        assert not MemberConsent.objects.open().exists()

    def test_asks_nothing_about_grown_dependants_nor_of_a_minor(
        self, me: InsuredPerson, partner: PartnerInsurer, child: InsuredPerson
    ) -> None:
        make_child(child, "Poupée", born=born(1))
        for years, is_asked in ((18, False), (17, True)):
            InsuredPerson.objects.filter(pk=child.pk).update(born_on=born(years))
            with as_insured(me.pk):
                assert bool(choices_about_minors(me.pk)) is is_asked
        with as_insured(child.pk):
            assert choices_about_minors(child.pk) == choices_about_partners(child.pk) == []

    def test_shows_what_partners_read_of_the_child(
        self, me: InsuredPerson, partner: PartnerInsurer, child: InsuredPerson, machine: Machine
    ) -> None:
        give(child, partner)
        load(make_line(child, under=me))
        publish()
        machine.json(CHANGES)
        with as_insured(me.pk):
            (shown,) = accesses_page(me.pk).rows
        assert shown.what_fr == "Consultation : les remboursements, pour Anne"
        come_of_age(child)
        with as_insured(me.pk):
            assert accesses_page(me.pk).rows == ()
        with as_insured(child.pk):
            (shown,) = accesses_page(child.pk).rows
        assert shown.what_fr == "Consultation : vos remboursements"


class TestWhoMayGive:
    @pytest.mark.parametrize("years", [18, 40])
    def test_nobody_for_an_adult(self, partner: PartnerInsurer, child: InsuredPerson, years: int) -> None:
        InsuredPerson.objects.filter(pk=child.pk).update(born_on=born(years))
        with pytest.raises(ConsentError):
            give(child, partner)

    def test_until_the_day_before_the_birthday(self, partner: PartnerInsurer, child: InsuredPerson) -> None:
        InsuredPerson.objects.filter(pk=child.pk).update(born_on=timezone.localdate() - dt.timedelta(days=6570))
        assert give(child, partner) == 2

    @pytest.mark.parametrize(
        "declared",
        [
            pytest.param("{}0000", id="in the year of the eighteenth birthday"),
            pytest.param("{}3542", id="of another calendar"),
            pytest.param("00000000", id="without a year"),
        ],
    )
    def test_a_birthday_in_no_calendar_counts_from_the_beginning_of_its_year(
        self, partner: PartnerInsurer, child: InsuredPerson, declared: str
    ) -> None:
        text = declared.format(timezone.localdate().year - 18)
        InsuredPerson.objects.filter(pk=child.pk).update(born_on=None, birth_date_text=text)
        with pytest.raises(ConsentError):
            give(child, partner)
        later = f"{timezone.localdate().year - 17}0000"
        InsuredPerson.objects.filter(pk=child.pk).update(birth_date_text=later)
        assert give(child, partner) == 2
        assert set(MemberConsent.objects.values_list("ends_on", flat=True)) == {
            dt.date(timezone.localdate().year + 1, 1, 1)
        }

    def test_not_for_somebody_elses_child_nor_calls_nor_another_partner(
        self, me: InsuredPerson, partner: PartnerInsurer, child: InsuredPerson
    ) -> None:
        theirs = make_child(make_person("Ailleurs"))
        join(theirs, partner)
        elsewhere = make_child(me, "Sans mutuelle")
        wrong = ((theirs, BOTH), (child, [ConsentPurpose.CAMPAIGNS]), (elsewhere, BOTH))
        for person, purposes in wrong:
            with pytest.raises(ConsentError):
                choose_for_minor(person.pk, partner.pk, set(purposes), guardian_id=me.pk, by="essai")
        assert MemberConsent.objects.count() == 0

    def test_not_again_what_the_minor_of_sixteen_withdrew(self, partner: PartnerInsurer, child: InsuredPerson) -> None:
        InsuredPerson.objects.filter(pk=child.pk).update(born_on=born(16))
        give(child, partner)
        with as_insured(child.pk):
            (seen,) = choices_about_partners(child.pk)
        assert (set(seen.purposes), seen.may_give) == (set(BOTH), False)
        choose_consents(child.pk, partner.pk, {ConsentPurpose.ALERTS}, by=str(child.public_id))
        with pytest.raises(ConsentError):
            give(child, partner)
        assert child.policyholder_id is not None
        with as_insured(child.policyholder_id):
            (asked,) = choices_about_minors(child.policyholder_id)
        assert asked.asked == (ConsentPurpose.ALERTS,)

    def test_again_what_somebody_withdrew_for_a_younger_one(
        self, partner: PartnerInsurer, child: InsuredPerson
    ) -> None:
        give(child, partner)
        choose_consents(child.pk, partner.pk, set(), by=str(child.public_id))
        assert give(child, partner) == 2

    def test_rows_hold_it(self, me: InsuredPerson, partner: PartnerInsurer, child: InsuredPerson) -> None:
        right = {
            "insured": child, "partner": partner, "purpose": "payments", "given_at": timezone.now(),
            "given_by": "essai", "guardian": me, "ends_on": born(-9),
        }  # fmt: skip
        for wrong in ({"guardian": None}, {"ends_on": None}, {"guardian": child}, {"purpose": "campaigns"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                MemberConsent.objects.create(**right | wrong)
        MemberConsent.objects.create(**right)


class TestFeed:
    def test_tells_the_childs_lines_and_neither_the_parents_nor_secret_ones(
        self, me: InsuredPerson, partner: PartnerInsurer, child: InsuredPerson, machine: Machine
    ) -> None:
        join(me, partner)
        before = load(make_line(child, under=me), make_line(child, under=me, is_confidential=True))
        give(child, partner)
        publish()
        load(make_line(child, under=me), make_line(me))
        publish()
        told = machine.json(CHANGES)["data"]
        assert [one["type"] for one in told] == ["member.joined", "reimbursement", "reimbursement"]
        assert {one["member_id"] for one in told} == {str(PartnerMember.objects.get().public_id)}
        assert len(before) == 2

    def test_shows_nothing_from_the_birthday_on_and_then_says_leave(
        self, me: InsuredPerson, partner: PartnerInsurer, child: InsuredPerson, machine: Machine
    ) -> None:
        give(child, partner)
        load(make_line(child, under=me))
        publish()
        assert (kinds(partner), lines_in_bulk(partner)) == (["J", "R"], 1)
        come_of_age(child)
        assert (kinds(partner), lines_in_bulk(partner)) == ([], 0)
        assert machine.json("/api/v1/members")["data"] == []
        publish()
        assert kinds(partner) == ["L"]
        assert set(MemberConsent.objects.values_list("withdrawn_by", flat=True)) == {OF_AGE}

    def test_goes_on_with_the_consent_of_whoever_has_come_of_age(
        self, browser: Client, me: InsuredPerson, partner: PartnerInsurer, child: InsuredPerson, machine: Machine
    ) -> None:
        give(child, partner)
        load(make_line(child, under=me))
        publish()
        come_of_age(child)
        with as_insured(child.pk):
            (asked,) = choices_about_partners(child.pk)
        assert (asked.may_give, asked.purposes, len(asked.ended)) == (True, frozenset(), 2)
        consent(child, partner)  # before the publisher came by
        publish()
        assert kinds(partner) == ["L", "J", "R"]
        assert MemberConsent.objects.open().get().guardian_id is None

    def test_says_leave_where_the_child_is_under_somebody_else(
        self, me: InsuredPerson, partner: PartnerInsurer, child: InsuredPerson, machine: Machine
    ) -> None:
        give(child, partner)
        publish()
        InsuredPerson.objects.filter(pk=child.pk).update(policyholder=make_person("Autre parent"))
        follow_memberships()
        publish()
        assert kinds(partner) == ["L"]
        assert set(MemberConsent.objects.values_list("withdrawn_by", flat=True)) == {NO_LONGER_UNDER}

    def test_follows_a_corrected_birth_date(self, partner: PartnerInsurer, child: InsuredPerson) -> None:
        give(child, partner)
        InsuredPerson.objects.filter(pk=child.pk).update(born_on=born(12))
        assert end_moved() == 0
        assert set(MemberConsent.objects.values_list("ends_on", flat=True)) == {born(-6)}
        InsuredPerson.objects.filter(pk=child.pk).update(born_on=born(20))
        assert (end_moved(), end_moved(), end_overdue()) == (2, 0, 0)


class TestAlerts:
    def test_about_a_child_are_told_where_the_parent_reports_and_end_at_once(
        self, me: InsuredPerson, partner: PartnerInsurer, child: InsuredPerson
    ) -> None:
        give(child, partner)
        make_public_report(me, beneficiary_id=child.pk)
        publish_alerts()
        alert = PartnerAlert.objects.get()
        assert (alert.insured_id, alert.source, alert.has_amount) == (child.pk, "report", True)
        come_of_age(child)
        with as_partner(partner.pk):
            assert not PartnerAlert.objects.values_list("pk").exists()
        publish_alerts()
        alert.refresh_from_db()
        assert alert.status == "removed"
        consent(child, partner, BOTH)
        publish_alerts()
        alert.refresh_from_db()
        assert alert.status == "removed", "somebody else's report is told once a case holds the payment"
