"""Instants and hours in words, by the clock of where the person lives."""

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from django.utils.formats import date_format

from outreach.campaigns.campaign.definition import Window
from outreach.campaigns.campaign.hours import TERRITORIES

_DAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def moment_fr(at: dt.datetime, *, territory: str) -> str:
    """« mardi 24 novembre 2026 à 10 h 30 »."""
    local = TERRITORIES[territory].local(at)
    day = "1er" if local.day == 1 else str(local.day)
    return f"{date_format(local, 'l')} {day} {date_format(local, 'F Y')} à {hour_fr(local.time())}"


def hour_fr(time: dt.time) -> str:
    """« 10 h », « 10 h 30 », with spaces that do not break."""
    minutes = f"\u00a0{time.minute:02d}" if time.minute else ""
    return f"{time.hour}\u00a0h{minutes}"


def windows_fr(windows: Sequence[Window]) -> list[str]:
    """« du lundi au vendredi, de 10 h à 13 h et de 14 h à 20 h »: one sentence for days with the same hours."""
    hours = {
        day: tuple((one.opens, one.closes) for one in of_day)
        for day, of_day in groupby(windows, key=lambda one: one.weekday)
    }
    runs: list[tuple[list[int], tuple[tuple[dt.time, dt.time], ...]]] = []
    for day, open_hours in hours.items():
        if runs and runs[-1][1] == open_hours and runs[-1][0][-1] == day - 1:
            runs[-1][0].append(day)
        else:
            runs.append(([day], open_hours))
    return [f"{_days_fr(days)}, {_hours_fr(open_hours)}" for days, open_hours in runs]


def _days_fr(days: Sequence[int]) -> str:
    first, last = _DAYS[days[0] - 1], _DAYS[days[-1] - 1]
    if len(days) == 1:
        return f"le {first}"
    return f"du {first} au {last}" if len(days) > 2 else f"le {first} et le {last}"


def _hours_fr(hours: Sequence[tuple[dt.time, dt.time]]) -> str:
    return " et ".join(f"de {hour_fr(opens)} à {hour_fr(closes)}" for opens, closes in hours)
