"""Whether somebody on a frozen list may still be called, and still needs it: at each claim, and once a day for all."""

import datetime as dt
import time
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.timezone import localdate

from ameli_notify.core.sql import fetch_value
from outreach.campaigns.campaign.criteria import parse_criteria
from outreach.campaigns.campaign.enums import APPROVED, CampaignEventKind
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.campaign.services import record
from outreach.campaigns.claiming.enums import IDLE, Decision
from outreach.campaigns.targeting.lists import today
from outreach.campaigns.targeting.selection import FORBIDDEN, PHONE
from outreach.campaigns.targeting.visits import count_visits
from outreach.campaigns.walls import TASK

BATCH: Final = 10_000
_VISITS: Final = {
    since: count_visits("p.id", policyholder="p.policyholder_id", since=f"%({since})s::date")
    for since in ("frozen_on", "year_before")
}

REASON: Final = f"""CASE {FORBIDDEN}
            WHEN %(without_doctor)s AND p.treating_rpps IS NOT NULL THEN '{Decision.HAS_DOCTOR}'
            WHEN %(fewer)s::int IS NOT NULL AND {_VISITS["frozen_on"]} > 0 THEN '{Decision.SEEN_DOCTOR}'
            WHEN %(fewer)s::int IS NOT NULL AND {_VISITS["year_before"]} >= %(fewer)s::int THEN '{Decision.SEEN_DOCTOR}'
            ELSE ''
        END"""
"""SQL over a person ``p`` with a number ``phone``: why they are not to be called any more, or nothing.

Seen since the list was frozen, or often enough in the year by lines that came late.
"""

_IDLE: Final = ", ".join(f"'{each}'" for each in IDLE)
_REFRESH: Final = f"""
WITH batch AS (
    SELECT t.id, t.insured_id FROM {TASK} t
    WHERE t.campaign_id = %(campaign)s AND t.status IN ({_IDLE}) AND t.checked_on < %(today)s
    ORDER BY t.id LIMIT {BATCH} FOR UPDATE SKIP LOCKED
), looked AS (
    SELECT b.id, {REASON} AS reason, phone.address_lookup
    FROM batch b JOIN accounts_insuredperson p ON p.id = b.insured_id {PHONE}
), done AS (
    UPDATE {TASK} t SET checked_on = %(today)s,
        phone_lookup = coalesce(l.address_lookup, t.phone_lookup),
        status = CASE WHEN l.reason = '' THEN t.status ELSE 'excluded' END,
        reason = l.reason,
        due_at = CASE WHEN l.reason = '' THEN t.due_at END,
        callback_for_id = CASE WHEN l.reason = '' THEN t.callback_for_id END,
        ended_at = CASE WHEN l.reason <> '' THEN now() END
    FROM looked l WHERE t.id = l.id
    RETURNING t.reason
)
SELECT count(*) FROM done
"""


def eligibility_values(campaign: CallCampaign) -> dict[str, Any]:
    """What ``REASON`` needs to know of a campaign. Raises ValueError for one without a frozen list."""
    if campaign.frozen_at is None:
        raise ValueError("the list is not frozen")
    criteria = parse_criteria(campaign.criteria)
    frozen_on, day = localdate(campaign.frozen_at), localdate(timezone.now())
    return {
        "without_doctor": criteria.without_doctor, "fewer": criteria.fewer_visits_than, "frozen_on": frozen_on,
        "year_before": day - dt.timedelta(days=365),
    }  # fmt: skip


def refresh_lists(*, seconds: float = 45) -> int:
    """Take whoever is not to be called any more off the open lists; returns how many people were looked at.

    Each is looked at once a day; what a killed or missed run left is looked at by the next one.
    """
    until, looked_at = time.monotonic() + seconds, 0
    for campaign in CallCampaign.objects.filter(status__in=APPROVED, frozen_at__isnull=False).order_by("pk"):
        of_campaign = 0
        while time.monotonic() < until and (number := _refresh_batch(campaign)):
            of_campaign += number
        if of_campaign:
            record(campaign, CampaignEventKind.REFRESHED, by=None, details={"people": of_campaign})
        looked_at += of_campaign
    return looked_at


@transaction.atomic
def _refresh_batch(campaign: CallCampaign) -> int:
    values = eligibility_values(campaign) | {"campaign": campaign.pk, "today": today()}
    return int(fetch_value(_REFRESH, values))
