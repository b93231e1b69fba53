"""The ledger: whatever is entered, corrected, merged and taken apart, totals are the sums of the entries."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.staff.models import User
from fraud.cases.deciding import close_without_follow_up
from fraud.cases.decision_models import CaseAmount
from fraud.cases.enums import AmountKind, AuthorCategory
from fraud.cases.events import CaseError
from fraud.cases.ledger import correct_amount, record_amount, totals_of
from fraud.cases.merging import merge, unmerge
from fraud.cases.models import CaseEvent, FraudCase
from fraud.cases.noting import change_case
from fraud.intake.enums import Severity
from tests.fraud.cases.rows import CaseMaker

TODAY = timezone.localdate()
EVER = {"first": dt.date(2000, 1, 1), "last": dt.date(2100, 1, 1)}

steps = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.integers(0, 3), st.sampled_from(list(AmountKind)), st.integers(1, 9999)),
        st.tuples(st.just("correct"), st.integers(0, 9), st.just(None), st.integers(0, 9999)),
        st.tuples(st.just("merge"), st.integers(0, 3), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("unmerge"), st.integers(0, 3), st.just(None), st.just(0)),
        st.tuples(st.just("judge"), st.integers(0, 3), st.sampled_from(list(AuthorCategory)), st.just(0)),
    ),
    max_size=14,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=steps)
def test_totals_are_the_sums_of_the_entries(
    new_case: CaseMaker, supervisor: User, steps: list[tuple[str, int, object, int]]
) -> None:
    with transaction.atomic():
        cases = [new_case(amount="1.00") for _ in range(4)]
        entries: list[CaseAmount] = []
        for name, which, what, cents in steps:
            amount = Decimal(cents) / 100
            try:
                _do(name, cases, entries, which=which, what=what, amount=amount, by=supervisor)
            except CaseError:
                continue  # the rules refused, and nothing was written
        _check_totals(cases)
        transaction.set_rollback(True)


def _do(
    name: str, cases: list[FraudCase], entries: list[CaseAmount], *, which: int, what: object, amount: Decimal, by: User
) -> None:
    case = cases[which % 4]
    acts: dict[str, Callable[[], object]] = {
        "enter": lambda: entries.append(
            record_amount(case.pk, kind=AmountKind(str(what)), amount=amount, on_date=TODAY, by=by)
        ),
        "correct": lambda: entries and correct_amount(entries[which % len(entries)].pk, right_amount=amount, by=by),
        "merge": lambda: merge(case.pk, into=cases[int(str(what))].pk, by=by),
        "unmerge": lambda: unmerge(case.pk, by=by),
        "judge": lambda: change_case(case.pk, severity=Severity.LOW, author_category=AuthorCategory(str(what)), by=by),
    }
    with transaction.atomic():
        acts[name]()


def _check_totals(cases: list[FraudCase]) -> None:
    rows = list(CaseAmount.objects.select_related("case", "case__merged_into"))
    by_author: Counter[tuple[str, str]] = Counter()
    by_holder: Counter[tuple[int, str]] = Counter()
    for row in rows:
        holder = row.case.merged_into or row.case
        by_author[holder.author_category, row.kind] += row.amount  # type: ignore[assignment] # typeshed counts ints
        by_holder[holder.pk, row.kind] += row.amount  # type: ignore[assignment]
    told = {(row.author, row.kind): row.total for row in CaseAmount.objects.totals_by_author(**EVER)}
    assert told == dict(by_author)
    for case in FraudCase.objects.filter(pk__in=[one.pk for one in cases], merged_into=None):
        assert {kind: total for kind, total in totals_of(case).items() if (case.pk, kind) in by_holder} == {
            AmountKind(kind): total for (pk, kind), total in by_holder.items() if pk == case.pk
        }
    for row in rows:
        if row.corrects_id is None:
            assert row.amount + sum(one.amount for one in rows if one.corrects_id == row.pk) >= 0


def test_an_entry_of_a_merged_case_is_corrected_where_it_stands(new_case: CaseMaker, supervisor: User) -> None:
    source, target = new_case(), new_case()
    entry = record_amount(source.pk, kind=AmountKind.PRESUMED, amount=Decimal(80), on_date=TODAY, by=supervisor)
    merge(source.pk, into=target.pk, by=supervisor)
    correction = correct_amount(entry.pk, right_amount=Decimal(30), by=supervisor)
    assert (correction.case, totals_of(target)[AmountKind.PRESUMED]) == (source, Decimal(30))
    assert CaseEvent.objects.get(kind="amount", after__entry=correction.pk).case == target
    unmerge(source.pk, by=supervisor)
    assert (totals_of(source)[AmountKind.PRESUMED], totals_of(target)[AmountKind.PRESUMED]) == (Decimal(30), Decimal(0))


def test_a_merged_ledger_counts_for_the_threshold_of_two(new_case: CaseMaker, supervisor: User) -> None:
    source, target = new_case(amount="10.00"), new_case(amount="10.00")
    record_amount(source.pk, kind=AmountKind.PRESUMED, amount=Decimal(1500), on_date=TODAY, by=supervisor)
    merge(source.pk, into=target.pk, by=supervisor)
    with pytest.raises(CaseError, match="autre personne"):
        close_without_follow_up(target.pk, by=supervisor)


def test_a_correction_counts_in_the_year_in_which_it_is_made(new_case: CaseMaker, supervisor: User) -> None:
    case = new_case()
    last_year = dt.date(TODAY.year - 1, 6, 1)
    entry = record_amount(case.pk, kind=AmountKind.AVOIDED, amount=Decimal(100), on_date=last_year, by=supervisor)
    correct_amount(entry.pk, right_amount=Decimal(60), by=supervisor)

    def told(year: int) -> list[Decimal]:
        rows = CaseAmount.objects.totals_by_author(first=dt.date(year, 1, 1), last=dt.date(year, 12, 31))
        return [row.total for row in rows]

    assert (told(TODAY.year - 1), told(TODAY.year)) == ([Decimal(100)], [Decimal(-40)])


def test_the_mutual_s_part_stands_beside_the_insurer_s(new_case: CaseMaker, supervisor: User) -> None:
    case = new_case()
    for kind, amount in ((AmountKind.NOTIFIED, 70), (AmountKind.PARTNER, 30)):
        record_amount(case.pk, kind=kind, amount=Decimal(amount), on_date=TODAY, by=supervisor)
    totals = totals_of(case)
    assert (totals[AmountKind.NOTIFIED], totals[AmountKind.PARTNER], totals[AmountKind.PENALTY]) == (
        Decimal(70),
        Decimal(30),
        Decimal(0),
    )


@pytest.mark.parametrize(
    ("kind", "amount", "is_same_case"),
    [("presumed", -101, True), ("avoided", -10, True), ("presumed", -10, False)],
    ids=["below nothing", "another kind", "another case"],
)
def test_the_database_takes_a_correction_of_its_like_only(
    new_case: CaseMaker, supervisor: User, kind: str, amount: int, is_same_case: bool
) -> None:
    case, other = new_case(), new_case()
    entry = record_amount(case.pk, kind=AmountKind.PRESUMED, amount=Decimal(100), on_date=TODAY, by=supervisor)
    with pytest.raises(IntegrityError, match="does not correct"), transaction.atomic():
        CaseAmount.objects.create(
            case=case if is_same_case else other, kind=kind, amount=amount, on_date=TODAY, corrects=entry,
            recorded_by=supervisor,
        )  # fmt: skip


def test_a_correction_is_not_corrected_in_the_database(new_case: CaseMaker, supervisor: User) -> None:
    case = new_case()
    entry = record_amount(case.pk, kind=AmountKind.PRESUMED, amount=Decimal(100), on_date=TODAY, by=supervisor)
    correction = correct_amount(entry.pk, right_amount=Decimal(150), by=supervisor)
    with pytest.raises(IntegrityError, match="does not correct"), transaction.atomic():
        CaseAmount.objects.create(
            case=case, kind="presumed", amount=1, on_date=TODAY, corrects=correction, recorded_by=supervisor
        )
