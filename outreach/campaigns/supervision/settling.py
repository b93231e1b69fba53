"""Lost calls that nobody explained: their adviser may, at first; then whoever runs campaigns decides.

Such a call may have been made, so nothing goes on by itself. Without a decision its person would never be called.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.staff.models import User
from outreach.campaigns.campaign.enums import CampaignEventKind
from outreach.campaigns.campaign.services import record
from outreach.campaigns.claiming.enums import LOST, TaskStatus
from outreach.campaigns.claiming.models import CallClaim, CallTask
from outreach.campaigns.supervision.freeing import FreeError

OWN_TIME: Final = dt.timedelta(hours=12)
"""For the adviser who lost the call, till the next morning."""
MOST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LostCall:
    """``can_be_settled``: its adviser has had their time."""

    task_id: int
    adviser: str
    campaign: str
    lost_at: dt.datetime
    can_be_settled: bool


def lost_calls() -> list[LostCall]:
    """Calls to be explained, the oldest tasks first. Reads the lists: asked for by somebody, not by a board."""
    to_explain = CallTask.objects.filter(status=TaskStatus.REVIEW).order_by("pk").values_list("pk", flat=True)[:MOST]
    claims = CallClaim.objects.filter(task__in=list(to_explain), ending__in=LOST)
    last = claims.select_related("adviser", "task__campaign").order_by("task_id", "-ended_at").distinct("task_id")
    return [
        LostCall(
            task_id=claim.task_id,
            adviser=claim.adviser.username,
            campaign=claim.task.campaign.name,
            lost_at=claim.ended_at,
            can_be_settled=_had_their_time(claim.ended_at),
        )
        for claim in last
        if claim.ended_at is not None
    ]


@transaction.atomic
def settle_lost(task_id: int, *, again: bool, by: User) -> CallTask:
    """Put the person back on the list, or leave it at that call. Raises FreeError.

    What had been noted goes to the late notes of its adviser.
    """
    rows = CallTask.objects.select_for_update(of=("self",)).select_related("campaign")
    task = rows.filter(pk=task_id, status=TaskStatus.REVIEW).first()
    last = CallClaim.objects.filter(task_id=task_id, ending__in=LOST).order_by("-ended_at").first()
    if task is None or last is None or last.ended_at is None:
        raise FreeError("Cet appel a déjà été précisé.")
    if not _had_their_time(last.ended_at):
        raise FreeError("Son conseiller a douze heures pour préciser cet appel : demandez-lui d’abord.")
    task.status = TaskStatus.READY if again else TaskStatus.ABANDONED
    task.ended_at = None if again else timezone.now()
    task.save(update_fields=["status", "ended_at"])
    details = {"task": task.pk, "adviser": last.adviser_id, "settled": str(task.status)}
    record(task.campaign, CampaignEventKind.FREED, by=by, details=details)
    return task


def _had_their_time(lost_at: dt.datetime) -> bool:
    return lost_at <= timezone.now() - OWN_TIME
