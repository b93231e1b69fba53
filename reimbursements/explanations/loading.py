"""The only queries of the explanations: reference rows, lines, and the sums of a year.

The callers give querysets of lines that the reader may see; nothing here widens them.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeVar

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from reimbursements.explanations.amounts import remainder_and_overpaid
from reimbursements.explanations.articles import EXAMPLE
from reimbursements.explanations.book import ReferenceBook, make_book
from reimbursements.explanations.copays import THIRD_PARTY_NATURES
from reimbursements.explanations.lines import DUE, STATUTORY, ZERO, CopayStanding, LineView
from reimbursements.explanations.payees import INTEGRAL_THIRD_PARTY
from reimbursements.explanations.yearly import YearGroup
from reimbursements.lines.models import ReimbursementLine
from reimbursements.reference.models import (
    ActReference,
    CopayRule,
    ExemptionReason,
    InsuranceNature,
    NatureReference,
    PayeeReference,
    Specialty,
)
from reimbursements.reference.rows import (
    ActRow,
    CodedRow,
    CopayRuleRow,
    DatedRow,
    NatureRow,
    PayeeRow,
    SpecialtyRow,
)

ADULT_AGE: Final = 18
_ACT: Final = ("payment_date", "emitter_code", "statement_no", "line_no")
_GROUP: Final = ("nature_code", "rem_type", "is_confidential", "is_due")
Row = TypeVar("Row", bound=DatedRow)


class ReferenceDataMissingError(RuntimeError):
    """The reference tables are empty: load_reference_data has not run."""


def book_for(lines: Iterable[LineView], *, today: dt.date) -> ReferenceBook:
    """The book that these lines need: the small tables once a day and process, their acts in one query.

    Raises ReferenceDataMissingError when there is no reference data.
    """
    return book_for_acts(((line.act_system, line.act_code) for line in lines), today=today)


def book_for_acts(acts: Iterable[tuple[str, str]], *, today: dt.date) -> ReferenceBook:
    """The book with these acts, given as systems and codes. Raises ReferenceDataMissingError."""
    systems: dict[str, set[str]] = defaultdict(set)
    for system, code in acts:
        if code:
            systems[system].add(code)
    if not systems:
        return _small_tables(today)
    condition = Q()
    for system, codes in sorted(systems.items()):
        condition |= Q(system=system, code__in=sorted(codes))
    return _small_tables(today).with_acts(_rows(ActReference.objects.filter(condition), ActRow))


def book_for_articles(*, today: dt.date) -> ReferenceBook:
    """The book with the act that the articles take as their example. Raises ReferenceDataMissingError."""
    return book_for_acts([EXAMPLE], today=today)


def secret_natures(*, today: dt.date) -> frozenset[int]:
    """Codes of the natures that reference data marks as secret, now or in an earlier period."""
    natures = _small_tables(today).natures
    return frozenset(code for code, periods in natures.items() if any(row.is_confidential for row in periods))


def forget_book() -> None:
    """Read the small tables again: after reference data was loaded, and in tests."""
    _small_tables.cache_clear()


def line_views(lines: QuerySet[ReimbursementLine]) -> list[LineView]:
    """The lines as the engine takes them, in one query, in the queryset's order."""
    names = [field.name for field in fields(LineView)]
    return [LineView(**values) for values in lines.values(*names)]


def read_standings(
    lines: QuerySet[ReimbursementLine], *, year: int, born_on: Mapping[int, dt.date | None], today: dt.date
) -> dict[int, CopayStanding]:
    """What each beneficiary has borne for the care of a year. ``born_on``: birth date by beneficiary, if known.

    What is recovered was counted when it became due. Raises ReferenceDataMissingError.
    """
    natures = [period for rows in _small_tables(today).natures.values() for period in rows]
    flat = {nature.code for nature in natures if nature.is_flat_contribution}
    deductible = {nature.code for nature in natures if nature.is_deductible}
    sums = (
        lines.filter(
            beneficiary_id__in=list(born_on),
            nature_code__in=sorted(flat | deductible),
            payment_date__gte=dt.date(year, 1, 1),
            care_start__range=(dt.date(year, 1, 1), dt.date(year, 12, 31)),
        )
        .exclude(Q(nature_code__in=sorted(THIRD_PARTY_NATURES)) & ~Q(settlement_ref=DUE))
        .order_by()
        .values_list("beneficiary_id", "nature_code")
        .annotate(paid=Sum("amount_paid"))
    )
    borne: dict[tuple[int, bool], Decimal] = defaultdict(lambda: ZERO)
    for beneficiary_id, nature_code, paid in sums:
        borne[beneficiary_id, nature_code in flat] -= paid
    return {
        person: CopayStanding(
            year=year,
            was_minor=_was_minor(birth, year),
            flat_contribution=borne[person, True],
            deductible=borne[person, False],
        )
        for person, birth in born_on.items()
    }


def read_year(lines: QuerySet[ReimbursementLine], *, year: int, viewer_id: int) -> list[YearGroup]:
    """The sums of the payments of a year, for ``yearly.year_picture``, as ``viewer_id`` reads them.

    One query, with a row per line: what is left is known act by act, as the details of the payments say it.
    """
    awaited = Q(rem_type=STATUTORY, operation="C") & (Q(amc_amount=None) | Q(amc_amount=0)) & (
        Q(payee=INTEGRAL_THIRD_PARTY) | (Q(is_amc_transmitted=True) & ~Q(amc_code=""))
    )  # fmt: skip
    rows = list(
        lines.filter(payment_date__range=(dt.date(year, 1, 1), dt.date(year, 12, 31)))
        .order_by()
        .annotate(is_due=Q(settlement_ref=DUE))
        .values(*_ACT, *_GROUP, "operation")
        .annotate(
            charged=Sum("amount_charged"),
            paid=Sum("amount_paid"),
            complementary=Coalesce(Sum("amc_amount", filter=Q(rem_type=STATUTORY)), ZERO),
            awaited=Count("id", filter=awaited),
            others=Count("id", filter=~Q(beneficiary_id=viewer_id)),
        )
    )
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in _with_overpaid(rows):
        groups[tuple(row[name] for name in _GROUP)].append(row)
    return [_year_group(dict(zip(_GROUP, key, strict=True)), members) for key, members in groups.items()]


def _with_overpaid(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows, each act's overpayment on the row that carries its expense."""
    acts: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        acts[tuple(row[name] for name in _ACT)].append(row)
    for parts in acts.values():
        reference = next((row for row in parts if row["rem_type"] == STATUTORY), parts[0])
        given = sum((row["paid"] for row in parts), ZERO) + reference["complementary"]
        _, overpaid = remainder_and_overpaid(reference["charged"], given, operation=reference["operation"])
        for row in parts:
            yield {**row, "overpaid": overpaid if row is reference else ZERO}


def _year_group(key: dict[str, Any], rows: Sequence[dict[str, Any]]) -> YearGroup:
    def summed(name: str) -> Decimal:
        return sum((row[name] for row in rows), ZERO)

    return YearGroup(
        **key,
        charged=summed("charged"),
        paid=summed("paid"),
        complementary=summed("complementary"),
        is_complementary_awaited=any(row["awaited"] for row in rows),
        is_of_others=any(row["others"] for row in rows),
        overpaid=summed("overpaid"),
    )


@lru_cache(maxsize=2)
def _small_tables(_today: dt.date) -> ReferenceBook:
    """Every table but the acts. The day is the key, so that new reference data is seen the next day at the latest;
    an absence is an error, and errors are not kept."""
    natures = _rows(NatureReference.objects.all(), NatureRow)
    if not natures:
        raise ReferenceDataMissingError("there is no reference data: run load_reference_data first")
    return make_book(
        natures=natures,
        acts=(),
        specialties=_rows(Specialty.objects.all(), SpecialtyRow),
        payees=_rows(PayeeReference.objects.all(), PayeeRow),
        exemptions=_rows(ExemptionReason.objects.all(), CodedRow),
        insurance_natures=_rows(InsuranceNature.objects.all(), CodedRow),
        copay_rules=_rows(CopayRule.objects.all(), CopayRuleRow),
    )


def _rows(queryset: QuerySet[Any, Any], row_type: type[Row]) -> list[Row]:
    return [row_type(**values) for values in queryset.values(*(field.name for field in fields(row_type)))]


def _was_minor(birth: dt.date | None, year: int) -> bool:
    """Under 18 on 1 January (CSS art. R. 160-20)."""
    return birth is not None and birth > dt.date(year - ADULT_AGE, 1, 1)
