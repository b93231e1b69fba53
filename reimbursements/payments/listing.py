"""The page « Mes paiements », put together: what is read behind the wall, then put into words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from django.http import Http404, HttpRequest

from ameli_notify.core.sealed_tokens import TokenError
from reimbursements.explanations.lines import LineView
from reimbursements.explanations.loading import book_for, secret_natures
from reimbursements.explanations.typography import euros
from reimbursements.payments.access import Reader, reader, reader_of
from reimbursements.payments.forms import PaymentFilterForm, beneficiary_label
from reimbursements.payments.outline import (
    KeyPage,
    YearTotal,
    beneficiaries_in,
    page_of_keys,
    read_outline,
    totals_by_year,
)
from reimbursements.payments.periods import whole_period
from reimbursements.payments.querysets import Beneficiary, lines_by_statement, visible_lines
from reimbursements.payments.statements import StatementRow, statement_row
from reimbursements.payments.tokens import (
    Cursor,
    Direction,
    StatementKey,
    cursor_token,
    read_cursor_token,
)

PAGE_SIZE: Final = 20
LATEST: Final = 3
CURSOR: Final = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearRow:
    """Ready to print."""

    year: int
    to_you: str
    to_care_givers: str
    to_others: str
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """``newer`` and ``older``: tokens of the pages beside this one, empty at the ends."""

    form: PaymentFilterForm
    rows: tuple[StatementRow, ...]
    years: tuple[YearRow, ...]
    newer: str
    older: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What was read behind the wall."""

    form: PaymentFilterForm
    beneficiaries: list[Beneficiary]
    page: KeyPage
    lines: Mapping[StatementKey, list[LineView]]
    years: list[YearTotal]


def list_payments(request: HttpRequest) -> Listing:
    """The page that the address asks for. Without a valid form it has no rows. Raises Http404 for a foreign cursor."""
    who = reader_of(request)
    cursor = _cursor(request.GET.get(CURSOR, ""), who)
    found = _read(request, who=who, cursor=cursor)
    keys = found.page.keys
    return Listing(
        form=found.form,
        rows=_rows(keys, found.lines, who=who, beneficiaries=found.beneficiaries),
        years=tuple(_year_row(total) for total in found.years),
        newer=_token(Direction.NEWER, keys[0], who) if keys and found.page.has_newer else "",
        older=_token(Direction.OLDER, keys[-1], who) if keys and found.page.has_older else "",
    )


def latest_payments(request: HttpRequest) -> tuple[StatementRow, ...]:
    """The last statements, whatever the address says."""
    who = reader_of(request)
    secret = secret_natures(today=who.today)
    with reader(request):
        lines = visible_lines(who, period=whole_period(who.today), secret_natures=secret)
        parts = read_outline(lines)
        page = page_of_keys(parts, cursor=None, size=LATEST)
        by_key = lines_by_statement(lines, page.keys)
        people = beneficiaries_in(parts)
    return _rows(page.keys, by_key, who=who, beneficiaries=people)


def _read(request: HttpRequest, *, who: Reader, cursor: Cursor | None) -> _Read:
    secret = secret_natures(today=who.today)
    with reader(request):
        everything = visible_lines(who, period=whole_period(who.today), secret_natures=secret)
        parts = read_outline(everything)
        people = beneficiaries_in(parts)
        form = PaymentFilterForm(request.GET, who=who, beneficiaries=people)
        if not form.is_valid():
            nothing = KeyPage(keys=(), has_newer=False, has_older=False)
            return _Read(form=form, beneficiaries=people, page=nothing, lines={}, years=[])
        chosen = form.among(parts)
        page = page_of_keys(chosen, cursor=cursor, size=PAGE_SIZE)
        return _Read(
            form=form,
            beneficiaries=people,
            page=page,
            lines=lines_by_statement(everything.filter(form.condition), page.keys),
            years=totals_by_year(chosen, who),
        )


def _rows(
    keys: Sequence[StatementKey],
    lines: Mapping[StatementKey, list[LineView]],
    *,
    who: Reader,
    beneficiaries: Sequence[Beneficiary],
) -> tuple[StatementRow, ...]:
    book = book_for(chain.from_iterable(lines.values()), today=who.today)
    names = {one.person_id: beneficiary_label(one, who=who) for one in beneficiaries}
    return tuple(statement_row(key, lines[key], book, who=who, names=names) for key in keys)


def _year_row(total: YearTotal) -> YearRow:
    return YearRow(
        year=total.year,
        to_you=euros(total.to_you),
        to_care_givers=euros(total.to_care_givers),
        to_others=euros(total.to_others),
        total=euros(total.total),
    )


def _cursor(token: str, who: Reader) -> Cursor | None:
    if not token:
        return None
    try:
        return read_cursor_token(token, reader_id=who.person_id)
    except TokenError as error:
        raise Http404 from error


def _token(direction: Direction, key: StatementKey, who: Reader) -> str:
    return cursor_token(Cursor(direction=direction, key=key), reader_id=who.person_id)
