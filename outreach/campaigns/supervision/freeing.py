"""Taking a call back from an adviser who gives no sign of life. Fenced like the end of a lease: the row, not the clock.

What the adviser had noted stays: with the call if its number was shown, else among their late notes.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.staff.models import User
from outreach.campaigns.campaign.enums import CampaignEventKind
from outreach.campaigns.campaign.services import record
from outreach.campaigns.claiming.enums import ClaimEnding, TaskStatus
from outreach.campaigns.claiming.holding import end_claim
from outreach.campaigns.claiming.models import CallClaim, CallTask
from outreach.campaigns.claiming.next_call import LEASE

SILENT: Final = dt.timedelta(minutes=15)
"""Without a button pressed on the page of the call; a talk may well take that long, so somebody looks first."""


class FreeError(ValueError):
    """A call that is not to be taken back. The text is French, for whoever supervises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckCall:
    """``silent_since``: the last button that its adviser pressed."""

    token: uuid.UUID
    task_id: int
    adviser: str
    campaign: str
    silent_since: dt.datetime
    is_dialled: bool


def stuck_calls() -> list[StuckCall]:
    """Calls in hand without a sign of life, the longest silent first."""
    before = timezone.now() + LEASE - SILENT
    open_claims = CallClaim.objects.filter(ended_at=None, leased_until__lte=before)
    return [
        StuckCall(
            token=claim.token,
            task_id=claim.task_id,
            adviser=claim.adviser.username,
            campaign=claim.task.campaign.name,
            silent_since=claim.leased_until - LEASE,
            is_dialled=claim.dialled_at is not None,
        )
        for claim in open_claims.select_related("adviser", "task__campaign").order_by("leased_until")
    ]


@transaction.atomic
def free_call(token: uuid.UUID, *, by: User) -> CallTask:
    """End the hold: back to the list, or to be explained if the number was shown. Raises FreeError.

    An adviser who pressed a button meanwhile keeps the call.
    """
    claims = CallClaim.objects.select_for_update(of=("self",)).select_related("task__campaign")
    claim = claims.filter(token=token, ended_at=None).first()
    if claim is None:
        raise FreeError("Cet appel n’est plus réservé : il n’y a rien à libérer.")
    if claim.leased_until > timezone.now() + LEASE - SILENT:
        raise FreeError("Ce conseiller vient de donner signe de vie : l’appel lui reste.")
    end_claim(claim, ClaimEnding.FREED)
    status = TaskStatus.READY if claim.dialled_at is None else TaskStatus.REVIEW
    CallTask.objects.filter(pk=claim.task_id, status=TaskStatus.CLAIMED).update(status=status)
    details = {"task": claim.task_id, "adviser": claim.adviser_id}
    record(claim.task.campaign, CampaignEventKind.FREED, by=by, details=details)
    return claim.task
