"""Days from one to another, both counted."""

import datetime as dt
from dataclasses import dataclass
from typing import Self

from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the insurer's calendar, the last one included."""

    first: dt.date
    last: dt.date

    @classmethod
    def of_year(cls, year: int) -> Self:
        return cls(dt.date(year, 1, 1), dt.date(year, 12, 31))

    @property
    def is_a_year(self) -> bool:
        return self == Period.of_year(self.first.year)

    @property
    def instants(self) -> tuple[dt.datetime, dt.datetime]:
        """From the first one, to just before the second."""
        start, end = self.first, self.last + dt.timedelta(days=1)
        return timezone.make_aware(dt.datetime.combine(start, dt.time.min)), timezone.make_aware(
            dt.datetime.combine(end, dt.time.min)
        )
