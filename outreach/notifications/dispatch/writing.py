"""The statements that settle notifications. Each is one set, and writes only rows still pending."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.conf import settings

from ameli_notify.core.sql import fetch_value, run
from outreach.digest.schema import DUE, NOTIFICATION, RECIPIENT
from outreach.notifications.dispatch.outcomes import (
    GIVE_UP_AFTER,
    LONGEST_RETRY_SECONDS,
    RETRY_FACTOR,
    OutcomeGroup,
)

REASON_LENGTH: Final = 40

# After a CTE ``lost`` (insured_id, created_on, run_id): whoever was not told becomes due again.
DUE_AGAIN: Final = f"""
INSERT INTO {DUE} AS due (insured_id, cohort, line_count, first_payment_on, last_payment_on)
SELECT r.insured_id, p.cohort, r.line_count, r.first_payment_on, r.last_payment_on
FROM lost
JOIN {RECIPIENT} r ON r.insured_id = lost.insured_id AND r.planned_on = lost.created_on AND r.run_id = lost.run_id
JOIN accounts_insuredperson p ON p.id = r.insured_id
ORDER BY p.cohort, r.insured_id
ON CONFLICT (cohort, insured_id) DO UPDATE SET
    line_count = due.line_count + excluded.line_count,
    first_payment_on = least(due.first_payment_on, excluded.first_payment_on),
    last_payment_on = greatest(due.last_payment_on, excluded.last_payment_on)
"""


def settle(day: dt.date, group: OutcomeGroup, *, fence: str, fence_values: Sequence[Any]) -> int:
    """Write a group of outcomes of one day; returns how many rows took theirs.

    ``fence`` is a condition on the notification ``n`` that holds only while the caller owns the rows.
    """
    written = 0
    if group.accepted:
        written += _set_status(day, group.accepted, "sending", fence=fence, fence_values=fence_values)
    if group.permanent:
        written += _set_reasons(day, group.permanent, "permanent-failure", fence=fence, fence_values=fence_values)
    if group.retry:
        written += _try_later(day, group.retry, fence=fence, fence_values=fence_values)
    if group.unknown:
        written += mark_unknown(day, group.unknown, fence=fence, fence_values=fence_values)
    return written


def _set_status(day: dt.date, ids: Sequence[int], status: str, *, fence: str, fence_values: Sequence[Any]) -> int:
    return run(
        f"""
        UPDATE {NOTIFICATION} n
        SET status = %s, attempts = greatest(n.attempts, 1), settled_at = now(), next_attempt_at = NULL,
            claim_token = NULL
        WHERE n.created_on = %s AND n.id = ANY(%s) AND n.status IN ('created', 'claimed') AND {fence}
        """,
        [status, day, list(ids), *fence_values],
    )


def _set_reasons(
    day: dt.date, reasons: Mapping[int, str], status: str, *, fence: str, fence_values: Sequence[Any]
) -> int:
    return run(
        f"""
        UPDATE {NOTIFICATION} n
        SET status = %s, status_reason = o.reason, attempts = greatest(n.attempts, 1), settled_at = now(),
            next_attempt_at = NULL, claim_token = NULL
        FROM unnest(%s::bigint[], %s::text[]) AS o (id, reason)
        WHERE n.created_on = %s AND n.id = o.id AND n.status IN ('created', 'claimed') AND {fence}
        """,
        [status, *_columns(reasons), day, *fence_values],
    )


def _try_later(day: dt.date, reasons: Mapping[int, str], *, fence: str, fence_values: Sequence[Any]) -> int:
    """Back to ``created`` with a later date, in the lane of single messages; after two days it is final."""
    return run(
        f"""
        UPDATE {NOTIFICATION} n
        SET status = CASE WHEN n.first_tried_at < now() - %s THEN 'temporary-failure' ELSE 'created' END,
            status_reason = o.reason,
            attempts = greatest(n.attempts, 1),
            first_tried_at = coalesce(n.first_tried_at, now()),
            settled_at = CASE WHEN n.first_tried_at < now() - %s THEN now() END,
            next_attempt_at = CASE WHEN n.first_tried_at < now() - %s THEN NULL
                ELSE now() + make_interval(secs => least(%s * %s ^ (greatest(n.attempts, 1) - 1), %s)) END,
            claim_token = NULL
        FROM unnest(%s::bigint[], %s::text[]) AS o (id, reason)
        WHERE n.created_on = %s AND n.id = o.id AND n.status IN ('created', 'claimed') AND {fence}
        """,
        [
            GIVE_UP_AFTER, GIVE_UP_AFTER, GIVE_UP_AFTER,
            settings.DISPATCH_FIRST_RETRY_SECONDS, RETRY_FACTOR, LONGEST_RETRY_SECONDS,
            *_columns(reasons), day, *fence_values,
        ],
    )  # fmt: skip


def mark_unknown(day: dt.date, ids: Sequence[int], *, fence: str, fence_values: Sequence[Any]) -> int:
    """Handed over, answer lost: never sent again, and its person becomes due again, in one statement."""
    count: int = fetch_value(
        f"""
        WITH lost AS (
            UPDATE {NOTIFICATION} n
            SET status = 'unknown', attempts = greatest(n.attempts, 1), settled_at = now(),
                next_attempt_at = NULL, claim_token = NULL
            WHERE n.created_on = %s AND n.id = ANY(%s) AND n.status IN ('created', 'claimed') AND {fence}
            RETURNING n.insured_id, n.created_on, n.run_id
        ), due_again AS (
            {DUE_AGAIN}
        )
        SELECT count(*) FROM lost
        """,
        [day, list(ids), *fence_values],
    )
    return count


def close_unsendable(
    day: dt.date, reasons: Mapping[int, tuple[str, str]], *, fence: str, fence_values: Sequence[Any]
) -> int:
    """Settle rows that cannot be written to, before any hand-over: id → (status, reason)."""
    written = 0
    for status in {status for status, _ in reasons.values()}:
        chosen = {row: reason for row, (its_status, reason) in reasons.items() if its_status == status}
        written += _set_reasons(day, chosen, status, fence=fence, fence_values=fence_values)
    return written


def _columns(reasons: Mapping[int, str]) -> tuple[list[int], list[str]]:
    return list(reasons), [reason[:REASON_LENGTH] for reason in reasons.values()]
