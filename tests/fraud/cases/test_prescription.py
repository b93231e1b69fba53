"""When it is too late to claim back or to punish: kept by the database, said on the page, and told in good time."""

import datetime as dt

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.staff.models import User
from fraud.cases.approving import answer_approval, ask_approval
from fraud.cases.deciding import decide
from fraud.cases.decision_models import CaseParameter
from fraud.cases.enums import ApprovalSubject, CaseOutcome
from fraud.cases.merging import merge, unmerge
from fraud.cases.models import FraudCase
from fraud.cases.parameters import Figures
from fraud.cases.prescription import Prescription, Years, _stage_began, prescription_of, soon_prescribed, sound_alarms
from fraud.cases.prescription_models import CasePrescription
from fraud.cases.staffing_models import CaseNotice
from fraud.intake.models import ReportedLine
from tests.fraud.cases.rows import CARE_DAY, CaseMaker, hold
from tests.staff import client_of

OLD = dt.date(2023, 9, 3)


@pytest.fixture
def old_case(new_case: CaseMaker, investigator: User) -> FraudCase:
    """Held; paid on 3 September 2023, for care of 27 August."""
    case = new_case(payment_date=OLD, care_start=OLD - dt.timedelta(days=7))
    return hold(case, by=investigator)


def at(day: dt.date) -> time_machine.travel:
    return time_machine.travel(dt.datetime.combine(day, dt.time(10), tzinfo=dt.UTC), tick=False)


def soon(day: dt.date) -> set[int]:
    return set(soon_prescribed(FraudCase.objects.all(), today=day).values_list("pk", flat=True))


class TestEnds:
    def test_claiming_back_counts_from_the_payment_and_punishing_from_the_care(self, old_case: FraudCase) -> None:
        ends = prescription_of(old_case, figures=Figures(dt.date(2026, 2, 1)))
        assert ends is not None
        assert (ends.recovery_on, ends.facts_on) == (dt.date(2026, 9, 3), dt.date(2028, 8, 27))
        assert (ends.is_soon, ends.is_recovery_over) == (False, False)
        late = prescription_of(old_case, figures=Figures(dt.date(2026, 9, 4)))
        assert late is not None
        assert (late.is_soon, late.is_recovery_over, late.is_facts_over) == (True, True, False)

    def test_once_fraud_is_established_there_are_more_years(
        self, old_case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        asked = ask_approval(old_case.pk, subject=ApprovalSubject.FRAUD, by=investigator)
        answer_approval(asked.pk, is_granted=True, by=supervisor)
        decide(old_case.pk, outcome=CaseOutcome.FRAUD, by=investigator)
        old_case.refresh_from_db()
        ends = prescription_of(old_case, figures=Figures(dt.date(2026, 6, 1)))
        assert ends is not None
        assert ends.recovery_on == dt.date(2028, 9, 3)
        assert not ends.is_soon
        assert soon(dt.date(2026, 6, 1)) == set()
        assert soon(dt.date(2028, 2, 27)) == {old_case.pk}

    def test_a_year_more_in_the_dated_figures_is_a_year_more_here(self, old_case: FraudCase) -> None:
        CaseParameter.objects.filter(code="indu-years").update(value=4)
        ends = prescription_of(old_case, figures=Figures(dt.date(2026, 2, 1)))
        assert ends is not None
        assert ends.recovery_on == dt.date(2027, 9, 3)

    def test_the_queue_holds_those_of_which_an_end_comes_and_that_are_not_closed(
        self, old_case: FraudCase, new_case: CaseMaker
    ) -> None:
        new_case()
        assert soon(dt.date(2026, 3, 2)) == set()
        assert soon(dt.date(2026, 3, 3)) == {old_case.pk}
        assert soon(dt.date(2030, 1, 3)) >= {old_case.pk}


class TestKeptByTheDatabase:
    def test_it_follows_merges_and_their_undoing(self, new_case: CaseMaker, supervisor: User) -> None:
        recent, old = new_case(), new_case(payment_date=OLD)
        merge(old.pk, into=recent.pk, by=supervisor)
        assert not CasePrescription.objects.filter(case=old).exists()
        assert CasePrescription.objects.get(case=recent).oldest_payment_on == OLD
        unmerge(old.pk, by=supervisor)
        assert CasePrescription.objects.get(case=recent).oldest_payment_on == CARE_DAY
        assert CasePrescription.objects.get(case=old).oldest_payment_on == OLD

    def test_a_line_that_joins_a_report_counts(self, new_case: CaseMaker) -> None:
        case = new_case()
        line = ReportedLine.objects.get(report__case_links__case=case)
        line.pk, line.line_id, line.payment_date, line.care_start = None, 99, OLD, OLD
        line.save()
        assert CasePrescription.objects.get(case=case).oldest_care_on == OLD

    def test_the_application_cannot_write_it(self, old_case: FraudCase) -> None:
        for write in (
            lambda: CasePrescription.objects.update(oldest_payment_on=CARE_DAY),
            lambda: CasePrescription.objects.filter(case=old_case).delete(),
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                write()


class TestAlarms:
    def test_each_stage_is_told_once_to_whoever_holds_and_leads(
        self, old_case: FraudCase, investigator: User, supervisor: User
    ) -> None:
        told = []
        days = [
            dt.date(2026, month, day)
            for month, day in ((3, 2), (3, 3), (3, 4), (6, 4), (6, 5), (8, 3), (8, 4), (8, 27), (9, 3), (9, 20))
        ]
        for day in days:
            with at(day):
                told.append(sound_alarms(today=day))
                told.append(sound_alarms(today=day))
        assert told == [0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0]
        notices = CaseNotice.objects.filter(kind="prescription")
        assert set(notices.values_list("recipient_id", flat=True)) == {investigator.pk, supervisor.pk}

    def test_a_stage_that_was_missed_is_told_by_the_next_run(self, old_case: FraudCase) -> None:
        for day, told in ((dt.date(2026, 3, 20), 1), (dt.date(2026, 8, 10), 1), (dt.date(2026, 8, 11), 0)):
            with at(day):
                assert sound_alarms(today=day) == told

    @given(payment=st.dates(dt.date(2021, 1, 1), dt.date(2026, 1, 1)), day=st.dates(dt.date(2020, 1, 1)))
    def test_a_stage_has_always_begun_once_the_alarm_sounds(self, payment: dt.date, day: dt.date) -> None:
        years = Years(recovery=3, recovery_of_fraud=5, facts=0, alarm_months=6)
        end = payment.replace(year=payment.year + 3, day=min(payment.day, 28))
        ends = Prescription(recovery_on=end, facts_on=None, today=max(day, end - dt.timedelta(days=180)), is_soon=True)
        assert _stage_began(ends, years=years) <= ends.today


def test_the_page_says_until_when_and_that_it_is_soon(old_case: FraudCase, investigator: User) -> None:
    address = reverse("admin:fraud_fraudcase_change", args=[old_case.pk])
    with at(dt.date(2026, 2, 20)):
        shown = client_of(investigator).get(address).content.decode()
    assert "03/09/2026" in shown
    assert "27/08/2028" in shown
    assert "Prescription proche" not in shown
    with at(dt.date(2026, 6, 20)):
        assert "Prescription proche" in client_of(investigator).get(address).content.decode()


def test_the_inbox_can_be_narrowed_to_it(old_case: FraudCase, new_case: CaseMaker, investigator: User) -> None:
    recent = new_case()
    client, address = client_of(investigator), reverse("admin:fraud_fraudcase_changelist")

    def seen(**query: str) -> set[int]:
        return {case.pk for case in client.get(address, query).context["cl"].result_list}

    with at(dt.date(2026, 6, 20)):
        client = client_of(investigator)
        assert seen() == {old_case.pk, recent.pk}
        assert seen(prescription="proche") == {old_case.pk}
