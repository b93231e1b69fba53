"""When somebody may be called: by the clock and the holidays of where they live, not of the server.

Holidays: the eleven of all France, and those that only some territories keep. Sources: Code du travail,
art. L. 3133-1 (all), L. 3134-13 (Alsace-Moselle; Good Friday holds in communes with a mixed place of worship, and
nobody is called on it), loi 83-550 du 30 juin 1983 and décret 83-1003 (abolition of slavery overseas).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from ameli_notify.core.working_calendar import easter, public_holidays
from outreach.campaigns.campaign.definition import Window

_PARIS: Final = "Europe/Paris"
LOOK_AHEAD: Final = 30
"""Days: no run of holidays is longer, a month without a window means that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """A clock, and the days (month, day) that are holidays there only."""

    zone: str
    own_holidays: tuple[tuple[int, int], ...] = ()
    keeps_good_friday: bool = False

    def local(self, at: dt.datetime) -> dt.datetime:
        return at.astimezone(ZoneInfo(self.zone))

    def is_holiday(self, day: dt.date) -> bool:
        if day in public_holidays(day.year) or (day.month, day.day) in self.own_holidays:
            return True
        return self.keeps_good_friday and day == easter(day.year) - dt.timedelta(days=2)


_ALSACE_MOSELLE: Final = Territory(zone=_PARIS, own_holidays=((12, 26),), keeps_good_friday=True)
TERRITORIES: Final[Mapping[str, Territory]] = {
    "": Territory(zone=_PARIS),
    "57": _ALSACE_MOSELLE,
    "67": _ALSACE_MOSELLE,
    "68": _ALSACE_MOSELLE,
    "971": Territory(zone="America/Guadeloupe", own_holidays=((5, 27),)),
    "972": Territory(zone="America/Martinique", own_holidays=((5, 22),)),
    "973": Territory(zone="America/Cayenne", own_holidays=((6, 10),)),
    "974": Territory(zone="Indian/Reunion", own_holidays=((12, 20),)),
    "976": Territory(zone="Indian/Mayotte", own_holidays=((4, 27),)),
}
"""By the code of the directory (feed format assures-v1). Whoever lives under another code is not called."""


def window_at(windows: Iterable[Window], *, territory: str, at: dt.datetime) -> Window | None:
    """The window that is open there at this instant, if any. Raises KeyError for a territory without a clock."""
    place = TERRITORIES[territory]
    local = place.local(at)
    if place.is_holiday(local.date()):
        return None
    clock = local.time().replace(tzinfo=None)
    return next((one for one in windows if one.weekday == local.isoweekday() and one.opens <= clock < one.closes), None)


def open_territories(windows: Sequence[Window], *, at: dt.datetime) -> list[str]:
    """Where people may be called at this instant."""
    return [code for code in TERRITORIES if window_at(windows, territory=code, at=at)]


def next_time(
    windows: Sequence[Window], *, territory: str, after: dt.datetime, avoiding: Window | None = None
) -> dt.datetime:
    """The first instant from ``after`` on at which the person may be called.

    ``avoiding``: not at the same time of day as in this window, if there is any other. Raises LookupError when there
    is no window for a month.
    """
    place = TERRITORIES[territory]
    others = [
        one for one in windows if avoiding is None or (one.opens, one.closes) != (avoiding.opens, avoiding.closes)
    ]
    first = place.local(after)
    for ahead in range(LOOK_AHEAD):
        day = first.date() + dt.timedelta(days=ahead)
        if place.is_holiday(day):
            continue
        for window in sorted(others or windows):
            if window.weekday != day.isoweekday():
                continue
            opens = dt.datetime.combine(day, window.opens, tzinfo=ZoneInfo(place.zone))
            closes = dt.datetime.combine(day, window.closes, tzinfo=ZoneInfo(place.zone))
            if after < closes:
                return max(opens, after).astimezone(dt.UTC)
    raise LookupError("no window within a month")
