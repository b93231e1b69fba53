"""The payments that somebody may report: the very lines that « Mes paiements » shows them, no other.

Read behind the wall of the database, by the same rules of sight; put into the same words.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final

from accounts.people.models import InsuredPerson
from ameli_notify.core.walls import as_insured
from reimbursements.explanations.facts import LineFacts, Subject, facts_of
from reimbursements.explanations.lines import LineView, Viewer
from reimbursements.explanations.loading import book_for, secret_natures
from reimbursements.explanations.typography import euros, french_date
from reimbursements.payments.access import Reader, is_adult
from reimbursements.payments.forms import beneficiary_label
from reimbursements.payments.periods import whole_period
from reimbursements.payments.querysets import Lines, beneficiaries_of, visible_lines
from reimbursements.payments.statements import title_of
from reimbursements.payments.tokens import StatementKey, read_statement_token

_VIEW: Final = tuple(field.name for field in fields(LineView))
_BESIDE: Final = ("id", "emitter_code", "statement_no", "performer_rpps", "performer_finess")
_REPORTABLE: Final = frozenset({Subject.ACT, Subject.ALLOWANCE, Subject.OTHER_PART})
_WITHHELD: Final = frozenset({Subject.COPAY})
_READ_AHEAD: Final = 6
"""Rows read for each line of a short list: acts and participations stand mixed."""

LineKey = tuple[dt.date, int]
"""Day of payment and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """A line as it is reported: keys and figures, then texts ready to print."""

    line_id: int
    payment_date: dt.date
    statement: StatementKey
    policyholder_id: int
    beneficiary_id: int
    care_start: dt.date
    nature_code: int
    performer_rpps: int | None
    performer_finess: str
    amount_charged: Decimal
    amount_paid: Decimal
    title: str
    care: str
    paid_on: str
    for_whom: str
    paid_to: str
    paid: str
    charged: str

    @property
    def key(self) -> LineKey:
        return self.payment_date, self.line_id

    @property
    def mark(self) -> str:
        """The line in a form: its place in the database, which opens nothing without the reader's rights."""
        return f"{self.payment_date.isoformat()}.{self.line_id}"


def reader_for(insured_id: int, *, today: dt.date) -> Reader:
    """Who reads, outside of a request."""
    person = InsuredPerson.objects.only("born_on", "birth_date_text").get(pk=insured_id)
    return Reader(person_id=insured_id, is_adult=is_adult(person, on=today), today=today)


def statement_lines(who: Reader, token: str) -> list[PaidLine]:
    """What of a statement can be reported, in its order. Raises TokenError for what was not made for this reader."""
    key: StatementKey = read_statement_token(token, reader_id=who.person_id)
    return _read(
        who,
        payment_date=key.payment_date,
        emitter_code=key.emitter_code,
        statement_no=key.statement_no,
    )


def lines_by_key(who: Reader, keys: Collection[LineKey]) -> list[PaidLine]:
    """Those of these lines that the reader may still see; what left the table or became secret is left out."""
    if not keys:
        return []
    wanted = set(keys)
    found = _read(who, payment_date__in={day for day, _ in wanted}, id__in={line_id for _, line_id in wanted})
    return [line for line in found if line.key in wanted]


def latest_lines(who: Reader, *, most: int) -> list[PaidLine]:
    """The acts paid last."""
    return _read(who, most=most, payment_date__lte=who.today)


def latest_withheld(who: Reader, *, most: int) -> list[PaidLine]:
    """The participations and deductibles taken last."""
    return _read(who, most=most, subjects=_WITHHELD, payment_date__lte=who.today)


def _read(
    who: Reader, *, most: int | None = None, subjects: frozenset[Subject] = _REPORTABLE, **condition: Any
) -> list[PaidLine]:
    """Without ``most``: all, in their order, and whatever there is when there is nothing of these subjects."""
    secret = secret_natures(today=who.today)
    with as_insured(who.person_id):
        lines = visible_lines(who, period=whole_period(who.today), secret_natures=secret).filter(**condition)
        ordered = _in_order(lines, newest_first=most is not None).values(*_VIEW, *_BESIDE)
        rows = list(ordered if most is None else ordered[: most * _READ_AHEAD])
        shown = lines.filter(beneficiary_id__in={row["beneficiary_id"] for row in rows})
        names = {one.person_id: beneficiary_label(one, who=who) for one in beneficiaries_of(shown)} if rows else {}
    if not rows:
        return []
    views = [LineView(**{name: row[name] for name in _VIEW}) for row in rows]
    book = book_for(views, today=who.today)
    viewer = Viewer(person_id=who.person_id)
    told = [(row, facts_of(view, book, viewer=viewer)) for row, view in zip(rows, views, strict=True)]
    kept = [(row, facts) for row, facts in told if facts.subject in subjects]
    if most is None and not kept:
        kept = told
    return [_paid_line(row, facts, names=names) for row, facts in kept][:most]


def _in_order(lines: Lines, *, newest_first: bool) -> Lines:
    return lines.order_by(
        "-payment_date" if newest_first else "payment_date", "statement_no", "line_no", "rem_type", "id"
    )


def _paid_line(row: dict[str, Any], facts: LineFacts, *, names: dict[int, str]) -> PaidLine:
    line = facts.line
    return PaidLine(
        line_id=row["id"],
        payment_date=line.payment_date,
        statement=StatementKey(
            payment_date=line.payment_date, emitter_code=row["emitter_code"], statement_no=row["statement_no"]
        ),
        policyholder_id=line.insured_id,
        beneficiary_id=line.beneficiary_id,
        care_start=line.care_start,
        nature_code=line.nature_code,
        performer_rpps=row["performer_rpps"],
        performer_finess=row["performer_finess"],
        amount_charged=line.amount_charged,
        amount_paid=line.amount_paid,
        title=title_of(facts),
        care=facts.of_when,
        paid_on=french_date(line.payment_date),
        for_whom=names.get(line.beneficiary_id, ""),
        paid_to=facts.payee.name,
        paid=euros(line.amount_paid),
        charged=euros(line.amount_charged),
    )


def read_marks(marks: Iterable[str]) -> set[LineKey]:
    """Keys from what a form sent; what is no mark is left out."""
    keys: set[LineKey] = set()
    for mark in marks:
        day, _, number = mark.partition(".")
        if number.isascii() and number.isdigit() and len(number) < 19:
            try:
                keys.add((dt.date.fromisoformat(day), int(number)))
            except ValueError:
                continue
    return keys


def total_paid(lines: Sequence[PaidLine]) -> Decimal:
    """Euros that the insurer paid for them; what was taken back counts against it."""
    return sum((line.amount_paid for line in lines), Decimal("0.00"))
