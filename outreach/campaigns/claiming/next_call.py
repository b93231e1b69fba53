"""The next call for an adviser: leased with a token, one for each task, person, number and adviser.

Whoever asks gets the person who needs it most among those who may be called at this hour where they live; whether the
person may still be called is looked at again. The constraints of ``CallClaim`` are what makes two holds impossible;
the statement only avoids trying.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.sql import fetch_one, run
from outreach.campaigns.campaign.criteria import parse_criteria
from outreach.campaigns.campaign.definition import parse_windows
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.hours import open_territories
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.eligibility import eligibility_values, reason_of
from outreach.campaigns.claiming.keeping_time import PROMISED
from outreach.campaigns.claiming.models import CallClaim
from outreach.campaigns.claiming.ringing import rings_elsewhere
from outreach.campaigns.prevention.enums import PreventionStatus
from outreach.campaigns.prevention.schema import CAMPAIGN as PREVENTION
from outreach.campaigns.walls import CLAIM, TASK

LEASE: Final = dt.timedelta(minutes=30)
"""Renewed by everything that the adviser does on the page of the call."""
_TRIES: Final = 20
"""People passed over, because they may no longer be called, before the adviser is told to ask again."""


class ClaimError(ValueError):
    """No call can be given. The text is French, for the adviser."""


class NobodyToCallError(ClaimError):
    """Nobody can be called now."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    task_id: int
    insured_id: int
    phone_lookup: uuid.UUID
    reason: str


_BUSY: Final = f"""
SELECT EXISTS (SELECT FROM outreach_adviserpause WHERE adviser_id = %(adviser)s AND ended_at IS NULL),
       EXISTS (SELECT FROM {CLAIM} WHERE adviser_id = %(adviser)s AND ended_at IS NULL),
       EXISTS (SELECT FROM {TASK} WHERE callback_for_id = %(adviser)s AND due_at <= now())
"""

_HELD: Final = f"""
    NOT EXISTS (SELECT FROM {CLAIM} h WHERE h.ended_at IS NULL AND h.insured_id = t.insured_id)
    AND NOT EXISTS (SELECT FROM {CLAIM} h WHERE h.ended_at IS NULL AND h.phone_lookup = t.phone_lookup)
    AND t.id <> ALL(%(ringing)s::bigint[])"""

_OWN_CALLBACK: Final = f"""
    SELECT t.id FROM {TASK} t
    WHERE t.callback_for_id = %(adviser)s AND t.due_at <= now() AND t.campaign_id = %(campaign)s
      AND t.territory = ANY(%(territories)s) AND {_HELD}
    ORDER BY t.due_at LIMIT 1 FOR UPDATE OF t SKIP LOCKED"""

# One look into each territory that is open, so that the many who cannot be called now are not read.
_MOST_NEEDED: Final = f"""
    SELECT best.id
    FROM unnest(%(territories)s::text[]) AS place (territory)
    CROSS JOIN LATERAL (
        SELECT t.id, t.priority FROM {TASK} t
        WHERE t.campaign_id = %(campaign)s AND t.territory = place.territory AND t.status = 'ready' AND {_HELD}
        ORDER BY t.priority DESC, t.id LIMIT 1 FOR UPDATE OF t SKIP LOCKED
    ) best
    ORDER BY best.priority DESC, best.id LIMIT 1"""

_CANDIDATE: Final = """
WITH chosen AS MATERIALIZED ({chosen})
SELECT t.id, t.insured_id, coalesce(phone.address_lookup, t.phone_lookup), {reason}
FROM chosen JOIN {task} t ON t.id = chosen.id JOIN accounts_insuredperson p ON p.id = t.insured_id {joins}
"""

_TAKE: Final = f"""
WITH taken AS (
    UPDATE {TASK} SET status = 'claimed', due_at = NULL, callback_for_id = NULL, phone_lookup = %(phone)s, {PROMISED}
    WHERE id = %(task)s RETURNING id
)
INSERT INTO {CLAIM} (token, task_id, insured_id, phone_lookup, adviser_id, claimed_at, leased_until, dialled_at)
SELECT %(token)s, id, %(insured)s, %(phone)s, %(adviser)s, now(), now() + %(lease)s, %(dialled)s FROM taken
"""

_INVITES: Final = f"SELECT 1 FROM {PREVENTION} WHERE id = %s AND status = '{PreventionStatus.RUNNING}'"

_EXCLUDE: Final = f"""
UPDATE {TASK} SET status = 'excluded', reason = %s, due_at = NULL, callback_for_id = NULL, ended_at = now()
WHERE id = %s
"""


def claim_next(campaign_id: int, *, by: User, at: dt.datetime | None = None) -> CallClaim:
    """Give the adviser the next person of a campaign. Raises ClaimError, NobodyToCallError.

    ``at``: the instant by which it is said where people may be called; now, but for a measure that runs on any day.
    """
    campaign = open_campaign(campaign_id)
    territories = open_territories(parse_windows(campaign.windows), at=at or timezone.now())
    if not territories:
        raise NobodyToCallError("Personne ne peut être appelé à cette heure-ci : les plages d’appel sont fermées.")
    values = eligibility_values(campaign) | {"adviser": by.pk, "territories": territories, "ringing": []}
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                found = _try_once(values)
        except IntegrityError as error:
            _explain(error)
        else:
            if found is not None:
                return CallClaim.objects.get(token=found)
    raise NobodyToCallError("Les premières personnes de la liste ne sont plus à appeler. Demandez la suivante.")


def take(task_id: int, *, insured_id: int, phone: uuid.UUID, by: User, dialled_at: dt.datetime | None) -> uuid.UUID:
    """Hold a task that the caller has locked; returns the token. Raises IntegrityError when it cannot be held."""
    token = uuid.uuid4()
    _take(_Candidate(task_id, insured_id, phone, ""), token=token, adviser_id=by.pk, dialled_at=dialled_at)
    return token


def _try_once(values: dict[str, Any]) -> uuid.UUID | None:
    """The token of a claim; None when a person was passed over. In the caller's transaction."""
    is_paused, is_busy, has_callbacks = fetch_one(_BUSY, values) or (False, False, False)
    if is_paused:
        raise ClaimError("Vous êtes en pause : reprenez d’abord.")
    if is_busy:
        raise ClaimError("Vous avez déjà un appel en cours : terminez-le d’abord.")
    row = _find(_OWN_CALLBACK, values) if has_callbacks else None
    row = row or _find(_MOST_NEEDED, values)
    if row is None:
        raise NobodyToCallError("Il n’y a personne à appeler pour le moment.")
    found = _Candidate(*row)
    if found.reason:
        run(_EXCLUDE, [found.reason, found.task_id])
        return None
    if rings_elsewhere(found.insured_id, found.phone_lookup):
        values["ringing"].append(found.task_id)
        return None
    token = uuid.uuid4()
    _take(found, token=token, adviser_id=values["adviser"], dialled_at=None)
    return token


def _find(chosen: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
    """Lock one task that can be held, and say whether its person may still be called."""
    reason = reason_of(values)
    statement = _CANDIDATE.format(chosen=chosen, task=TASK, reason=reason.expression, joins=reason.joins)
    return fetch_one(statement, values)


def _take(found: _Candidate, *, token: uuid.UUID, adviser_id: int, dialled_at: dt.datetime | None) -> None:
    run(
        _TAKE,
        {
            "task": found.task_id, "insured": found.insured_id, "phone": found.phone_lookup, "token": token,
            "adviser": adviser_id, "lease": LEASE, "dialled": dialled_at,
        },
    )  # fmt: skip


def is_time(campaign: CallCampaign, *, territory: str, at: dt.datetime) -> bool:
    """Whether people who live there are called then."""
    return territory in open_territories(parse_windows(campaign.windows), at=at)


def open_campaign(campaign_id: int) -> CallCampaign:
    """The campaign, which runs today. Raises ClaimError."""
    campaign = CallCampaign.objects.select_related("displayed_number").get(pk=campaign_id)
    if campaign.status != CampaignStatus.RUNNING:
        raise ClaimError("Cette campagne n’est pas en cours.")
    today = timezone.localdate()
    if not campaign.starts_on <= today <= campaign.ends_on:
        raise ClaimError("Cette campagne n’a pas commencé, ou elle est terminée.")
    number = campaign.displayed_number
    if number.valid_from > today or (number.valid_to is not None and number.valid_to < today):
        raise ClaimError("Le numéro affiché de cette campagne n’est plus valable.")
    prevention = parse_criteria(campaign.criteria).prevention
    if prevention is not None and fetch_one(_INVITES, [prevention]) is None:
        raise ClaimError("La campagne de prévention dont celle-ci appelle les personnes est close.")
    return campaign


def _explain(error: IntegrityError) -> None:
    """Somebody else took the person, or the number, at the same moment: try again. Raises anything else."""
    cause = error.__cause__
    name = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
    if name == "call_claim_one_open_adviser":
        raise ClaimError("Vous avez déjà un appel en cours : terminez-le d’abord.") from None
    if name not in {"call_claim_one_open_call", "call_claim_one_open_person", "call_claim_one_open_number"}:
        raise error
