"""When advisers answer: working days of the house, in the time of Paris."""

import datetime as dt
from typing import Final

from django.utils import timezone

from ameli_notify.core.working_calendar import add_working_days, is_working_day
from reimbursements.explanations.typography import french_date

OPENS: Final = dt.time(8, 30)
CLOSES: Final = dt.time(17, 30)
_DAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi")


def is_open(now: dt.datetime) -> bool:
    local = timezone.localtime(now)
    return is_working_day(local.date()) and OPENS <= local.time() < CLOSES


def next_opening(now: dt.datetime) -> dt.date:
    """The day on which advisers answer next, when they do not now."""
    local = timezone.localtime(now)
    if is_working_day(local.date()) and local.time() < OPENS:
        return local.date()
    return add_working_days(local.date(), 1)


def hours_fr(now: dt.datetime) -> str:
    """Whether somebody answers now, and when, for the person who waits."""
    hours = f"de {_clock(OPENS)} à {_clock(CLOSES)}, du lundi au vendredi, sauf les jours fériés"
    if is_open(now):
        return f"Les conseillers répondent en ce moment. Ils répondent {hours}."
    day = next_opening(now)
    return (
        f"Les conseillers ne répondent pas en ce moment. Ils reprennent {_DAYS[day.weekday()]} {french_date(day)} "
        f"à {_clock(OPENS)}. Ils répondent {hours}. Vous pouvez écrire dès maintenant."
    )


def _clock(time: dt.time) -> str:
    return f"{time:%H\u00a0h\u00a0%M}".removeprefix("0")
