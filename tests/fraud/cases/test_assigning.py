"""Who takes a case: claims, rules, load, absence; two at once."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.assigning import AbsentError, LoadError, apply_rules, assign, claim, load_of, simulate
from fraud.cases.enums import CaseStatus
from fraud.cases.events import CaseError
from fraud.cases.models import CaseAssignment, CaseEvent, FraudCase
from fraud.cases.reminding import remind
from fraud.cases.staffing_models import AssignmentRule, CaseNotice, Workload
from fraud.staffing.models import Absence
from tests.fraud.cases.rows import CaseMaker
from tests.staff import make_staff


def test_a_case_is_claimed_once(new_case: CaseMaker, investigator: User, supervisor: User) -> None:
    case = new_case()
    claim(case.pk, by=investigator)
    with pytest.raises(CaseError, match="déjà attribué"):
        claim(case.pk, by=supervisor)
    assign(case.pk, to=supervisor, by=supervisor)
    assert CaseAssignment.objects.get(case=case, ended_at=None).investigator == supervisor
    moved = CaseEvent.objects.filter(case=case, kind="assigned").order_by("-pk")[0]
    assert (moved.before, moved.after) == ({"investigator": investigator.pk}, {"investigator": supervisor.pk})


def test_nobody_is_given_too_much_or_while_away(new_case: CaseMaker, investigator: User, supervisor: User) -> None:
    first, second = new_case(), new_case()
    Workload.objects.create(investigator=investigator, most_cases=1)
    assign(first.pk, to=investigator, by=supervisor)
    assert CaseNotice.objects.get().recipient == investigator
    with pytest.raises(LoadError, match="1 dossiers"):
        assign(second.pk, to=investigator, by=supervisor)
    today = timezone.localdate()
    Absence.objects.create(investigator=supervisor, starts_on=today, ends_on=today)
    with pytest.raises(AbsentError):
        assign(second.pk, to=supervisor, by=supervisor)
    with pytest.raises(CaseError, match="n’instruit pas"):
        assign(second.pk, to=make_staff("conseil", role=Role.ADVISER), by=supervisor)


def test_rules_are_tried_in_their_order_and_the_simulator_writes_nothing(
    new_case: CaseMaker, investigator: User, supervisor: User
) -> None:
    grave, dear, small = new_case(severity=3), new_case(severity=1, amount="900.00"), new_case(severity=1)
    Workload.objects.create(investigator=investigator, most_cases=1)
    Workload.objects.create(investigator=supervisor, most_cases=5)
    AssignmentRule.objects.create(position=1, investigator=investigator, least_severity=3, is_active=True)
    AssignmentRule.objects.create(
        position=2, investigator=supervisor, least_amount=Decimal(500), fund_code="01C751000", is_active=True
    )
    AssignmentRule.objects.create(position=3, investigator=supervisor, fund_code="01C991000", is_active=True)
    AssignmentRule.objects.create(position=4, investigator=supervisor, is_active=False)
    told = {choice.case.pk: choice.investigator for choice in simulate()}
    assert told == {grave.pk: investigator, dear.pk: supervisor, small.pk: None}
    assert not CaseAssignment.objects.exists()
    assert apply_rules() == 2
    assert (load_of(investigator.pk), load_of(supervisor.pk)) == (1, 1)
    new_case(severity=3)
    assert [choice.investigator for choice in simulate()] == [None, None]  # the load is full
    assert list(FraudCase.objects.to_triage().values_list("status", flat=True)) == [CaseStatus.NEW] * 2


def test_whoever_is_away_is_passed_over(new_case: CaseMaker, investigator: User) -> None:
    new_case()
    today = timezone.localdate()
    Workload.objects.create(investigator=investigator, most_cases=5)
    AssignmentRule.objects.create(position=1, investigator=investigator, is_active=True)
    away = Absence.objects.create(investigator=investigator, starts_on=today, ends_on=today)
    assert apply_rules() == 0
    away.delete()
    assert apply_rules() == 1


def test_reminders_are_told_once_a_day(held_case: FraudCase, investigator: User, supervisor: User) -> None:
    with time_machine.travel(dt.datetime.combine(held_case.due_on, dt.time(9), tzinfo=dt.UTC), tick=False):
        remind()
        remind()
    assert [(notice.kind, notice.recipient) for notice in CaseNotice.objects.all()] == [("due-soon", investigator)]
    late = held_case.due_on + dt.timedelta(days=1)
    with time_machine.travel(dt.datetime.combine(late, dt.time(9), tzinfo=dt.UTC), tick=False):
        remind()
    told = CaseNotice.objects.filter(kind="overdue").values_list("recipient", flat=True)
    assert set(told) == {investigator.pk, supervisor.pk}


def test_prescription_is_seen_coming(held_case: FraudCase, investigator: User) -> None:
    FraudCase.objects.update(due_on=dt.date(2099, 1, 1))
    for day, kinds in ((dt.date(2028, 9, 1), set()), (dt.date(2028, 10, 1), {"prescription"})):
        with time_machine.travel(dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC), tick=False):
            remind()
        assert set(CaseNotice.objects.filter(recipient=investigator).values_list("kind", flat=True)) == kinds


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_once_one_gets_the_case(new_case: CaseMaker, investigator: User, supervisor: User) -> None:
    case, outcomes, start = new_case(), [], threading.Barrier(2)

    def take(user: User) -> None:
        start.wait()
        try:
            claim(case.pk, by=user)
            outcomes.append("taken")
        except CaseError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[user]) for user in (investigator, supervisor)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "taken"]
    assert CaseAssignment.objects.filter(ended_at=None).count() == 1
