"""« Un rappel vous attend »: a week and a day before an appointment, once for each date, while the person wants it.

The message says neither what is waiting nor when. The row of a reminder and the message in the outbox are written
together or not at all; a unique constraint forbids a second one. A run that is missed is made up for by the next one,
as long as the reminder is still of use.
"""

import datetime as dt
import time
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from ameli_notify.core.sql import fetch_all, fetch_one
from outreach.notifications.enums import MessageKind
from outreach.notifications.single import post_single


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Due ``days_before`` the appointment; of no use any more ``until`` before it."""

    days_before: int
    until: dt.timedelta


STEPS: Final = (
    Step(days_before=7, until=dt.timedelta(days=2)),
    Step(days_before=1, until=dt.timedelta(hours=2)),
)
BATCH: Final = 500

# A date that was given after the reminder would have been due needs none: the person has just said it.
_DUE: Final = """
    a.status = 'planned' AND a.reminds
    AND a.starts_at > now() + %(until)s AND a.starts_at <= now() + make_interval(days => %(days)s)
    AND a.set_at < a.starts_at - make_interval(days => %(days)s)
    AND NOT EXISTS (SELECT FROM outreach_appointmentreminder r
                    WHERE r.appointment_id = a.id AND r.days_before = %(days)s AND r.starts_at = a.starts_at)"""
_FIND: Final = f"SELECT a.id FROM outreach_appointment a WHERE {_DUE} ORDER BY a.starts_at, a.id LIMIT %(batch)s"
_NOTE: Final = f"""
WITH due AS (SELECT a.* FROM outreach_appointment a WHERE a.id = %(id)s AND {_DUE} FOR UPDATE OF a SKIP LOCKED)
INSERT INTO outreach_appointmentreminder (appointment_id, insured_id, days_before, starts_at)
SELECT id, insured_id, %(days)s, starts_at FROM due
ON CONFLICT DO NOTHING RETURNING insured_id
"""


def remind(*, seconds: float = 45) -> int:
    """Post the reminders that are due; returns how many. Twice at once posts each once."""
    until, posted = time.monotonic() + seconds, 0
    for step in STEPS:
        while time.monotonic() < until and (due := _due(step)):
            reminded = sum(_remind(appointment_id, step) for appointment_id in due)
            posted += reminded
            if not reminded:
                break  # somebody else is at these
    return posted


def _due(step: Step) -> list[int]:
    values = {"days": step.days_before, "until": step.until, "batch": BATCH}
    return [appointment_id for (appointment_id,) in fetch_all(_FIND, values)]


@transaction.atomic
def _remind(appointment_id: int, step: Step) -> bool:
    """Whether this reminder was posted now; not when it was cancelled, moved or posted a moment ago."""
    row = fetch_one(_NOTE, {"id": appointment_id, "days": step.days_before, "until": step.until})
    if row is None:
        return False
    post_single(MessageKind.REMINDER_WAITING, insured_id=row[0])
    return True
