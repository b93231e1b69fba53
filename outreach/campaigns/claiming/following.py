"""What follows from a result: another try at another time, a promised call, silence, or nothing more."""

import datetime as dt
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.people.models import InsuredPerson
from accounts.people.preferences import Preferences, change_preferences, preferences_of
from accounts.staff.models import User
from outreach.campaigns.campaign.definition import parse_retries, parse_windows
from outreach.campaigns.campaign.dispositions import TRAITS, Disposition
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.hours import TERRITORIES, next_time, window_at
from outreach.campaigns.claiming.enums import IDLE, Decision, TaskStatus
from outreach.campaigns.claiming.models import CallAttempt, CallTask

_SILENCED: Final = {Disposition.DECEASED: Decision.SAID_DECEASED}


class CallbackError(ValueError):
    """A promised call that cannot be kept. The text is French, for the adviser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """When a person wishes to be called; ``is_own``: by the same adviser, else by whoever is free."""

    at: dt.datetime
    is_own: bool


class Refusal(Enum):
    """Why nobody can be called at an hour that was asked for."""

    PAST = auto()
    AFTER_END = auto()
    CLOSED = auto()


def refusal_of(task: CallTask, at: dt.datetime) -> Refusal | None:
    """Why the person of this task cannot be called then; None when they can."""
    if at <= timezone.now():
        return Refusal.PAST
    if TERRITORIES[task.territory].local(at).date() > task.campaign.ends_on:
        return Refusal.AFTER_END
    if window_at(parse_windows(task.campaign.windows), territory=task.territory, at=at) is None:
        return Refusal.CLOSED
    return None


def check_callback(task: CallTask, disposition: Disposition, callback: Callback | None) -> None:
    """Raises CallbackError for a promise without its hour, at an hour without calls, or that nobody would keep."""
    if (disposition is Disposition.CALLBACK) != (callback is not None):
        raise CallbackError("Donnez le jour et l’heure du rappel, et seulement pour un rappel.")
    if callback is None:
        return
    if task.campaign.status == CampaignStatus.CLOSED:
        raise CallbackError("Cette campagne est close : personne ne ferait ce rappel. Choisissez un autre résultat.")
    refusal = refusal_of(task, callback.at)
    if refusal is Refusal.PAST:
        raise CallbackError("Ce rappel est dans le passé.")
    if refusal is Refusal.AFTER_END:
        raise CallbackError(f"La campagne se termine le {task.campaign.ends_on:%d/%m/%Y} : choisissez un jour avant.")
    if refusal is Refusal.CLOSED:
        raise CallbackError("À cette heure-là, là où vit la personne, on n’appelle pas : choisissez une autre heure.")


def local_zone(task: CallTask) -> ZoneInfo:
    """The clock of where the person lives."""
    return ZoneInfo(TERRITORIES[task.territory].zone)


def follow(task: CallTask, disposition: Disposition, *, callback: Callback | None, by: User) -> None:
    """Write what becomes of a locked task, in the caller's transaction."""
    task.status, task.due_at, task.callback_for, task.ended_at = TaskStatus.DONE, None, None, timezone.now()
    if callback is not None:
        task.status, task.due_at, task.ended_at = TaskStatus.CALLBACK, callback.at, None
        task.callback_for = by if callback.is_own else None
    elif TRAITS[disposition].tries_again:
        task.status, task.due_at = _next_try(task, disposition)
        task.ended_at = None if task.due_at else task.ended_at
    task.save(update_fields=["status", "due_at", "callback_for", "ended_at", "attempts"])
    if disposition is Disposition.DO_NOT_CALL:
        stop_calls(task.insured_id, by=f"appel, compte {by.pk}")
    elif TRAITS[disposition].silences:
        _take_off(task.insured_id, _SILENCED[disposition])


def _next_try(task: CallTask, disposition: Disposition) -> tuple[TaskStatus, dt.datetime | None]:
    """Waiting until then; abandoned when the rule, the campaign or its days allow no other call."""
    campaign = task.campaign
    rule = parse_retries(campaign.retry_rules).get(disposition)
    tried = CallAttempt.objects.filter(task=task, disposition=disposition).count()
    if rule is None or tried > rule.most or task.attempts >= campaign.max_attempts:
        return TaskStatus.ABANDONED, None
    now, windows = timezone.now(), parse_windows(campaign.windows)
    tried_in = window_at(windows, territory=task.territory, at=now) if rule.other_slot else None
    try:
        at = next_time(windows, territory=task.territory, after=now + rule.wait, avoiding=tried_in)
    except LookupError:
        return TaskStatus.ABANDONED, None
    if TERRITORIES[task.territory].local(at).date() > campaign.ends_on:
        return TaskStatus.ABANDONED, None
    return TaskStatus.WAITING, at


def stop_calls(insured_id: int, *, by: str) -> None:
    """No campaign calls this person again: at once, by their preferences and in the lists that are open.

    ``by``: who said so, see ``change_preferences``.
    """
    with transaction.atomic():
        now = preferences_of(InsuredPerson.objects.select_for_update().get(pk=insured_id))
        wanted = Preferences(digest=now.digest, accepts_calls=False, accepts_information=now.accepts_information)
        change_preferences(insured_id, wanted, by=by)
        _take_off(insured_id, Decision.OPTED_OUT)


def _take_off(insured_id: int, reason: Decision) -> None:
    """Take the person off every open list. A call in hand is its adviser's to end."""
    CallTask.objects.filter(insured_id=insured_id, status__in=[*IDLE, TaskStatus.REVIEW]).update(
        status=TaskStatus.EXCLUDED, reason=reason, due_at=None, callback_for=None, ended_at=Now()
    )
