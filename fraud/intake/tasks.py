"""What django-q2 wakes up each day: the one reminder of a draft, and the end of what is too old."""

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils import timezone

from fraud.intake import adviser_doubts
from fraud.intake.assistant.dialogue import forget_old
from fraud.intake.models import FraudReport
from outreach.notifications.enums import MessageKind
from outreach.notifications.single import post_single

QUIET: Final = dt.timedelta(days=7)
"""How long a draft is left alone before its author is reminded of it, once."""
BATCH: Final = 500


def remind_and_expire() -> tuple[int, int]:
    """Remind, then delete drafts that are overdue; returns how many of each. Twice at once does it once."""
    now = timezone.now()
    reminded = sum(_remind(draft_id, now) for draft_id in _quiet_drafts(now))
    _, by_model = FraudReport.objects.expired(now=now).delete()
    return reminded, by_model.get(FraudReport._meta.label, 0)


def take_in_doubts() -> int:
    """Make reports of the doubts that people told an adviser who called them."""
    return adviser_doubts.take_in_doubts()


def forget_dialogues() -> int:
    """Delete old talks with the assistant."""
    return forget_old()


def _quiet_drafts(now: dt.datetime) -> list[int]:
    drafts = FraudReport.objects.to_remind(now=now, quiet=QUIET).order_by("updated_at")
    return list(drafts.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _remind(draft_id: int, now: dt.datetime) -> bool:
    """Note the reminder, then post it, together or not at all."""
    waiting = FraudReport.objects.to_remind(now=now, quiet=QUIET).filter(pk=draft_id)
    if not waiting.update(reminded_at=now):
        return False
    post_single(
        MessageKind.MESSAGE_WAITING,
        insured_id=FraudReport.objects.values_list("insured_id", flat=True).get(pk=draft_id),
    )
    return True
