"""Finding runs."""

import datetime as dt

from django.db.models import Q


def on_day(text: str) -> Q:
    """Condition for a day written 22/11/2026; nothing matches a day that does not exist."""
    day, month, year = (int(part) for part in text.split("/"))
    try:
        return Q(planned_on=dt.date(year, month, day))
    except ValueError:
        return Q(pk__in=[])
