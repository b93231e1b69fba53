"""The periods that a reader can choose: the last months, or a civil year, within what is kept."""

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from reimbursements.lines.services import first_kept_day

LAST_MONTHS: Final = {"3-mois": 3, "6-mois": 6, "12-mois": 12}
ALL: Final = ""


@dataclass(frozen=True, slots=True)
class Period:
    """Days of payment, both included."""

    first: dt.date
    last: dt.date


def whole_period(today: dt.date) -> Period:
    """Everything that is kept: 27 months (settings.LINE_RETENTION_MONTHS)."""
    return Period(first_kept_day(today), today)


def kept_years(today: dt.date) -> tuple[int, ...]:
    """Civil years with days that are kept, the latest first."""
    return tuple(range(today.year, first_kept_day(today).year - 1, -1))


def period_choices(today: dt.date) -> list[tuple[str, str]]:
    """Values and labels of the filter."""
    months = [(value, f"{count} derniers mois") for value, count in LAST_MONTHS.items()]
    years = [(str(year), f"Année {year}") for year in kept_years(today)]
    return [(ALL, f"{settings.LINE_RETENTION_MONTHS} derniers mois"), *months, *years]


def period_of(value: str, *, today: dt.date) -> Period:
    """The period behind a value of ``period_choices``, never wider than what is kept. Raises ValueError."""
    whole = whole_period(today)
    if value == ALL:
        return whole
    if value in LAST_MONTHS:
        return Period(max(_months_before(today, LAST_MONTHS[value]), whole.first), today)
    year = int(value)
    return Period(max(dt.date(year, 1, 1), whole.first), min(dt.date(year, 12, 31), today))


def _months_before(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
