"""The states of a case: one table, which the services and the database both keep; and the clock."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.sql import fetch_value
from fraud.cases.asking import notice_answers, write_to_insured
from fraud.cases.assigning import claim, release
from fraud.cases.deciding import close, decide, reopen
from fraud.cases.enums import ENDED, NEXT, CaseOutcome, CaseStatus
from fraud.cases.events import CaseError
from fraud.cases.models import CaseEvent, FraudCase
from fraud.cases.moving import move_case, moved_deadline
from fraud.cases.staffing_models import CaseNotice
from fraud.intake.enums import ReportStatus
from fraud.intake.following import withdraw, write_message
from fraud.intake.models import FraudReport
from tests.fraud.cases.rows import CaseMaker, hold


def _force(case: FraudCase, status: CaseStatus) -> None:
    """The row as it stands in a state; the table of steps looks at changes of the state only."""
    now = timezone.now()
    FraudCase.objects.filter(pk=case.pk).update(
        status=status,
        outcome=CaseOutcome.ERROR if status in ENDED else "",
        decided_at=now if status in ENDED else None,
        closed_at=now if status == CaseStatus.CLOSED else None,
        clock_stopped_at=now if status == CaseStatus.WAITING_INSURED else None,
    )


def _way_to(status: CaseStatus) -> list[CaseStatus]:
    """The shortest way from new along the table."""
    ways = [[CaseStatus.NEW]]
    for way in ways:
        if way[-1] == status:
            return way[1:]
        ways += [[*way, after] for after in sorted(NEXT[way[-1]]) if after not in way]
    raise AssertionError(f"no way leads to {status}")


@pytest.mark.django_db
@pytest.mark.parametrize("start", CaseStatus)
def test_the_database_takes_the_steps_of_the_table_and_no_other(new_case: CaseMaker, start: CaseStatus) -> None:
    case = new_case()
    for status in _way_to(start):
        _force(case, status)
    for target in CaseStatus:
        if target == start:
            continue
        try:
            with transaction.atomic():
                _force(case, target)
                is_taken = True
                transaction.set_rollback(True)
        except IntegrityError:
            is_taken = False
        assert is_taken == (target in NEXT[start]), f"{start} -> {target}"


@pytest.mark.django_db
def test_a_case_goes_from_report_to_end_and_leaves_its_trail(new_case: CaseMaker, investigator: User) -> None:
    case = new_case()
    assert (case.status, case.fund_code, case.amount_at_stake) == ("new", "01C751000", Decimal("21.00"))
    assert case.number == f"{case.year}-{case.rank:06d}"
    hold(case, by=investigator)
    assert FraudReport.objects.get().status == ReportStatus.IN_REVIEW
    move_case(case.pk, to=CaseStatus.CONTRADICTORY, by=investigator)
    decide(case.pk, outcome=CaseOutcome.ERROR, by=investigator)
    close(case.pk, by=investigator)
    report = FraudReport.objects.get()
    assert (report.status, report.closing_reason) == ("closed", "corrected")
    moved = CaseEvent.objects.filter(case=case, kind="moved").order_by("pk").values_list("after__status", flat=True)
    assert list(moved) == ["assigned", "investigating", "contradictory", "decided", "closed"]
    reopened = reopen(case.pk, by=investigator)
    assert (reopened.status, reopened.outcome, FraudReport.objects.get().status) == ("investigating", "", "in-review")


@pytest.mark.django_db
def test_states_that_come_with_an_act_are_not_chosen(held_case: FraudCase, investigator: User) -> None:
    for status in set(CaseStatus) - {CaseStatus.INVESTIGATING, CaseStatus.CONTRADICTORY}:
        with pytest.raises(CaseError):
            move_case(held_case.pk, to=status, by=investigator)
    decide(held_case.pk, outcome=CaseOutcome.COMPLIANT, by=investigator)
    with pytest.raises(CaseError, match="rouvrez-le"):
        move_case(held_case.pk, to=CaseStatus.INVESTIGATING, by=investigator)


@pytest.mark.django_db
def test_a_case_is_put_back_into_the_queue(held_case: FraudCase, investigator: User) -> None:
    assert release(held_case.pk, by=investigator).status == CaseStatus.NEW
    claim(held_case.pk, by=investigator)


@pytest.mark.django_db
def test_severity_gives_the_deadline_in_working_days(new_case: CaseMaker) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC), tick=False):
        # Ten, thirty and sixty working days after a Friday; Christmas and New Year's Day are not worked.
        due = [new_case(severity=severity).due_on for severity in (3, 2, 1)]
    assert due == [dt.date(2026, 12, 4), dt.date(2027, 1, 5), dt.date(2027, 2, 16)]


@pytest.mark.django_db
def test_the_clock_stands_while_the_person_is_asked(held_case: FraudCase, investigator: User) -> None:
    report = FraudReport.objects.get()
    due = held_case.due_on
    asked = timezone.now()
    write_to_insured(held_case.pk, report_id=report.pk, text="Quel jour ?", is_question=True, by=investigator)
    assert FraudCase.objects.get().status == CaseStatus.WAITING_INSURED
    assert FraudCase.objects.overdue(today=due + dt.timedelta(days=90)).count() == 0
    assert notice_answers() == 0
    answered = asked + dt.timedelta(days=21)
    with time_machine.travel(answered, tick=False):
        write_message(report.pk, text="Le 3 mars.", by=None)
        assert notice_answers() == 1
    case = FraudCase.objects.get()
    assert (case.status, case.clock_stopped_at) == (CaseStatus.INVESTIGATING, None)
    assert case.due_on == moved_deadline(due, stopped_at=asked, now=answered) > due
    assert CaseNotice.objects.get(kind="answered").recipient == investigator


@pytest.mark.django_db
def test_a_withdrawn_report_ends_the_wait(held_case: FraudCase, investigator: User) -> None:
    report = FraudReport.objects.get()
    write_to_insured(held_case.pk, report_id=report.pk, text="Quel jour ?", is_question=True, by=investigator)
    withdraw(report.pk, insured_id=report.insured_id)
    assert notice_answers() == 1
    with pytest.raises(CaseError, match="terminé"):
        write_to_insured(held_case.pk, report_id=report.pk, text="Encore ?", is_question=True, by=investigator)


@pytest.mark.django_db
def test_every_row_of_a_case_that_must_stay_stays(held_case: FraudCase) -> None:
    tables = (
        "caseamount", "casestep", "caseevent", "caseline", "caseapproval", "caseopening", "casereport", "casemerge",
        "caseassignment", "casenote", "fraudcase", "legalbasis",
    )  # fmt: skip
    for table in tables:
        assert not fetch_value("SELECT has_table_privilege('ameli_app', %s, 'DELETE')", [f"fraud_{table}"]), table
    for table in ("caseamount", "casestep", "caseevent", "caseline"):
        assert not fetch_value("SELECT has_any_column_privilege('ameli_app', %s, 'UPDATE')", [f"fraud_{table}"]), table
    asked_by = fetch_value("SELECT has_column_privilege('ameli_app', 'fraud_caseapproval', 'asked_by_id', 'UPDATE')")
    assert asked_by is False
