"""Working days, against published calendars."""

import datetime as dt

import pytest

from ameli_notify.core.working_calendar import (
    add_working_days,
    easter,
    is_working_day,
    public_holidays,
    working_days_between,
)


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2000, 4, 23), (2008, 3, 23), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2038, 4, 25)]
)
def test_easter(year: int, month: int, day: int) -> None:
    assert easter(year) == dt.date(year, month, day)


def test_the_holidays_of_2026() -> None:
    days = ("01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25")
    assert public_holidays(2026) == {dt.date.fromisoformat(f"2026-{day}") for day in days}


def test_weekends_and_holidays_are_not_worked() -> None:
    assert is_working_day(dt.date(2026, 11, 20))
    assert not is_working_day(dt.date(2026, 11, 21))
    assert not is_working_day(dt.date(2026, 11, 11))


def test_counting_goes_over_a_long_weekend() -> None:
    # Wednesday 13 May, Ascension Day on the 14th, then Friday and a weekend.
    assert add_working_days(dt.date(2026, 5, 13), 2) == dt.date(2026, 5, 18)
    assert add_working_days(dt.date(2026, 5, 14), 0) == dt.date(2026, 5, 14)
    assert working_days_between(dt.date(2026, 5, 13), dt.date(2026, 5, 18)) == 2
    assert working_days_between(dt.date(2026, 5, 18), dt.date(2026, 5, 13)) == 0


def test_nobody_counts_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        add_working_days(dt.date(2026, 5, 13), -1)
