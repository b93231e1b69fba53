"""The queries: few, bounded to the lines given, and the same truth as the engine's."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from ameli_notify.core.partitions import Span, ensure_partitions
from reimbursements.explanations.engine import explain
from reimbursements.explanations.lines import LineView, Viewer
from reimbursements.explanations.loading import (
    ReferenceDataMissingError,
    book_for,
    forget_book,
    line_views,
    read_standings,
    read_year,
)
from reimbursements.explanations.yearly import year_picture
from reimbursements.lines.models import ReimbursementLine
from reimbursements.lines.schema import TABLE
from reimbursements.reference.models import NatureReference
from reimbursements.reference.services import load_reference_data
from tests.reimbursements.test_explanations_cases import BOOK, CARE, CASES, CHILD, ME, PAID, copay, gp, medicine

TODAY = dt.date(2026, 11, 1)


@pytest.fixture
def reference_data(db: None) -> Iterator[None]:
    forget_book()
    load_reference_data()
    yield
    forget_book()


@pytest.fixture
def lines(reference_data: None) -> list[LineView]:
    ensure_partitions(TABLE, first=dt.date(2025, 12, 1), last=PAID, span=Span.MONTH)
    statements = [
        *CASES["gp_paid_to_you"],
        *CASES["medicines_65_30_15"],
        *CASES["alsace_moselle"],
        *CASES["participation_recovered_later"],
        *CASES["confidential"],
        *CASES["allowance_paid_to_the_employer"],
        replace(gp(), beneficiary_id=CHILD, beneficiary_quality=3),
        replace(copay(1951, "2.00"), care_start=dt.date(2025, 12, 30), payment_date=dt.date(2026, 1, 5)),
    ]
    for number, line in enumerate(statements):
        save(line, statement_no=number)
    return statements


def save(line: LineView, *, statement_no: int, **others: Any) -> None:
    ReimbursementLine.objects.create(
        batch_id=1,
        emitter_code="01C751000",
        statement_no=statement_no,
        key_letter="",
        coefficient=Decimal(1),
        prescription_date=None,
        copay_modulation=None,
        performer_am_no="",
        performer_rpps=None,
        performer_finess="",
        prescriber_rpps=None,
        payment_mode=1,
        card_mode="V",
        care_place="C",
        payee_account="",
        **{**asdict(line), **others},
    )


def mine() -> QuerySet[ReimbursementLine]:
    return ReimbursementLine.objects.filter(insured_id=ME).order_by("statement_no")


def test_lines_come_as_the_engine_takes_them(
    lines: list[LineView], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert line_views(mine()) == lines


def test_the_book_of_the_tables_says_what_the_files_say(
    lines: list[LineView], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(7):
        book = book_for(lines, today=TODAY)
    with django_assert_num_queries(1):
        book_for(lines, today=TODAY)
    with django_assert_num_queries(0):
        book_for([], today=TODAY)
    viewer = Viewer(person_id=ME)
    for name in ("gp_paid_to_you", "medicines_65_30_15", "confidential"):
        assert explain(CASES[name], book, viewer=viewer) == explain(CASES[name], BOOK, viewer=viewer)


def test_without_reference_data_the_error_says_what_to_run(db: None) -> None:
    forget_book()
    NatureReference.objects.all().delete()
    with pytest.raises(ReferenceDataMissingError, match="load_reference_data"):
        book_for([], today=TODAY)
    load_reference_data()
    assert book_for([], today=TODAY).natures
    forget_book()


def test_standings_count_the_care_of_the_year_once(
    lines: list[LineView], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    book_for([], today=TODAY)
    with django_assert_num_queries(1):
        found = read_standings(
            mine(), year=2026, born_on={ME: dt.date(1980, 5, 1), CHILD: dt.date(2015, 1, 1)}, today=TODAY
        )
    # Two consultations withheld; neither the one of 2025 nor the recovery of what was due already.
    assert found[ME].flat_contribution == Decimal("4.00")
    assert found[ME].deductible == Decimal("3.00")
    assert not found[ME].was_minor
    assert found[CHILD].was_minor
    assert found[CHILD].flat_contribution == Decimal("0.00")


@pytest.mark.parametrize(
    ("birth", "was_minor"),
    [(dt.date(2008, 1, 1), False), (dt.date(2008, 1, 2), True), (dt.date(2007, 12, 31), False), (None, False)],
)
def test_a_minor_is_under_eighteen_on_the_first_of_january(
    reference_data: None, birth: dt.date | None, was_minor: bool
) -> None:
    found = read_standings(mine(), year=2026, born_on={ME: birth}, today=TODAY)
    assert found[ME].was_minor is was_minor


def test_the_year_is_summed_in_one_query(
    lines: list[LineView], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        groups = read_year(mine(), year=2026, viewer_id=ME)
    told = year_picture(groups, BOOK, year=2026)
    acts = [line for line in lines if line.rem_type == 0 and line.nature_code != 6111]
    assert told.amounts.charged == sum(line.amount_charged for line in acts)
    assert told.allowances == Decimal("492.00")
    assert told.sentences[-1].text.startswith("Votre complémentaire ne nous a pas communiqué")


def test_nothing_outside_the_given_lines_is_read(lines: list[LineView]) -> None:
    assert read_year(ReimbursementLine.objects.none(), year=2026, viewer_id=ME) == []
    assert read_year(mine(), year=2024, viewer_id=ME) == []
    assert CARE.year == 2026


def test_the_year_leaves_what_the_details_leave(reference_data: None) -> None:
    """One act paid a cent too much, one not whole, one corrected later: the cent pays nothing of another act."""
    statements = [
        (medicine("27", 3312, charged="2.41", rem_type=0), medicine("73.3", 3312, charged="2.41", rem_type=5)),
        (gp(), copay(1951, "2.00")),
        CASES["regularisation"],
    ]
    ensure_partitions(TABLE, first=PAID, last=PAID, span=Span.MONTH)
    for number, statement in enumerate(statements):
        for line in statement:
            save(line, statement_no=number)
    told = year_picture(read_year(mine(), year=2026, viewer_id=ME), BOOK, year=2026)
    details = [explain(statement, BOOK, viewer=Viewer(person_id=ME)).totals for statement in statements]
    assert details[0].overpaid == told.amounts.overpaid == Decimal("0.01")
    assert told.amounts.charged == sum(one.charged for one in details) == Decimal("32.41")
    assert told.amounts.you == sum(one.out_of_pocket for one in details) == Decimal("7.50")
    assert sum(share.amount for share in told.shares) == told.amounts.charged
    assert told.table.columns[-1] == "Versé au-delà du coût"
    assert told.table.total.cells[-1].replace("\u00a0", " ") == "−0,01 €"
