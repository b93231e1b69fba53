"""Taking a case apart: reports change place, and what was recorded stays where it was."""

from decimal import Decimal

import pytest

from accounts.staff.models import User
from fraud.cases.asking import write_to_insured
from fraud.cases.deciding import decide
from fraud.cases.enums import AmountKind, CaseOutcome
from fraud.cases.events import CaseError
from fraud.cases.ledger import record_amount, totals_of
from fraud.cases.merging import merge, unmerge
from fraud.cases.models import CaseEvent, CaseReport, FraudCase
from fraud.cases.splitting import split_case
from fraud.intake.models import FraudReport
from tests.fraud.cases.rows import CaseMaker, hold
from tests.fraud.cases.test_decisions import TODAY


@pytest.fixture
def of_two(new_case: CaseMaker, supervisor: User) -> FraudCase:
    """A case of two reports, the second one by a merge."""
    target = new_case(amount="30.00")
    merge(new_case(amount="12.00").pk, into=target.pk, by=supervisor)
    return target


def test_links_end_and_begin_and_both_cases_tell_it(of_two: FraudCase, supervisor: User) -> None:
    record_amount(of_two.pk, kind=AmountKind.PRESUMED, amount=Decimal(9), on_date=TODAY, by=supervisor)
    first, second = FraudReport.objects.order_by("pk")
    made = split_case(of_two.pk, report_ids=[second.pk], by=supervisor)
    of_two.refresh_from_db()
    assert (made.amount_at_stake, of_two.amount_at_stake) == (Decimal("12.00"), Decimal("30.00"))
    assert CaseReport.objects.get(report=second, unlinked_at=None).case == made
    assert CaseReport.objects.get(report=first, unlinked_at=None).case == of_two
    assert CaseReport.objects.filter(report=second).count() == 3
    assert (totals_of(of_two)[AmountKind.PRESUMED], totals_of(made)[AmountKind.PRESUMED]) == (Decimal(9), Decimal(0))
    told = CaseEvent.objects.filter(kind="split").order_by("pk").values_list("case", "after")
    assert list(told) == [(of_two.pk, {"into": made.pk}), (made.pk, {"from": of_two.pk})]


def test_what_left_by_a_split_does_not_come_back_by_an_unmerge(of_two: FraudCase, supervisor: User) -> None:
    second = FraudReport.objects.order_by("pk")[1]
    source = of_two.merged.get()
    made = split_case(of_two.pk, report_ids=[second.pk], by=supervisor)
    unmerge(source.pk, by=supervisor)
    assert CaseReport.objects.get(report=second, unlinked_at=None).case == made
    assert not source.links.filter(unlinked_at=None).exists()


def test_a_case_that_waits_for_an_answer_is_not_split(of_two: FraudCase, investigator: User, supervisor: User) -> None:
    hold(of_two, by=investigator)
    first, second = FraudReport.objects.order_by("pk")
    write_to_insured(of_two.pk, report_id=first.pk, text="Quel jour ?", is_question=True, by=investigator)
    with pytest.raises(CaseError, match="attend la réponse"):
        split_case(of_two.pk, report_ids=[second.pk], by=supervisor)


def test_not_all_and_not_none(of_two: FraudCase, supervisor: User) -> None:
    ids = list(FraudReport.objects.values_list("pk", flat=True))
    for wrong in ([], ids, [max(ids) + 1]):
        with pytest.raises(CaseError, match="pas aucun ni tous"):
            split_case(of_two.pk, report_ids=wrong, by=supervisor)
    decide(of_two.pk, outcome=CaseOutcome.ERROR, by=supervisor)
    with pytest.raises(CaseError, match="pas encore décidé"):
        split_case(of_two.pk, report_ids=ids[:1], by=supervisor)
