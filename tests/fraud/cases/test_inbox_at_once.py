"""Several members of the staff at the same moment, each on a connection of their own: no case twice, no load beyond."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.cases.assigning import apply_rules, assign, claim, load_of
from fraud.cases.bulk import for_each
from fraud.cases.events import CaseError
from fraud.cases.models import CaseAssignment, FraudCase
from fraud.cases.saved_views import MOST_VIEWS, SavedViewError, save_view
from fraud.cases.staffing_models import AssignmentRule, Workload
from fraud.cases.view_models import SavedView
from tests.fraud.cases.rows import CaseMaker
from tests.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Each in a thread, started together: what each returned, or the refusal."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            gate.wait(timeout=10)
            return act()
        except (CaseError, SavedViewError) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def refusals(results: list[object]) -> int:
    return sum(isinstance(one, CaseError | SavedViewError) for one in results)


def open_holders() -> list[tuple[int, int]]:
    return list(CaseAssignment.objects.filter(ended_at=None).values_list("case_id", "investigator_id"))


def test_of_five_who_claim_a_case_one_has_it(new_case: CaseMaker) -> None:
    case, staff = new_case(), [make_staff(f"agent-{number}") for number in range(5)]
    results = at_once(*(lambda user=user: claim(case.pk, by=user) for user in staff))
    assert refusals(results) == 4
    assert len(open_holders()) == 1


def test_claiming_and_assigning_the_same_cases_do_not_wait_for_each_other(
    new_case: CaseMaker, investigator: User, supervisor: User
) -> None:
    """One takes by hand what the other gives away and the rules give too: no deadlock, one holder a case."""
    cases = [new_case() for _ in range(6)]
    Workload.objects.create(investigator=supervisor, most_cases=20)
    AssignmentRule.objects.create(position=1, investigator=supervisor, is_active=True)
    at_once(
        lambda: for_each(cases, lambda pk: claim(pk, by=investigator)),
        lambda: for_each(reversed(cases), lambda pk: assign(pk, to=supervisor, by=supervisor)),
        apply_rules,
    )
    assert len(open_holders()) == 6
    assert {case for case, _ in open_holders()} == {case.pk for case in cases}
    assert set(FraudCase.objects.values_list("status", flat=True)) == {"assigned"}


def test_two_who_fill_one_load_stop_at_its_end(new_case: CaseMaker, investigator: User, supervisor: User) -> None:
    cases = [new_case() for _ in range(6)]
    Workload.objects.create(investigator=investigator, most_cases=3)
    other = make_staff("autre-supervision", role=Role.SUPERVISOR)
    results = at_once(
        lambda: for_each(cases[:3], lambda pk: assign(pk, to=investigator, by=supervisor)),
        lambda: for_each(cases[3:], lambda pk: assign(pk, to=investigator, by=other)),
    )
    assert sum(one.done for one in results) == 3  # type: ignore[attr-defined]
    assert load_of(investigator.pk) == 3


def test_two_who_assign_one_case_leave_one_holder(new_case: CaseMaker, investigator: User, supervisor: User) -> None:
    case = new_case()
    results = at_once(
        lambda: assign(case.pk, to=investigator, by=supervisor), lambda: assign(case.pk, to=supervisor, by=investigator)
    )
    assert refusals(results) == 0  # the later one decides, and the first assignment is ended
    assert len(open_holders()) == 1
    assert CaseAssignment.objects.filter(case=case).count() == 2


def test_rules_that_run_twice_at_once_assign_once(new_case: CaseMaker, investigator: User) -> None:
    cases = [new_case() for _ in range(5)]
    Workload.objects.create(investigator=investigator, most_cases=4)
    AssignmentRule.objects.create(position=1, investigator=investigator, is_active=True)
    results = at_once(apply_rules, apply_rules)
    assert sum(int(str(one)) for one in results) == 4
    assert len(open_holders()) == 4
    assert len(cases) == 5


def test_two_windows_keep_no_more_views_than_one(investigator: User) -> None:
    query = {"vue": "en-retard"}
    for number in range(MOST_VIEWS - 1):
        save_view(f"Vue {number}", query=query, by=investigator)
    results = at_once(*(
        lambda name=name: save_view(name, query=query, by=investigator) for name in ("Une", "Deux", "Trois")
    ))  # fmt: skip
    assert refusals(results) == 2
    assert SavedView.objects.count() == MOST_VIEWS
