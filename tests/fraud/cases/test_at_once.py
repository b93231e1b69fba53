"""Two people at the same moment, each in a connection of their own: one case, one answer, one place for a report."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Final

import pytest
from django.db import IntegrityError, connection, connections
from django.utils import timezone

from accounts.staff.models import User
from accounts.staff.roles import Role
from ameli_notify.core.sql import fetch_value
from fraud.cases.approving import answer_approval, ask_approval
from fraud.cases.assigning import claim
from fraud.cases.deciding import decide
from fraud.cases.decision_models import CaseAmount, CaseApproval
from fraud.cases.enums import AmountKind, ApprovalSubject, CaseOutcome
from fraud.cases.events import CaseError
from fraud.cases.ledger import correct_amount, record_amount, totals_of
from fraud.cases.merging import merge, unmerge
from fraud.cases.models import CaseAssignment, CaseMerge, CaseReport, FraudCase
from fraud.cases.splitting import split_case
from fraud.intake.models import FraudReport
from tests.fraud.cases.rows import CaseMaker
from tests.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)

DONE: Final = "done"
ROUNDS: Final = 5
"""A race is run again and again: once may miss the moment."""


def at_once(*works: Callable[[], object]) -> list[str]:
    """Each in a thread and a connection of its own, started together; « done », or the kind of refusal."""
    gate = Barrier(len(works))

    def run(work: Callable[[], object]) -> str:
        try:
            connection.ensure_connection()
            gate.wait(timeout=20)
            work()
        except (CaseError, IntegrityError) as error:
            return type(error).__name__
        else:
            return DONE
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.fixture
def people(transactional_db: None) -> list[User]:
    """Four supervisors, each of whom may do everything."""
    return [make_staff(f"supervision-{number}", role=Role.SUPERVISOR) for number in range(4)]


def test_a_case_is_claimed_by_one_of_four(new_case: CaseMaker, people: list[User]) -> None:
    for _ in range(ROUNDS):
        case = new_case()
        told = at_once(*(partial(claim, case.pk, by=one) for one in people))
        assert Counter(told) == {DONE: 1, "CaseError": 3}
        assert CaseAssignment.objects.filter(case=case, ended_at=None).count() == 1


def test_two_cases_merged_into_each_other_merge_once(new_case: CaseMaker, people: list[User]) -> None:
    for _ in range(ROUNDS):
        one, other = new_case(), new_case()
        told = at_once(
            partial(merge, one.pk, into=other.pk, by=people[0]),
            partial(merge, other.pk, into=one.pk, by=people[1]),
        )
        assert sorted(told) == ["CaseError", DONE]
        assert CaseMerge.objects.filter(source__in=[one, other], undone_at=None).count() == 1
        _assert_each_report_has_one_case()


def test_a_chain_of_merges_at_once_is_one_level_deep(new_case: CaseMaker, people: list[User]) -> None:
    for _ in range(ROUNDS):
        first, second, third = new_case(), new_case(), new_case()
        at_once(
            partial(merge, first.pk, into=second.pk, by=people[0]),
            partial(merge, second.pk, into=third.pk, by=people[1]),
            partial(merge, third.pk, into=first.pk, by=people[2]),
        )
        merged = FraudCase.objects.filter(merged_into__isnull=False)
        assert not merged.filter(merged_into__merged_into__isnull=False).exists()
        _assert_each_report_has_one_case()


def test_a_case_is_merged_or_decided(new_case: CaseMaker, people: list[User]) -> None:
    for _ in range(ROUNDS):
        source, target = new_case(), new_case()
        told = at_once(
            partial(merge, source.pk, into=target.pk, by=people[0]),
            partial(decide, source.pk, outcome=CaseOutcome.ERROR, by=people[1]),
        )
        assert sorted(told) == ["CaseError", DONE]
        source.refresh_from_db()
        assert (source.merged_into_id is None) == (source.outcome == CaseOutcome.ERROR)


def test_a_merge_is_undone_once(new_case: CaseMaker, people: list[User]) -> None:
    source, target = new_case(), new_case()
    merge(source.pk, into=target.pk, by=people[0])
    told = at_once(*(partial(unmerge, source.pk, by=one) for one in people))
    assert Counter(told) == {DONE: 1, "CaseError": 3}
    _assert_each_report_has_one_case()


def test_a_report_is_split_off_once(new_case: CaseMaker, people: list[User]) -> None:
    target = new_case()
    merge(new_case().pk, into=target.pk, by=people[0])
    report = FraudReport.objects.order_by("pk")[1]
    told = at_once(*(partial(split_case, target.pk, report_ids=[report.pk], by=one) for one in people[:2]))
    assert sorted(told) == ["CaseError", DONE]
    _assert_each_report_has_one_case()


def test_an_agreement_is_answered_once(new_case: CaseMaker, people: list[User]) -> None:
    for _ in range(ROUNDS):
        case = new_case()
        asked = ask_approval(case.pk, subject=ApprovalSubject.FRAUD, by=people[0])
        told = at_once(
            partial(answer_approval, asked.pk, is_granted=True, by=people[1]),
            partial(answer_approval, asked.pk, is_granted=False, by=people[2]),
            partial(answer_approval, asked.pk, is_granted=True, by=people[0]),
        )
        assert told[2] == "CaseError"
        assert sorted(told[:2]) == ["CaseError", DONE]
        asked.refresh_from_db()
        assert (asked.approved_by, asked.refused_by).count(None) == 1
        assert people[0] not in (asked.approved_by, asked.refused_by)


def test_the_same_agreement_is_asked_once(new_case: CaseMaker, people: list[User]) -> None:
    case = new_case()
    told = at_once(*(partial(ask_approval, case.pk, subject=ApprovalSubject.FRAUD, by=one) for one in people))
    assert Counter(told) == {DONE: 1, "CaseError": 3}


def test_the_author_s_own_word_is_refused_to_the_runtime_role(new_case: CaseMaker, people: list[User]) -> None:
    asked = ask_approval(new_case().pk, subject=ApprovalSubject.FRAUD, by=people[0])
    assert fetch_value("SELECT current_user") == "ameli_app"
    row = CaseApproval.objects.filter(pk=asked.pk)
    now = timezone.now()
    told = at_once(
        lambda: row.update(approved_at=now, approved_by=people[0]),
        lambda: row.update(approved_at=now, approved_by=people[1]),
        lambda: row.update(refused_at=now, refused_by=people[2]),
    )
    assert told[0] == "IntegrityError"
    assert sorted(told[1:]) == ["IntegrityError", DONE]


def test_an_agreement_and_its_outcome_at_once_do_not_skip_the_second_person(
    new_case: CaseMaker, people: list[User]
) -> None:
    for _ in range(ROUNDS):
        case = new_case()
        asked = ask_approval(case.pk, subject=ApprovalSubject.FRAUD, by=people[0])
        told = at_once(
            partial(answer_approval, asked.pk, is_granted=True, by=people[1]),
            partial(decide, case.pk, outcome=CaseOutcome.FRAUD, by=people[0]),
        )
        assert told[0] == DONE
        case.refresh_from_db()
        assert (case.outcome == CaseOutcome.FRAUD) == (told[1] == DONE)


def test_two_corrections_of_one_entry_end_at_one_of_the_two_amounts(new_case: CaseMaker, people: list[User]) -> None:
    case = new_case()
    entry = record_amount(
        case.pk, kind=AmountKind.NOTIFIED, amount=Decimal(100), on_date=timezone.localdate(), by=people[0]
    )
    told = at_once(
        *(
            partial(correct_amount, entry.pk, right_amount=Decimal(right), by=one)
            for one, right in zip(people, (10, 20, 30, 40), strict=True)
        )
    )
    assert told == [DONE] * 4
    assert CaseAmount.objects.filter(corrects=entry).count() == 4
    assert totals_of(case)[AmountKind.NOTIFIED] in (10, 20, 30, 40)


def test_a_correction_and_a_merge_at_once_lose_no_money(new_case: CaseMaker, people: list[User]) -> None:
    for _ in range(ROUNDS):
        source, target = new_case(), new_case()
        entry = record_amount(
            source.pk, kind=AmountKind.NOTIFIED, amount=Decimal(100), on_date=timezone.localdate(), by=people[0]
        )
        told = at_once(
            partial(merge, source.pk, into=target.pk, by=people[0]),
            partial(correct_amount, entry.pk, right_amount=Decimal(60), by=people[1]),
        )
        assert told[0] == DONE
        assert totals_of(target)[AmountKind.NOTIFIED] == (60 if told[1] == DONE else 100)


def _assert_each_report_has_one_case() -> None:
    now = CaseReport.objects.filter(unlinked_at=None).values_list("report", flat=True)
    assert sorted(now) == sorted(FraudReport.objects.values_list("pk", flat=True))
    assert not CaseReport.objects.filter(unlinked_at=None, case__merged_into__isnull=False).exists()
