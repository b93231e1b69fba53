"""Limits on tries, exact under any number of parallel requests.

One statement counts a try and reads the total, so that two requests can never both be the last one allowed
(a counter read and then written in a cache lets every parallel request through). The window begins with the
first try and runs by the database's clock. Call it outside a transaction that may be rolled back: a try that is
rolled back was never counted.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connection

from ameli_notify.core.crypto import lookup_id, lookup_key
from ameli_notify.core.models import RateLimitCounter

_COUNT: Final = f"""
INSERT INTO {RateLimitCounter._meta.db_table} AS counter (bucket, tries, ends_at)
VALUES (%(bucket)s, 1, statement_timestamp() + make_interval(secs => %(window)s))
ON CONFLICT (bucket) DO UPDATE SET
    tries = CASE WHEN counter.ends_at <= statement_timestamp() THEN 1
                 ELSE least(counter.tries + 1, %(ceiling)s) END,
    ends_at = CASE WHEN counter.ends_at <= statement_timestamp() THEN excluded.ends_at ELSE counter.ends_at END
RETURNING tries, extract(epoch FROM ends_at - statement_timestamp())
"""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The try may go on; ``left`` more are allowed in this window, which ends in ``ends_in`` seconds."""

    left: int
    ends_in: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """The limit is reached until the window ends."""

    seconds: int


def hit(bucket: str, *, limit: int, window_seconds: int) -> Allowed | RetryAfter:
    """Count one try in ``bucket`` and say whether it is within ``limit`` tries per window.

    ``bucket`` says what is limited and for whom (« code|42 »); only its keyed hash reaches the database.
    """
    if limit < 1 or window_seconds < 1:
        raise ValueError("a limit allows at least one try in a window of at least one second")
    params: dict[str, Any] = {"bucket": bucket_id(bucket), "window": window_seconds, "ceiling": limit + 1}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, params)
        tries, seconds_left = cursor.fetchone()
    seconds = max(1, math.ceil(seconds_left))
    return RetryAfter(seconds) if tries > limit else Allowed(limit - tries, ends_in=seconds)


def forget(bucket: str) -> None:
    """Start again from zero: what was limited has just succeeded."""
    RateLimitCounter.objects.filter(bucket=bucket_id(bucket)).delete()


def purge_ended() -> int:
    """Delete the counters whose window has ended; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {RateLimitCounter._meta.db_table} WHERE ends_at <= statement_timestamp()")
        return int(cursor.rowcount)


def bucket_id(bucket: str) -> UUID:
    """Keyed hash under which a bucket is stored."""
    return lookup_id("limit", bucket, key=lookup_key())
