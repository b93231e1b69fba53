"""One statement, explained to the person who reads it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest

from ameli_notify.core.sealed_tokens import TokenError
from reimbursements.explanations.engine import Explanation, LineExplanation, explain
from reimbursements.explanations.lines import CopayStanding, LineView, Viewer
from reimbursements.explanations.loading import book_for, read_standings, secret_natures
from reimbursements.explanations.typography import euros, french_date
from reimbursements.payments.access import Reader, reader, reader_of
from reimbursements.payments.forms import beneficiary_label
from reimbursements.payments.periods import whole_period
from reimbursements.payments.querysets import Lines, beneficiaries_of, lines_by_statement, visible_lines
from reimbursements.payments.statements import with_movement
from reimbursements.payments.tokens import StatementKey, read_statement_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A label and what stands behind it, ready to print."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailLine:
    heading: str
    beneficiary: str
    explanation: LineExplanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    paid_on: str
    told: Explanation
    payments: tuple[Amount, ...]
    shares: tuple[Amount, ...]
    cost: str
    lines: tuple[DetailLine, ...]


def explain_payment(request: HttpRequest, token: str) -> Detail:
    """Raises Http404 for a token made for somebody else, and for a statement of which nothing may be seen."""
    who = reader_of(request)
    try:
        key = read_statement_token(token, reader_id=who.person_id)
    except TokenError as error:
        raise Http404 from error
    secret = secret_natures(today=who.today)
    with reader(request):
        visible = visible_lines(who, period=whole_period(who.today), secret_natures=secret)
        lines = lines_by_statement(visible, [key])[key]
        if not lines:
            raise Http404
        people = beneficiaries_of(visible.filter(beneficiary_id__in={line.beneficiary_id for line in lines}))
        standings = _standings(visible, lines, {one.person_id: one.born_on for one in people}, who)
    viewer = Viewer(person_id=who.person_id, standings=standings)
    told = explain(lines, book_for(lines, today=who.today), viewer=viewer)
    return _detail(key, told, names={one.person_id: beneficiary_label(one, who=who) for one in people})


def _standings(
    visible: Lines, lines: Sequence[LineView], born_on: Mapping[int, dt.date | None], who: Reader
) -> dict[int, CopayStanding]:
    """Of the year of the latest care: counters of two years on one page would only confuse."""
    year = max(line.care_start for line in lines).year
    return read_standings(visible, year=year, born_on=born_on, today=who.today)


def _detail(key: StatementKey, told: Explanation, *, names: Mapping[int, str]) -> Detail:
    return Detail(
        paid_on=french_date(key.payment_date),
        told=told,
        payments=tuple(Amount(label=one.payee.name, value=euros(one.amount)) for one in told.payments if one.amount),
        shares=tuple(Amount(label=share.label, value=euros(share.amount)) for share in told.shares),
        cost=euros(told.totals.charged),
        lines=tuple(_line(line, names) for line in told.lines),
    )


def _line(own: LineExplanation, names: Mapping[int, str]) -> DetailLine:
    return DetailLine(
        heading=with_movement(own.title, own.movement),
        beneficiary=names[own.line.beneficiary_id],
        explanation=own,
    )
