"""How many advisers a list takes, and when it will be done: from what was measured, each with a range.

Nothing here is a promise: a range says between which figures the truth lies if the days to come are like those
measured. Without enough calls the figures are assumptions, and are called so.
"""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from outreach.campaigns.campaign.definition import Window
from outreach.campaigns.campaign.hours import TERRITORIES
from outreach.campaigns.supervision.figures import Figures

FEWEST_ATTEMPTS: Final = 200
FEWEST_HOURS: Final = 10.0
"""Below either, what was measured says too little."""
FEWEST_DAYS: Final = 3
MOST_DAYS: Final = 10
WEEKLY_HOURS: Final = 35
_Z: Final = 1.96
_T: Final = (2.92, 2.35, 2.13, 2.02, 1.94, 1.89, 1.86, 1.83)
"""Student, 90 % on both sides, for three to ten days."""
_MINUTES_OF_A_TALK: Final = 7.5
_MINUTES_OF_A_MISS: Final = 0.75
_OCCUPANCY: Final = 0.85
_ASSUMED_REACH: Final = (0.2, 0.3, 0.4)
"""Of each call: low, likely, high. Assumptions until calls are measured; no published French figure was found."""
_ASSUMED_PAUSES: Final = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The likely figure, and the ends between which it probably lies."""

    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """``ended_a_call``: how many people a call is done with, on average; ``calls_an_hour``: of an adviser's work.

    ``pauses``: share of the time signed in that is pauses. ``attempts``: on how many calls it rests; 0 for assumptions.
    """

    ended_a_call: Range
    calls_an_hour: Range
    pauses: float
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """``hours``: of work; ``at_once``: advisers calling while it is time to call; ``posts``: full-time, with pauses."""

    hours: Range
    at_once: Range
    posts: Range


def measured_pace(figures: Figures, *, pauses: float | None) -> Pace | None:
    """The pace of calls that were made; None when they are too few."""
    if figures.attempts < FEWEST_ATTEMPTS or figures.work_hours < FEWEST_HOURS or not figures.called:
        return None
    ended = min(figures.called, figures.attempts)
    low, high = wilson(ended, figures.attempts)
    calls = figures.attempts / figures.work_hours
    # Counts of calls in so many hours: a Poisson count's own spread.
    spread = _Z / math.sqrt(figures.attempts)
    return Pace(
        ended_a_call=Range(low=low, likely=ended / figures.attempts, high=high),
        calls_an_hour=Range(low=calls * (1 - spread), likely=calls, high=calls * (1 + spread)),
        pauses=_ASSUMED_PAUSES if pauses is None else min(pauses, 0.9),
        attempts=figures.attempts,
    )


def assumed_pace(*, max_attempts: int) -> Pace:
    """What to expect before any call: the fewer people answer, the faster a call, and the more calls it takes."""
    low, likely, high = (_of_reach(reach, max_attempts) for reach in _ASSUMED_REACH)
    return Pace(
        ended_a_call=Range(low=low[0], likely=likely[0], high=high[0]),
        calls_an_hour=Range(low=high[1], likely=likely[1], high=low[1]),
        pauses=_ASSUMED_PAUSES,
        attempts=0,
    )


def _of_reach(reach: float, max_attempts: int) -> tuple[float, float]:
    calls_a_person = (1 - (1 - reach) ** max_attempts) / reach
    minutes = reach * _MINUTES_OF_A_TALK + (1 - reach) * _MINUTES_OF_A_MISS
    return 1 / calls_a_person, 60 / minutes * _OCCUPANCY


def staffing(people: int, pace: Pace, *, open_hours: float, weeks: float) -> Staffing | None:
    """What so many people take in the hours that are left; None when no hour is left.

    ``open_hours``: in which people may be called; ``weeks``: over which they are spread, one at least.
    """
    if open_hours <= 0:
        return None
    # Fast calls that reach nobody end few people: the two go together, so the ends are taken as pairs.
    paired = pace.attempts == 0
    per_hour = sorted(
        (
            pace.ended_a_call.low * (pace.calls_an_hour.high if paired else pace.calls_an_hour.low),
            pace.ended_a_call.likely * pace.calls_an_hour.likely,
            pace.ended_a_call.high * (pace.calls_an_hour.low if paired else pace.calls_an_hour.high),
        )
    )
    slow, likely, fast = per_hour
    hours = Range(low=people / fast, likely=people / likely, high=people / slow)
    a_post = WEEKLY_HOURS * max(weeks, 1.0) * (1 - pace.pauses)
    return Staffing(hours=hours, at_once=_divided(hours, open_hours), posts=_divided(hours, a_post))


def _divided(hours: Range, by: float) -> Range:
    return Range(low=hours.low / by, likely=hours.likely / by, high=hours.high / by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The day on which nobody will be left: ``latest`` None when the slow end of the pace would take over a year."""

    earliest: dt.date
    likely: dt.date
    latest: dt.date | None
    days_measured: int


def forecast(
    remaining: int, ended_by_day: Sequence[int], *, windows: Sequence[Window], today: dt.date
) -> Forecast | None:
    """From the people whom whole past days of calling ended, the latest last. None from fewer than three days."""
    days = list(ended_by_day)[-MOST_DAYS:]
    if len(days) < FEWEST_DAYS:
        return None
    mean = sum(days) / len(days)
    if mean <= 0:
        return None
    variance = sum((day - mean) ** 2 for day in days) / (len(days) - 1)
    margin = _T[len(days) - FEWEST_DAYS] * math.sqrt(variance / len(days))
    earliest = _after(math.ceil(remaining / (mean + margin)), windows=windows, today=today)
    likely = _after(math.ceil(remaining / mean), windows=windows, today=today)
    if earliest is None or likely is None:
        return None
    slow = mean - margin
    latest = None if slow <= 0 else _after(math.ceil(remaining / slow), windows=windows, today=today)
    return Forecast(earliest=earliest, likely=likely, latest=latest, days_measured=len(days))


def _after(calling_days: int, *, windows: Sequence[Window], today: dt.date) -> dt.date | None:
    """The last of so many days of calling, today included; None when that is over a year away."""
    left = calling_days
    for ahead in range(366):
        day = today + dt.timedelta(days=ahead)
        left -= bool(hours_of(windows, day))
        if left <= 0:
            return day
    return None


def hours_of(windows: Sequence[Window], day: dt.date) -> float:
    """Hours in which people may be called that day, in metropolitan France; a holiday has none."""
    if TERRITORIES[""].is_holiday(day):
        return 0.0
    return sum(_length(window) for window in windows if window.weekday == day.isoweekday())


def open_hours(windows: Sequence[Window], *, first: dt.date, last: dt.date) -> float:
    """Hours in which people may be called from one day to another, both included."""
    days = (first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1))
    return sum(hours_of(windows, day) for day in days)


def _length(window: Window) -> float:
    return (window.closes.hour - window.opens.hour) + (window.closes.minute - window.opens.minute) / 60


def wilson(successes: int, of: int, *, z: float = _Z) -> tuple[float, float]:
    """Wilson's score interval of a share: 95 % unless told. Raises ZeroDivisionError of nothing."""
    share = successes / of
    middle = share + z * z / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    whole = 1 + z * z / of
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)
