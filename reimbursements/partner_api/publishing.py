"""From loaded lines and given consents to the feeds of the partners. One publisher at a time, by a lock.

Whatever is due is found by absence, never by a watermark, so that what commits late is never passed over. Positions
are drawn under the lock and the lock ends with the commit: they become visible in their order. A line reaches a feed
either with its batch, for who is enrolled then, or by the back-fill of an enrolment, which takes lines of published
batches only. Both hold the lock, so never neither, and never both.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.partners.enums import ConsentPurpose
from accounts.partners.minors import end_moved, end_overdue
from accounts.partners.walls import CONSENT, MEMBER, MEMBERSHIP
from ameli_notify.core.sql import fetch_all, run
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.lines.services import first_kept_day
from reimbursements.partner_api.announcing import announce_changes
from reimbursements.partner_api.models import ChangeKind
from reimbursements.partner_api.schema import BATCH, CHANGE, ENROLMENT, PUBLISHED, SECRET_NATURES

logger = logging.getLogger(__name__)

PUBLISH_LOCK: Final = 0x0A0E1108
"""Advisory lock of the publishers."""
PEOPLE_AT_ONCE: Final = 1_000
"""Enrolments of one transaction."""

_PERIODS: Final = f"""
(SELECT coalesce(string_agg(concat_ws('/', m.starts_on, coalesce(m.ends_on::text, '..'), m.member_no), ' '
                            ORDER BY m.starts_on, m.id), '')
 FROM {MEMBERSHIP} m WHERE m.insured_id = e.insured_id AND m.partner_id = e.partner_id)
"""

_ENROL: Final = f"""
INSERT INTO {ENROLMENT} (consent_id, partner_id, insured_id, member_id, periods, joined_at)
SELECT e.id, e.partner_id, e.insured_id, p.public_id, {_PERIODS}, %(now)s
FROM {CONSENT} e
JOIN {MEMBER} p ON p.partner_id = e.partner_id AND p.insured_id = e.insured_id
WHERE e.purpose = '{ConsentPurpose.PAYMENTS}' AND e.withdrawn_at IS NULL
  AND NOT EXISTS (SELECT FROM {ENROLMENT} known WHERE known.consent_id = e.id)
ORDER BY e.id LIMIT %(limit)s
RETURNING consent_id
"""

_LEAVE: Final = f"""
UPDATE {ENROLMENT} e SET left_at = %(now)s
WHERE e.consent_id IN (
    SELECT o.consent_id FROM {ENROLMENT} o
    WHERE o.left_at IS NULL
      AND NOT EXISTS (SELECT FROM {CONSENT} c WHERE c.id = o.consent_id AND c.withdrawn_at IS NULL)
    ORDER BY o.consent_id LIMIT %(limit)s)
RETURNING e.consent_id
"""

_FOLLOW: Final = f"""
WITH moved AS (
    SELECT e.consent_id, now_is.periods
    FROM {ENROLMENT} e CROSS JOIN LATERAL (SELECT {_PERIODS} AS periods) now_is
    WHERE e.left_at IS NULL AND e.periods <> now_is.periods
    ORDER BY e.consent_id LIMIT %(limit)s
)
UPDATE {ENROLMENT} e SET periods = moved.periods FROM moved WHERE moved.consent_id = e.consent_id
RETURNING e.consent_id
"""

_TELL: Final = f"""
INSERT INTO {CHANGE} (partner_id, enrolment_id, kind, published_at)
SELECT e.partner_id, e.consent_id, %(kind)s, %(now)s FROM {ENROLMENT} e
WHERE e.consent_id = ANY (%(ids)s) ORDER BY e.consent_id
"""

_FORGET_LINES: Final = f"DELETE FROM {CHANGE} WHERE enrolment_id = ANY (%(ids)s) AND line_id IS NOT NULL"

# What the wall shows, for every partner at once.
_MAY_SEE: Final = f"""
NOT l.is_confidential AND l.nature_code <> ALL ({SECRET_NATURES})
AND EXISTS (SELECT FROM {MEMBERSHIP} m
            WHERE m.insured_id = e.insured_id AND m.partner_id = e.partner_id
              AND m.starts_on <= l.care_start AND (m.ends_on IS NULL OR m.ends_on >= l.care_start))
"""

_FORGET_UNCOVERED: Final = f"""
DELETE FROM {CHANGE} x USING {ENROLMENT} e
WHERE x.enrolment_id = ANY (%(ids)s) AND x.line_id IS NOT NULL AND e.consent_id = x.enrolment_id
  AND NOT EXISTS (SELECT FROM {LINE} l
                  WHERE l.insured_id = x.insured_id AND l.payment_date = x.payment_date AND l.id = x.line_id
                    AND {_MAY_SEE})
"""

_INSERT: Final = f"""
INSERT INTO {CHANGE} (partner_id, enrolment_id, kind, published_at, insured_id, payment_date, line_id)
SELECT e.partner_id, e.consent_id, '{ChangeKind.REIMBURSEMENT}', %(now)s, l.insured_id, l.payment_date, l.id
"""

# Two arms, with an index each.
_BACK_FILL: Final = f"""
{_INSERT}
FROM {ENROLMENT} e
CROSS JOIN LATERAL (
    SELECT * FROM {LINE} own WHERE own.insured_id = e.insured_id AND own.beneficiary_id = e.insured_id
    UNION ALL
    SELECT * FROM {LINE} held
    WHERE held.beneficiary_id = e.insured_id AND held.beneficiary_id <> held.insured_id
) l
WHERE e.consent_id = ANY (%(ids)s) AND {_MAY_SEE}
  AND EXISTS (SELECT FROM {PUBLISHED} b WHERE b.batch_id = l.batch_id)
ORDER BY e.consent_id, l.payment_date, l.id
ON CONFLICT (enrolment_id, line_id) DO NOTHING
"""

_WAITING: Final = f"""
SELECT b.id, b.first_payment_on, b.last_payment_on FROM {BATCH} b
WHERE b.status = 'loaded' AND NOT EXISTS (SELECT FROM {PUBLISHED} p WHERE p.batch_id = b.id)
ORDER BY b.id
"""

_PUBLISH: Final = f"""
INSERT INTO {PUBLISHED} (batch_id, published_at) VALUES (%(batch)s, %(now)s) ON CONFLICT (batch_id) DO NOTHING
"""

# Bounded by the batch's own payment dates: only its partitions are read.
_BATCH_LINES: Final = f"""
{_INSERT}
FROM {LINE} l
JOIN {ENROLMENT} e ON e.insured_id = l.beneficiary_id AND e.left_at IS NULL
WHERE l.batch_id = %(batch)s AND l.payment_date BETWEEN %(first_on)s AND %(last_on)s AND {_MAY_SEE}
ORDER BY l.id
ON CONFLICT (enrolment_id, line_id) DO NOTHING
"""

_PURGE: Final = f"DELETE FROM {CHANGE} WHERE payment_date < %(first_kept)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What one run added to the feeds."""

    joined: int
    left: int
    batches: int


def publish() -> Published:
    """Tell the partners who left, who joined, and every loaded batch not told yet. Safe to repeat, and at once."""
    end_overdue()
    left = _in_groups(_leave)
    joined = _in_groups(_enrol)
    batches = sum(_publish_batch(*batch) for batch in fetch_all(_WAITING))
    announce_changes()
    found = Published(joined=joined, left=left, batches=batches)
    if joined or left or batches:
        logger.info("published to partners", extra={"joined": joined, "left": left, "batches": batches})
    return found


def follow_memberships() -> int:
    """Tell the partners whose membership periods changed; returns how many. What is newly covered is back-filled.

    Consents for minors who are under somebody else since end here, and leave with the next publication.
    """
    end_moved()
    followed = _in_groups(_follow)
    announce_changes()
    return followed


def purge() -> int:
    """Delete the rows whose lines are past retention; returns how many."""
    with transaction.atomic():
        run("SET LOCAL statement_timeout = 0")
        return run(_PURGE, {"first_kept": first_kept_day(timezone.localdate())})


def _in_groups(step: Callable[[], Sequence[int]]) -> int:
    """Repeat a step, a transaction each, until a group is not full."""
    total = 0
    while True:
        with transaction.atomic():
            _take_lock()
            ids = step()
        total += len(ids)
        if len(ids) < PEOPLE_AT_ONCE:
            return total


def _take_lock() -> None:
    """A statement of its own: those after it see what the publisher before has committed."""
    run("SET LOCAL statement_timeout = 0")
    run("SET LOCAL lock_timeout = 0")
    run("SELECT pg_advisory_xact_lock(%s)", [PUBLISH_LOCK])


def _enrol() -> Sequence[int]:
    ids = _ids(_ENROL)
    if ids:
        _tell(ChangeKind.JOINED, ids)
        _back_fill(ids)
    return ids


def _leave() -> Sequence[int]:
    ids = _ids(_LEAVE)
    if ids:
        run(_FORGET_LINES, {"ids": ids})
        _tell(ChangeKind.LEFT, ids)
    return ids


def _follow() -> Sequence[int]:
    ids = _ids(_FOLLOW)
    if ids:
        run(_FORGET_UNCOVERED, {"ids": ids})
        _tell(ChangeKind.CHANGED, ids)
        _back_fill(ids)
    return ids


def _publish_batch(batch_id: int, first_on: object, last_on: object) -> bool:
    with transaction.atomic():
        _take_lock()
        values = {"batch": batch_id, "first_on": first_on, "last_on": last_on, "now": timezone.now()}
        if not run(_PUBLISH, values):
            return False  # another publisher did
        if first_on is not None:
            run(_BATCH_LINES, values)
    return True


def _ids(statement: str) -> list[int]:
    return [pk for (pk,) in fetch_all(statement, {"now": timezone.now(), "limit": PEOPLE_AT_ONCE})]


def _tell(kind: ChangeKind, ids: Sequence[int]) -> None:
    run(_TELL, {"kind": kind, "now": timezone.now(), "ids": list(ids)})


def _back_fill(ids: Sequence[int]) -> None:
    run(_BACK_FILL, {"now": timezone.now(), "ids": list(ids)})
