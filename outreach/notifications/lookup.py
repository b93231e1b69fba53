"""Finding notifications without their day: the table is cut by day and its key begins with the day."""

import datetime as dt
from typing import Final

from django.db.models import Q

from ameli_notify.core.sql import fetch_one
from outreach.digest.models import DigestRunRecipient
from outreach.digest.schema import NOTIFICATION

LAST_OF_PERSON: Final = 60
"""Some months of digests: more than a conversation about them needs."""

# One look-up in the key of each day's partition; the days are read from the catalogue.
_DAY_OF: Final = f"""
SELECT found.created_on
FROM pg_inherits i
CROSS JOIN LATERAL (SELECT to_date(right(i.inhrelid::regclass::text, 8), 'YYYYMMDD') AS day) partition
CROSS JOIN LATERAL (
    SELECT n.created_on FROM {NOTIFICATION} n WHERE n.created_on = partition.day AND n.id = %s LIMIT 1
) found
WHERE i.inhparent = '{NOTIFICATION}'::regclass
LIMIT 1
"""


def day_of(notification_id: int) -> dt.date | None:
    """The day of a notification, or None when there is no such notification any more."""
    row = fetch_one(_DAY_OF, [notification_id])
    return row[0] if row else None


def by_id(notification_id: int) -> Q | None:
    """Condition that finds one notification by its whole key; None when there is none."""
    day = day_of(notification_id)
    return None if day is None else Q(created_on=day, id=notification_id)


def by_person(insured_id: int) -> Q | None:
    """Condition that finds the last digests of a person by their whole keys; None when there are none."""
    keys = (
        DigestRunRecipient.objects.filter(insured_id=insured_id)
        .order_by("-planned_on")
        .values_list("planned_on", "notification_id")[:LAST_OF_PERSON]
    )
    days, ids = zip(*keys, strict=True) if keys else ((), ())
    return Q(created_on__in=days, id__in=ids) if ids else None
