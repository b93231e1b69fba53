"""How conversations went, month by month: how many, how long people waited, whether they had their answer.

A figure about few people is hidden, and cannot be computed from the others.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ameli_notify.core.sql import fetch_all
from fraud.conversations.enums import Satisfaction

FEWEST: Final = 5
"""A figure about fewer people could lead to somebody."""
MONTHS: Final = 12

# Whoever was never answered has no wait: the percentiles leave them out.
_BY_MONTH: Final = """
SELECT date_trunc('month', asked_at AT TIME ZONE 'Europe/Paris')::date AS month,
       count(*),
       count(first_opened_at),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY first_opened_at - asked_at),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY first_opened_at - asked_at),
       count(*) FILTER (WHERE satisfaction = 'yes'),
       count(*) FILTER (WHERE satisfaction = 'partly'),
       count(*) FILTER (WHERE satisfaction = 'no')
FROM fraud_conversation
WHERE asked_at >= (%(first)s::date::timestamp AT TIME ZONE 'Europe/Paris')
GROUP BY month ORDER BY month DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """One month's requests, by the day they were made. None: hidden, or nothing to tell.

    Waits are minutes by the clock, from asking to the first adviser. ``shares_pct``: of those who said, by answer.
    """

    month: dt.date
    asked: int
    answered: int | None
    median_minutes: int | None
    p90_minutes: int | None
    rated: int | None
    shares_pct: Mapping[Satisfaction, int | None]


def by_month(*, today: dt.date) -> list[MonthRow]:
    """This month and the eleven before it, the newest first; a month without a request has no row."""
    year, month = divmod(today.year * 12 + today.month - MONTHS, 12)
    return [_row(*values) for values in fetch_all(_BY_MONTH, {"first": dt.date(year, month + 1, 1)})]


def _row(
    month: dt.date,
    asked: int,
    answered: int,
    median: dt.timedelta | None,
    p90: dt.timedelta | None,
    *by_answer: int,
) -> MonthRow:
    is_shown = answered >= FEWEST
    counts = dict(zip(Satisfaction, by_answer, strict=True))
    rated = sum(counts.values())
    return MonthRow(
        month=month,
        asked=asked,
        answered=answered if is_shown else None,
        median_minutes=_minutes(median) if is_shown else None,
        p90_minutes=_minutes(p90) if is_shown else None,
        rated=rated if rated >= FEWEST else None,
        shares_pct=_shares(counts),
    )


def _shares(counts: Mapping[Satisfaction, int]) -> dict[Satisfaction, int | None]:
    """Percentages of those who said; a small one takes the next smallest with it, from which it could be computed."""
    rated = sum(counts.values())
    given = sorted((answer for answer in counts if counts[answer]), key=lambda answer: counts[answer])
    few = sum(counts[answer] < FEWEST for answer in given)
    hidden = set(given[: 2 if few == 1 else few]) if rated >= FEWEST else set(counts)
    return {answer: None if answer in hidden else round(100 * number / rated) for answer, number in counts.items()}


def _minutes(wait: dt.timedelta | None) -> int | None:
    return None if wait is None else round(wait.total_seconds() / 60)
