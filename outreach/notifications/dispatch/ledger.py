"""The chunk ledger: lease, fence, and how far a sender was about to go.

A claim and a hand-up are durable before anything is sent; outcomes may be committed asynchronously, for what a
killed server forgets of them is in the sender's journal, or becomes ``unknown``. All instants are the database's.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from ameli_notify.core.sql import fetch_all, fetch_one, fetch_value, run
from outreach.digest.schema import NOTIFICATION
from outreach.notifications.dispatch.identity import is_certainly_dead
from outreach.notifications.dispatch.outcomes import OutcomeGroup
from outreach.notifications.dispatch.writing import mark_unknown, settle
from outreach.notifications.enums import Channel

CHUNK: Final = "outreach_notificationchunk"
OWNED: Final = f"EXISTS (SELECT FROM {CHUNK} c WHERE c.id = %s AND c.claim_token = %s)"


class LostLease(RuntimeError):
    """Somebody else owns the chunk now: stop sending at once, and write nothing more."""


@dataclass(slots=True)
class Claim:
    """A chunk in our hands. ``was_started`` says that an earlier sender had it before us."""

    chunk_id: int
    run_id: int
    day: dt.date
    channel: Channel
    first_id: int
    last_id: int
    handed_up_to: int
    starts: int
    token: uuid.UUID
    was_started: bool

    @property
    def fence_values(self) -> tuple[int, uuid.UUID]:
        return self.chunk_id, self.token


@contextmanager
def durable() -> Iterator[None]:
    """A transaction that is on disk when it returns, whatever the session's setting."""
    with transaction.atomic():
        run("SET LOCAL synchronous_commit = on")
        yield


def claim_chunk(channel: Channel, *, sender: str, lease: dt.timedelta) -> Claim | None:
    """Take the first chunk that is ready, or whose lease has ended; None when there is none."""
    token = uuid.uuid4()
    with durable():
        row = fetch_one(
            f"""
            WITH candidate AS (
                SELECT c.id, c.status FROM {CHUNK} c JOIN outreach_digestrun r ON r.id = c.run_id
                WHERE c.channel = %s AND c.status <> 'done' AND r.status = 'sending'
                  AND (c.status = 'ready' OR c.leased_until < now())
                  AND (c.not_before IS NULL OR c.not_before <= now())
                ORDER BY c.id LIMIT 1
                FOR UPDATE OF c SKIP LOCKED
            )
            UPDATE {CHUNK} c
            SET status = 'claimed', claim_token = %s, leased_until = now() + %s, sender = %s, starts = c.starts + 1
            FROM candidate WHERE c.id = candidate.id
            RETURNING c.id, c.run_id, c.created_on, c.first_id, c.last_id, c.handed_up_to, c.starts,
                candidate.status = 'claimed'
            """,
            [channel, token, lease, sender],
        )
    if row is None:
        return None
    chunk_id, run_id, day, first_id, last_id, handed, starts, was_started = row
    return Claim(chunk_id, run_id, day, channel, first_id, last_id, handed, starts, token, was_started)


def release_dead_senders(channel: Channel) -> int:
    """End the leases of this host's senders that no longer exist; returns how many chunks that frees."""
    found = fetch_all(
        f"SELECT DISTINCT sender FROM {CHUNK} WHERE channel = %s AND status = 'claimed' AND leased_until > now()",
        [channel],
    )
    dead = [sender for (sender,) in found if is_certainly_dead(sender)]
    if not dead:
        return 0
    return run(
        f"""UPDATE {CHUNK} SET leased_until = now() - interval '1 second'
            WHERE channel = %s AND status = 'claimed' AND sender = ANY(%s)""",
        [channel, dead],
    )


def settle_abandoned(claim: Claim, *, journal: OutcomeGroup) -> int:
    """After a take-over: write the journal's outcomes, make the rest below ``handed_up_to`` unknown.

    Returns how many became unknown. Nothing above ``handed_up_to`` was tried.
    """
    with durable():
        settle(claim.day, journal, fence=OWNED, fence_values=claim.fence_values)
        return mark_unknown(claim.day, handed_without_outcome(claim), fence=OWNED, fence_values=claim.fence_values)


def handed_without_outcome(claim: Claim) -> list[int]:
    """Ids of the chunk that may have been handed over and have no outcome; rows waiting for a retry have one."""
    found = fetch_all(
        f"""SELECT id FROM {NOTIFICATION}
            WHERE created_on = %s AND id BETWEEN %s AND %s AND run_id = %s AND status = 'created'
              AND next_attempt_at IS NULL
            ORDER BY id""",
        [claim.day, claim.first_id, claim.handed_up_to, claim.run_id],
    )
    return [row for (row,) in found]


def hand_up(claim: Claim, *, up_to: int, lease: dt.timedelta) -> None:
    """Say, durably and before sending, how far we are about to go. Raises LostLease."""
    with durable():
        touched = run(
            f"""UPDATE {CHUNK} SET handed_up_to = %s, leased_until = now() + %s, starts = 1
                WHERE id = %s AND claim_token = %s AND status = 'claimed' AND leased_until > now()""",
            [up_to, lease, *claim.fence_values],
        )
        if touched != 1:
            raise LostLease
    claim.handed_up_to = up_to


def renew(claim: Claim, *, lease: dt.timedelta) -> None:
    """Push the end of the lease back. Raises LostLease."""
    touched = run(
        f"""UPDATE {CHUNK} SET leased_until = now() + %s
            WHERE id = %s AND claim_token = %s AND status = 'claimed' AND leased_until > now()""",
        [lease, *claim.fence_values],
    )
    if touched != 1:
        raise LostLease


def finish(claim: Claim) -> None:
    """Close a chunk whose rows all have an outcome or a date for the next try. Raises LostLease."""
    with durable():
        touched = run(
            f"""UPDATE {CHUNK} SET status = 'done', finished_at = now(), claim_token = NULL, leased_until = NULL
                WHERE id = %s AND claim_token = %s AND handed_up_to = last_id""",
            list(claim.fence_values),
        )
        if touched != 1:
            raise LostLease


def give_back(claim: Claim, *, wait: dt.timedelta) -> None:
    """Return the rest of a chunk for later, when the carrier cannot be reached or the run was paused."""
    with durable():
        run(
            f"""UPDATE {CHUNK} SET status = 'ready', claim_token = NULL, leased_until = NULL,
                    not_before = now() + %s, starts = 0
                WHERE id = %s AND claim_token = %s""",
            [wait, *claim.fence_values],
        )


def end_own_leases(sender: str) -> None:
    """After the database came back: give up what this very sender held, so that it is taken over by the rules."""
    run(
        f"""UPDATE {CHUNK} SET leased_until = now() - interval '1 second'
            WHERE status = 'claimed' AND sender = %s""",
        [sender],
    )


def seconds_until_next(channel: Channel) -> float | None:
    """How long until an open chunk of a run that is being sent can be taken; None when there is none."""
    wait = fetch_value(
        f"""SELECT extract(epoch FROM min(greatest(
                coalesce(CASE WHEN c.status = 'claimed' THEN c.leased_until END, now()),
                coalesce(c.not_before, now()))) - now())
            FROM {CHUNK} c JOIN outreach_digestrun r ON r.id = c.run_id
            WHERE c.channel = %s AND c.status <> 'done' AND r.status = 'sending'""",
        [channel],
    )
    return None if wait is None else max(0.0, float(wait))


def count_start(claim: Claim, notification_id: int, *, composed: int | None) -> int:
    """Count one careful start of a suspect row, durably, before any work on it; returns its starts so far.

    The first careful start is the row's second: an earlier sender died while it may have worked on it. ``composed``
    is the row before it, which did no harm: its count goes back. Raises LostLease.
    """
    with durable():
        counted = fetch_all(
            f"""UPDATE {NOTIFICATION} n
                SET attempts = CASE WHEN n.id = %s THEN greatest(n.attempts, 1) + 1 ELSE 1 END
                WHERE n.created_on = %s AND n.id IN (%s, %s) AND n.status = 'created' AND {OWNED}
                RETURNING n.id, n.attempts""",
            [notification_id, claim.day, notification_id, composed, *claim.fence_values],
        )
    starts: int | None = dict(counted).get(notification_id)
    if starts is None:
        raise LostLease
    return starts
