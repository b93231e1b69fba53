"""What was paid, statement by statement, without its lines: read once, then counted, filtered and cut into pages here.

Asking the database for each of these costs more than it saves: it plans each question over every month that is kept,
which takes longer than the answer. Somebody who is ill every day has about a thousand parts.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import Q, Sum

from reimbursements.explanations.lines import DUE, ZERO
from reimbursements.explanations.payees import DIRECT
from reimbursements.payments.access import Reader
from reimbursements.payments.querysets import CARE_GIVERS, Beneficiary, Lines, named_beneficiaries
from reimbursements.payments.tokens import Cursor, Direction, StatementKey

Condition = Callable[["Part"], bool]
_COLUMNS: Final = (
    "payment_date", "emitter_code", "statement_no", "insured_id", "beneficiary_id", "beneficiary_quality", "payee",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """What a statement paid for one beneficiary to one kind of payee; ``paid`` is None when all of it is due later."""

    payment_date: dt.date
    emitter_code: str
    statement_no: int
    insured_id: int
    beneficiary_id: int
    beneficiary_quality: int
    payee: int
    paid: Decimal | None

    @property
    def key(self) -> StatementKey:
        return StatementKey(
            payment_date=self.payment_date, emitter_code=self.emitter_code, statement_no=self.statement_no
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class YearTotal:
    """What was paid in a civil year; the three parts add up to ``total``."""

    year: int
    total: Decimal
    to_you: Decimal
    to_care_givers: Decimal

    @property
    def to_others(self) -> Decimal:
        return self.total - self.to_you - self.to_care_givers


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPage:
    """Keys of a page, newest first, and whether there is more on either side."""

    keys: tuple[StatementKey, ...]
    has_newer: bool
    has_older: bool


def read_outline(lines: Lines) -> list[Part]:
    """Every part of what the lines pay. One query."""
    paid = Sum("amount_paid", filter=~Q(settlement_ref=DUE))
    return [Part(*row) for row in lines.order_by().values(*_COLUMNS).annotate(paid=paid).values_list(*_COLUMNS, "paid")]


def beneficiaries_in(parts: Iterable[Part]) -> list[Beneficiary]:
    """Whom the parts are about, by first name. One query."""
    qualities: dict[int, int] = {}
    for part in parts:
        qualities[part.beneficiary_id] = max(part.beneficiary_quality, qualities.get(part.beneficiary_id, 0))
    return named_beneficiaries(qualities)


def is_paid_to(who: Reader) -> Condition:
    """As ``querysets.paid_to_reader``."""
    return lambda part: part.payee == DIRECT and part.insured_id == who.person_id


def is_paid_to_care_giver(part: Part) -> bool:
    """As ``querysets.paid_to_care_givers``."""
    return part.payee in CARE_GIVERS


def page_of_keys(parts: Iterable[Part], *, cursor: Cursor | None, size: int) -> KeyPage:
    """One page of statements. New lines never shift what an older page holds."""
    keys = sorted({part.key for part in parts}, reverse=True)
    if cursor is not None and cursor.direction is Direction.NEWER:
        newer = [key for key in keys if key > cursor.key]
        return KeyPage(keys=tuple(newer[-size:]), has_newer=len(newer) > size, has_older=True)
    older = keys if cursor is None else [key for key in keys if key < cursor.key]
    return KeyPage(keys=tuple(older[:size]), has_newer=cursor is not None, has_older=len(older) > size)


def totals_by_year(parts: Iterable[Part], who: Reader) -> list[YearTotal]:
    """What was paid, the latest year first; what is only due later is paid to nobody yet."""
    sums: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    to_you = is_paid_to(who)
    for part in parts:
        if part.paid is None:
            continue
        total = sums[part.payment_date.year]
        total[0] += part.paid
        if to_you(part):
            total[1] += part.paid
        elif is_paid_to_care_giver(part):
            total[2] += part.paid
    return [
        YearTotal(year=year, total=total, to_you=own, to_care_givers=theirs)
        for year, (total, own, theirs) in sorted(sums.items(), reverse=True)
    ]
