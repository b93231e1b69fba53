"""The months that the line table holds: made ahead, dropped when they are older than the retention."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from ameli_notify.core.partitions import Span, drop_partitions, ensure_partitions
from reimbursements.lines.schema import TABLE

MONTHS_AHEAD: Final = 3


@dataclass(frozen=True, slots=True)
class PartitionChanges:
    """How many monthly partitions were made, and which were dropped."""

    made: int
    dropped: list[str]


def first_kept_day(day: dt.date) -> dt.date:
    """The first day of the oldest month that is still kept on ``day`` (settings.LINE_RETENTION_MONTHS)."""
    return _months_from(day, -settings.LINE_RETENTION_MONTHS)


def keep_partitions(today: dt.date) -> PartitionChanges:
    """Make this month's partition and those of the next three, drop those past retention. Safe to repeat."""
    made = ensure_partitions(TABLE, first=today, last=_months_from(today, MONTHS_AHEAD), span=Span.MONTH)
    return PartitionChanges(made, drop_partitions(TABLE, before=first_kept_day(today)))


def _months_from(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, 1)
