"""What time alone changes: leases that ran out, calls that are due, campaigns at their end. One statement each.

All of it may run late, twice, or at the same time as advisers work: rows that somebody holds are passed over.
"""

import time
from typing import Final

from django.db import transaction

from ameli_notify.core.sql import run
from outreach.campaigns.campaign.enums import APPROVED, CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.campaign.services import CampaignError, move_campaign
from outreach.campaigns.claiming.enums import IDLE
from outreach.campaigns.targeting.lists import today
from outreach.campaigns.targeting.scoring import CALLBACK, CALLBACK_POINTS
from outreach.campaigns.walls import CLAIM, TASK

OWN_CALLBACK_MINUTES: Final = 30
"""A promised call that its adviser has not made by then is anybody's."""
_BATCH: Final = 20_000
_IDLE: Final = ", ".join(f"'{each}'" for each in IDLE)

# A call whose number was shown may have been made: it is asked about, never simply made again.
_END_EXPIRED: Final = f"""
WITH late AS (
    SELECT token FROM {CLAIM} WHERE ended_at IS NULL AND leased_until < now() FOR UPDATE SKIP LOCKED
), ended AS (
    UPDATE {CLAIM} c SET ended_at = now(), ending = 'expired' FROM late WHERE c.token = late.token
    RETURNING c.task_id, c.dialled_at
)
UPDATE {TASK} t SET status = CASE WHEN e.dialled_at IS NULL THEN 'ready' ELSE 'review' END
FROM ended e WHERE t.id = e.task_id AND t.status = 'claimed'
"""

# A promise outlives the hold on it: given back or lost, the call stays before all others.
PROMISED: Final = f"""
    priority = priority + CASE WHEN status = 'callback' AND components -> '{CALLBACK}' IS NULL
                               THEN {CALLBACK_POINTS} ELSE 0 END,
    components = CASE WHEN status = 'callback' THEN components || '{{"{CALLBACK}": {CALLBACK_POINTS}}}'
                      ELSE components END"""

_WAKE_DUE: Final = f"""
WITH due AS (
    SELECT id FROM {TASK}
    WHERE status IN ('waiting', 'callback') AND due_at <= now()
      AND (callback_for_id IS NULL OR due_at <= now() - make_interval(mins => {OWN_CALLBACK_MINUTES}))
    FOR UPDATE SKIP LOCKED
)
UPDATE {TASK} SET status = 'ready', due_at = NULL, callback_for_id = NULL, {PROMISED}
WHERE id IN (SELECT id FROM due)
"""

_ABANDON: Final = f"""
WITH left_over AS (
    SELECT t.id FROM {TASK} t JOIN outreach_callcampaign c ON c.id = t.campaign_id
    WHERE c.status = 'closed' AND t.status IN ({_IDLE}) LIMIT {_BATCH} FOR UPDATE OF t SKIP LOCKED
)
UPDATE {TASK} t SET status = 'abandoned', due_at = NULL, callback_for_id = NULL, ended_at = now()
FROM left_over l WHERE t.id = l.id
"""


def end_expired() -> int:
    """End the holds of advisers who are gone; returns how many calls that frees or leaves to be explained."""
    return run(_END_EXPIRED)


def wake_due() -> int:
    """Put waiting and promised calls whose time has come back on the list; returns how many."""
    return run(_WAKE_DUE)


def close_ended(*, seconds: float = 45) -> int:
    """Close campaigns after their last day, and let go of whom closed ones did not reach; returns how many ended."""
    until, closed = time.monotonic() + seconds, 0
    for campaign_id in _past_their_end():
        try:
            move_campaign(campaign_id, to=CampaignStatus.CLOSED, by=None)
        except CampaignError:
            continue  # somebody closed it at the same moment
        closed += 1
    while time.monotonic() < until and _abandon_some():
        pass
    return closed


@transaction.atomic
def _abandon_some() -> int:
    return run(_ABANDON)


def _past_their_end() -> list[int]:
    over = CallCampaign.objects.filter(status__in=APPROVED, ends_on__lt=today())
    return list(over.order_by("pk").values_list("pk", flat=True))
