"""The lane of single messages: retries, and later codes and alerts, leased by row.

A row in the lane has ``next_attempt_at``. Claiming commits the lease and counts the attempt before the work, so
that a claimed row whose lease ended may have been handed over: it becomes ``unknown``.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ameli_notify.core.sql import fetch_all, fetch_value, run
from outreach.digest.schema import NOTIFICATION
from outreach.notifications.dispatch.ledger import durable
from outreach.notifications.dispatch.outcomes import OutcomeGroup
from outreach.notifications.dispatch.writing import mark_unknown, settle
from outreach.notifications.enums import Channel

ROW_OWNED: Final = "n.claim_token = %s"


@dataclass(frozen=True, slots=True)
class LaneClaim:
    """Rows of several days, leased under one token."""

    token: uuid.UUID
    days: dict[int, dt.date]

    @property
    def ids(self) -> list[int]:
        return sorted(self.days)


def claim_rows(channel: Channel, *, limit: int, lease: dt.timedelta) -> LaneClaim | None:
    """Lease up to ``limit`` rows whose time has come; None when there is none."""
    token = uuid.uuid4()
    with durable():
        found = fetch_all(
            f"""
            WITH due AS (
                SELECT n.created_on, n.id FROM {NOTIFICATION} n
                LEFT JOIN outreach_digestrun r ON r.id = n.run_id
                WHERE n.next_attempt_at <= now() AND n.status = 'created' AND n.channel = %s
                  AND (r.id IS NULL OR r.status <> 'paused')
                ORDER BY n.next_attempt_at LIMIT %s
                FOR UPDATE OF n SKIP LOCKED
            )
            UPDATE {NOTIFICATION} n
            SET status = 'claimed', claim_token = %s, attempts = n.attempts + 1, next_attempt_at = now() + %s,
                first_tried_at = coalesce(n.first_tried_at, now())
            FROM due WHERE n.created_on = due.created_on AND n.id = due.id
            RETURNING n.id, n.created_on
            """,
            [channel, limit, token, lease],
        )
        days = dict(found)
    return LaneClaim(token, days) if days else None


def settle_rows(claim: LaneClaim, group: OutcomeGroup) -> int:
    """Write outcomes of rows that are still ours, on disk at return; returns how many took theirs.

    A chunk's outcomes become durable when it is finished, and its journal goes after that; the lane has no such end.
    """
    with durable():
        return _settle_rows(claim, group)


def _settle_rows(claim: LaneClaim, group: OutcomeGroup) -> int:
    written = 0
    for day in set(claim.days.values()):
        of_day = {row for row, its_day in claim.days.items() if its_day == day}
        part = OutcomeGroup(
            accepted=[row for row in group.accepted if row in of_day],
            permanent={row: reason for row, reason in group.permanent.items() if row in of_day},
            retry={row: reason for row, reason in group.retry.items() if row in of_day},
            unknown=[row for row in group.unknown if row in of_day],
        )
        written += settle(day, part, fence=ROW_OWNED, fence_values=[claim.token])
    return written


def expired_claims(channel: Channel) -> list[LaneClaim]:
    """What died senders left behind, by token."""
    left = fetch_all(
        f"""SELECT claim_token, id, created_on FROM {NOTIFICATION}
            WHERE next_attempt_at < now() AND status = 'claimed' AND channel = %s""",
        [channel],
    )
    claims: dict[uuid.UUID, LaneClaim] = {}
    for token, row, day in left:
        claims.setdefault(token, LaneClaim(token, {})).days[row] = day
    return list(claims.values())


def settle_expired(claim: LaneClaim, *, journal: OutcomeGroup, rest: Sequence[int]) -> int:
    """Write the journal's outcomes and make the rest unknown; returns how many became unknown."""
    with durable():
        _settle_rows(claim, journal)
        return sum(
            mark_unknown(
                day, list(rest), fence=f"{ROW_OWNED} AND n.next_attempt_at < now()", fence_values=[claim.token]
            )
            for day in set(claim.days.values())
        )


def renew(claim: LaneClaim, *, lease: dt.timedelta) -> None:
    """Push back the end of the lease of the rows that have no outcome yet."""
    run(
        f"""UPDATE {NOTIFICATION} SET next_attempt_at = now() + %s
            WHERE created_on = ANY(%s) AND id = ANY(%s) AND status = 'claimed' AND claim_token = %s""",
        [lease, list(set(claim.days.values())), claim.ids, claim.token],
    )


def seconds_until_next(channel: Channel) -> float | None:
    """How long until a row of the lane is due or a lease in it ends; None when there is none of a run being sent."""
    wait = fetch_value(
        f"""SELECT extract(epoch FROM min(n.next_attempt_at) - now()) FROM {NOTIFICATION} n
            LEFT JOIN outreach_digestrun r ON r.id = n.run_id
            WHERE n.next_attempt_at IS NOT NULL AND n.channel = %s
              AND (r.id IS NULL OR r.status <> 'paused' OR n.status = 'claimed')""",
        [channel],
    )
    return None if wait is None else max(0.0, float(wait))
