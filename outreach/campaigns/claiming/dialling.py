"""The moment a number is shown: whether it may be dialled is looked at last, for this person, number and hour.

Between the claim and this moment a person may have refused calls or died, a window closed, a campaign been stopped.
"""

import datetime as dt
import uuid
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.sql import fetch_one
from outreach.campaigns.claiming.enums import ClaimEnding, Decision, TaskStatus
from outreach.campaigns.claiming.holding import end_claim, locked_claim, number_of
from outreach.campaigns.claiming.models import CallClaim, CallTask
from outreach.campaigns.claiming.next_call import LEASE, ClaimError, is_time, open_campaign
from outreach.campaigns.targeting.selection import FORBIDDEN, PHONE

_LOOK: Final = f"""
SELECT CASE {FORBIDDEN} ELSE '' END, coalesce(phone.address_lookup = %(phone)s, false)
FROM accounts_insuredperson p {PHONE} WHERE p.id = %(insured)s
"""
_LOOK_LAST: Final = f"{_LOOK} FOR SHARE OF p"
"""Whoever changes the person's choices at this very moment is waited for."""


class NotDialledError(ClaimError):
    """The number is not shown, and the hold has ended."""


def show_number(token: uuid.UUID, *, by: User, at: dt.datetime | None = None) -> CallClaim:
    """From now on this may have become a call. Raises NotHeldError; NotDialledError after giving the call back.

    Whoever is not to be called any more leaves the list; the others go back to it. A number once shown stays shown.
    ``at``: see ``claim_next``.
    """
    with transaction.atomic():
        claim = locked_claim(token, by=by)
        refusal = "" if claim.dialled_at else _let_go(claim, at=at or timezone.now())
        if not refusal:
            claim.dialled_at = claim.dialled_at or timezone.now()
            claim.leased_until = timezone.now() + LEASE
            claim.save(update_fields=["dialled_at", "leased_until"])
            return claim
    raise NotDialledError(refusal)


def shown_number(claim: CallClaim) -> str:
    """The number of a call in hand; empty before it was asked for, and once it is not to be dialled any more."""
    if claim.dialled_at is None or claim.ended_at is not None:
        return ""
    reason, is_current = _look(claim, _LOOK)
    return number_of(claim) if is_current and not reason else ""


def _let_go(claim: CallClaim, *, at: dt.datetime) -> str:
    """End a hold that must not become a call; returns why, in French, or nothing when it may."""
    task = CallTask.objects.select_for_update(of=("self",)).get(pk=claim.task_id)
    reason, is_current = _look(claim, _LOOK_LAST)
    if reason:
        task.status, task.reason, task.ended_at = TaskStatus.EXCLUDED, reason, timezone.now()
        refusal = "Cette personne n’est plus à appeler : elle est retirée de la liste."
    else:
        task.status = TaskStatus.READY
        refusal = _closed(task, at=at)
        if not refusal and not is_current:
            refusal = "Le numéro de cette personne vient de changer : l’appel est rendu à la liste."
    if refusal:
        task.save(update_fields=["status", "reason", "ended_at"])
        end_claim(claim, ClaimEnding.GIVEN_BACK)
    return refusal


def _closed(task: CallTask, *, at: dt.datetime) -> str:
    """Why nobody of this campaign, or nobody where this person lives, is called now."""
    try:
        campaign = open_campaign(task.campaign_id)
    except ClaimError as error:
        return f"{error} L’appel est rendu à la liste."
    if is_time(campaign, territory=task.territory, at=at):
        return ""
    return "Là où vit cette personne, il n’est plus l’heure d’appeler : l’appel est rendu à la liste."


def _look(claim: CallClaim, statement: str) -> tuple[Decision | None, bool]:
    """Why the person is not to be called, if so; and whether the number of the claim is still the one to dial."""
    row = fetch_one(statement, {"insured": claim.insured_id, "phone": claim.phone_lookup})
    if row is None:
        return Decision.NO_PHONE, False
    return Decision(row[0]) if row[0] else None, row[1]
