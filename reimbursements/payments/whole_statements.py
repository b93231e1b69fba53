"""Statements in full, and which of their lines were chosen: a choice may cut through a statement.

A line is explained with those beside it (a participation is withheld from the act next to it), so the engine is
given all that the reader may see of a statement, even where only some lines are to be shown.
"""

from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.db.models import Case, Q, Value, When

from reimbursements.explanations.lines import LineView
from reimbursements.payments.querysets import VIEW, Lines
from reimbursements.payments.tokens import StatementKey

_KEY: Final = ("payment_date", "emitter_code", "statement_no")
_IN_STATEMENT: Final = ("line_no", "rem_type", "id")


class TooManyLinesError(ValueError):
    """More lines than can be shown at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeStatement:
    """``is_chosen`` has one mark for each of ``lines``; at least one of them is true."""

    key: StatementKey
    lines: tuple[LineView, ...]
    is_chosen: tuple[bool, ...]

    @property
    def is_whole(self) -> bool:
        return all(self.is_chosen)


def whole_statements(lines: Lines, condition: Q, *, most: int) -> list[WholeStatement]:
    """The statements with a line that meets the condition, the latest first. One query.

    ``lines``: what the reader may see of a period. Raises TooManyLinesError when that is more than ``most``.
    """
    mark = Case(When(condition, then=Value(True)), default=Value(False)) if condition else Value(True)
    ordered = lines.annotate(is_chosen=mark).order_by(*(f"-{name}" for name in _KEY), *_IN_STATEMENT)
    rows = list(ordered.values(*VIEW, "emitter_code", "statement_no", "is_chosen")[: most + 1])
    if len(rows) > most:
        raise TooManyLinesError
    statements = [
        _statement(list(group)) for _, group in groupby(rows, key=lambda row: tuple(row[name] for name in _KEY))
    ]
    return [one for one in statements if any(one.is_chosen)]


def _statement(rows: list[dict[str, Any]]) -> WholeStatement:
    first = rows[0]
    return WholeStatement(
        key=StatementKey(
            payment_date=first["payment_date"], emitter_code=first["emitter_code"], statement_no=first["statement_no"]
        ),
        lines=tuple(LineView(**{name: row[name] for name in VIEW}) for row in rows),
        is_chosen=tuple(row["is_chosen"] for row in rows),
    )
