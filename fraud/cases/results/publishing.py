"""The published figures: one edition a year, counted by a job, read by everybody."""

import datetime as dt
from typing import Final

from fraud.cases.results.hiding import FEWEST
from fraud.cases.results.models import ResultsEdition
from fraud.cases.results.periods import Period
from fraud.cases.results.tables import as_json, result_tables

PUBLISHED_FROM: Final = (3, 1)
"""Month and day of the year after: by then the last entries of December are in the ledger."""


def publish_due(*, today: dt.date) -> bool:
    """Publish last year's figures when their day has come; says whether it did. Twice at once does it once.

    A year of which nothing was counted is not published.
    """
    year = today.year - 1
    if (today.month, today.day) < PUBLISHED_FROM or ResultsEdition.objects.filter(year=year).exists():
        return False
    tables = result_tables(Period.of_year(year), fewest=FEWEST)
    if all(table.is_empty for table in tables):
        return False
    _, is_made = ResultsEdition.objects.get_or_create(
        year=year, defaults={"published_on": today, "content": as_json(tables)}
    )
    return is_made


def next_publication(*, today: dt.date) -> tuple[int, dt.date]:
    """Which year is published next, and on which day at the earliest."""
    month, day = PUBLISHED_FROM
    this_year = dt.date(today.year, month, day)
    return (today.year - 1, this_year) if today < this_year else (today.year, this_year.replace(year=today.year + 1))


def edition_of(year: int | None) -> ResultsEdition | None:
    """The edition of a year, or the latest one."""
    editions = ResultsEdition.objects.order_by("-year")
    return (editions if year is None else editions.filter(year=year)).first()
