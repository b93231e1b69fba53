"""What django-q2 wakes up for the digest. Each is idempotent: run twice or late, the result is the same."""

import datetime as dt

from django.conf import settings

from ameli_notify.core.partitions import Span, drop_partitions, ensure_partitions
from outreach.digest.collecting import collect_due
from outreach.digest.expiring import expire_unsent
from outreach.digest.planning import heal_missing_runs, today
from outreach.digest.schema import NOTIFICATION, RECIPIENT


def collect() -> int:
    """Add the people of newly loaded batches."""
    return collect_due()


def plan_and_heal() -> int:
    """Plan today's run and make good any missing one; scheduled every ten minutes."""
    return len(heal_missing_runs(today()))


def keep_partitions() -> int:
    """Make the next week's partitions ahead; settle what is unsent past its retention, then drop it."""
    day = today()
    made = ensure_partitions(NOTIFICATION, first=day, last=day + dt.timedelta(days=7), span=Span.DAY)
    made += ensure_partitions(RECIPIENT, first=day, last=day + dt.timedelta(days=31), span=Span.MONTH)
    oldest = day - dt.timedelta(days=settings.NOTIFICATION_RETENTION_DAYS)
    expire_unsent(before=oldest)
    drop_partitions(NOTIFICATION, before=oldest)
    drop_partitions(RECIPIENT, before=day - dt.timedelta(days=31 * settings.LINE_RETENTION_MONTHS))
    return made
