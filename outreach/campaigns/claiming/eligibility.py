"""Whether somebody on a frozen list may still be called, and still needs it: at each claim, and once a day for all."""

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.timezone import localdate

from ameli_notify.core.sql import fetch_value
from outreach.campaigns.campaign.criteria import parse_criteria
from outreach.campaigns.campaign.dispositions import REACHED
from outreach.campaigns.campaign.enums import APPROVED, CampaignEventKind, CampaignPurpose
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.campaign.services import record
from outreach.campaigns.claiming.enums import IDLE, Decision
from outreach.campaigns.targeting.lists import today
from outreach.campaigns.targeting.selection import CONSENTS, FORBIDDEN, IS_CONTROL, PHONE
from outreach.campaigns.targeting.visits import visit_days
from outreach.campaigns.walls import ATTEMPT, TASK

BATCH: Final = 10_000
_REACHED: Final = ", ".join(f"'{each}'" for each in REACHED)
_HAS_DOCTOR: Final = f"WHEN p.treating_rpps IS NOT NULL THEN '{Decision.HAS_DOCTOR}'"
_CALLED: Final = f"""
            WHEN EXISTS (SELECT FROM {ATTEMPT} a JOIN {TASK} o ON o.id = a.task_id
                         WHERE a.insured_id = p.id AND a.disposition IN ({_REACHED})
                           AND a.ended_at > now() - %(rest)s AND o.campaign_id <> %(campaign)s)
                THEN '{Decision.CALLED_RECENTLY}'"""
_INVITATION: Final = f"WHEN NOT p.accepts_information THEN '{Decision.OPTED_OUT}'"
_CONSENT: Final = f"WHEN NOT {CONSENTS} THEN '{Decision.NO_CONSENT}'"
_SEEN: Final = f"""WHEN seen.since_frozen > 0 OR seen.in_a_year >= %(fewer)s::int THEN '{Decision.SEEN_DOCTOR}'"""
_VISITS: Final = f"""
    CROSS JOIN LATERAL (
        SELECT count(*) AS in_a_year, count(*) FILTER (WHERE visit.care_start >= %(frozen_on)s::date) AS since_frozen
        FROM {visit_days("p.id", policyholder="p.policyholder_id", since="%(since)s::date")}
    ) seen"""


@dataclass(frozen=True, slots=True)
class Reason:
    """SQL that says why a person ``p`` is not to be called any more: an expression, empty when they are; its joins."""

    expression: str
    joins: str


def reason_of(values: Mapping[str, Any]) -> Reason:
    """The SQL for a campaign's values.

    Whoever saw a doctor since the list was frozen is not called, but for a campaign that looks for one to treat them;
    nor, where ``eligibility_values`` asks for it, whoever saw one often enough in the year.
    """
    asked = {
        _CONSENT: values["consented_to"] is not None,
        _INVITATION: values["is_invitation"],
        IS_CONTROL: values["is_check_up"],
        _CALLED: True,
        _HAS_DOCTOR: values["without_doctor"],
        _SEEN: values["is_of_visits"],
    }
    conditions = " ".join(condition for condition, is_asked in asked.items() if is_asked)
    joins = PHONE + _VISITS if values["is_of_visits"] else PHONE
    return Reason(f"CASE {FORBIDDEN} {conditions} ELSE '' END", joins)


_IDLE: Final = ", ".join(f"'{each}'" for each in IDLE)
_REFRESH: Final = """
WITH batch AS (
    SELECT t.id, t.insured_id FROM {task} t
    WHERE t.campaign_id = %(campaign)s AND t.status IN ({idle}) AND t.checked_on < %(today)s
    ORDER BY t.id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), looked AS (
    SELECT b.id, {reason} AS reason, phone.address_lookup
    FROM batch b JOIN accounts_insuredperson p ON p.id = b.insured_id {joins}
), done AS (
    UPDATE {task} t SET checked_on = %(today)s,
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


def eligibility_values(campaign: CallCampaign, *, of_whole_year: bool = False) -> dict[str, Any]:
    """What the SQL of ``reason_of`` needs to know of a campaign. Raises ValueError for one without a frozen list.

    ``of_whole_year``: look at visits of the year too, whose lines came late, and not only at those since the list was
    frozen. A claim does not: planning over a year of partitions would take longer than all the rest.
    """
    if campaign.frozen_at is None:
        raise ValueError("the list is not frozen")
    criteria = parse_criteria(campaign.criteria)
    frozen_on, day = localdate(campaign.frozen_at), localdate(timezone.now())
    is_counted = criteria.fewer_visits_than is not None
    return {
        "without_doctor": criteria.without_doctor, "fewer": criteria.fewer_visits_than, "frozen_on": frozen_on,
        "since": min(frozen_on, day - dt.timedelta(days=365)) if of_whole_year and is_counted else frozen_on,
        "campaign": campaign.pk, "consented_to": criteria.consented_to,
        "is_invitation": criteria.prevention is not None, "is_check_up": campaign.purpose == CampaignPurpose.CHECK_UP,
        "is_of_visits": is_counted or campaign.purpose != CampaignPurpose.TREATING_DOCTOR,
        "rest": dt.timedelta(days=criteria.rest_days),
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
    values = eligibility_values(campaign, of_whole_year=True) | {"today": today(), "batch": BATCH}
    reason = reason_of(values)
    statement = _REFRESH.format(task=TASK, idle=_IDLE, reason=reason.expression, joins=reason.joins)
    return int(fetch_value(statement, values))
