"""Working days of the house: Monday to Friday, without the public holidays of metropolitan France.

Source: Code du travail, art. L. 3133-1. Days that only some departments keep (Good Friday and 26 December in
Alsace-Moselle, the abolition of slavery overseas) count as worked everywhere.
"""

import datetime as dt
from functools import cache
from typing import Final

_FIXED: Final = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_AFTER_EASTER: Final = (1, 39, 50)
"""Easter Monday, Ascension Day, Whit Monday."""


def easter(year: int) -> dt.date:
    """Easter Sunday of a Gregorian year (the computation of Meeus, Jones and Butcher)."""
    century, of_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    moon = (19 * (year % 19) + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * rest + 2 * (of_century // 4) - moon - of_century % 4) % 7
    correction = (year % 19 + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * correction + 114, 31)
    return dt.date(year, month, day + 1)


@cache
def public_holidays(year: int) -> frozenset[dt.date]:
    """The eleven public holidays of a year."""
    moving = {easter(year) + dt.timedelta(days=days) for days in _AFTER_EASTER}
    return frozenset({dt.date(year, month, day) for month, day in _FIXED} | moving)


def is_working_day(day: dt.date) -> bool:
    return day.isoweekday() <= 5 and day not in public_holidays(day.year)


def add_working_days(day: dt.date, count: int) -> dt.date:
    """The ``count``-th working day after ``day``; the day itself for 0. Raises ValueError for a negative count."""
    if count < 0:
        raise ValueError("working days are counted forwards")
    while count:
        day += dt.timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_between(start: dt.date, end: dt.date) -> int:
    """Working days after ``start``, up to ``end`` inclusive; 0 when ``end`` is not later."""
    days = (start + dt.timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(map(is_working_day, days))
