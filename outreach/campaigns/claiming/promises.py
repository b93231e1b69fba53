"""A promised call in the hands of the person it was promised to: read, moved within the hours of calling, cancelled."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from outreach.campaigns.campaign.enums import APPROVED
from outreach.campaigns.claiming.enums import Decision, TaskStatus
from outreach.campaigns.claiming.following import Refusal, refusal_of
from outreach.campaigns.claiming.models import CallTask

SHOWN = ("id", "insured_id", "campaign_id", "territory", "status", "due_at")
OF_CAMPAIGN = ("campaign__windows", "campaign__ends_on", "campaign__status")


class PromiseError(ValueError):
    """The call cannot be moved to this hour, for ``refusal``."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal


def promised_calls(insured_id: int) -> QuerySet[CallTask]:
    """Calls that wait for the hour that was promised to the person, the next one first. Within ``as_insured``.

    Once the hour has come the call is an adviser's to make, and no longer the person's to move.
    """
    waiting = CallTask.objects.filter(
        insured_id=insured_id, status=TaskStatus.CALLBACK, due_at__gt=timezone.now(), campaign__status__in=APPROVED
    )
    return waiting.select_related("campaign").only(*SHOWN, *OF_CAMPAIGN).order_by("due_at")


@transaction.atomic
def move_promise(task_id: int, *, insured_id: int, at: dt.datetime) -> None:
    """Have the call made at another hour. Raises CallTask.DoesNotExist for what was not promised, PromiseError."""
    task = _locked(task_id, insured_id)
    refusal = refusal_of(task, at)
    if refusal is not None:
        raise PromiseError(refusal)
    task.due_at = at
    task.save(update_fields=["due_at"])


@transaction.atomic
def cancel_promise(task_id: int, *, insured_id: int) -> None:
    """The person does not want this call any more. Raises CallTask.DoesNotExist for what was not promised."""
    task = _locked(task_id, insured_id)
    task.status, task.reason, task.ended_at = TaskStatus.EXCLUDED, Decision.OPTED_OUT, timezone.now()
    task.due_at, task.callback_for = None, None
    task.save(update_fields=["status", "reason", "ended_at", "due_at", "callback_for"])


def _locked(task_id: int, insured_id: int) -> CallTask:
    rows = CallTask.objects.select_for_update(of=("self",)).select_related("campaign")
    return rows.get(pk=task_id, insured_id=insured_id, status=TaskStatus.CALLBACK, campaign__status__in=APPROVED)
