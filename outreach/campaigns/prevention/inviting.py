"""Posting the invitations: a batch is one transaction, so that nobody is written to twice or left out.

The text says that something waits in the space; what it is about is read there.
"""

import time
from typing import Final

from django.db import transaction
from django.utils import timezone

from ameli_notify.core.jobs import enqueue
from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.core.sql import fetch_all
from outreach.campaigns.prevention.enums import Means, PreventionStatus
from outreach.campaigns.prevention.models import PreventionCampaign
from outreach.campaigns.prevention.schema import PERSON
from outreach.digest.schema import NOTIFICATION
from outreach.notifications.enums import Channel, MessageKind
from outreach.notifications.single import CHANNEL_DECISION
from outreach.notifications.versions import active_templates

BATCH: Final = 2_000
WORK_SECONDS: Final = 20
_DRAIN: Final = "outreach.notifications.tasks.drain"

_INVITE: Final = f"""
WITH batch AS (
    SELECT i.id, i.insured_id FROM {PERSON} i
    WHERE i.campaign_id = %(campaign)s AND i.arm = 'invited' AND i.invited_at IS NULL
    ORDER BY i.id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), decided AS (
    SELECT b.insured_id,
        CASE WHEN p.accepts_information THEN {CHANNEL_DECISION} ELSE 'opted-out' END AS decision
    FROM batch b JOIN accounts_insuredperson p ON p.id = b.insured_id
), posted AS (
    INSERT INTO {NOTIFICATION}
        (insured_id, template_id, created_on, channel, status, status_reason, next_attempt_at, settled_at)
    SELECT insured_id,
        CASE decision WHEN 'email' THEN %(email)s WHEN 'sms' THEN %(sms)s WHEN 'post' THEN %(post)s END,
        %(day)s,
        CASE WHEN decision IN ('email', 'sms', 'post') THEN decision ELSE 'none' END,
        CASE WHEN decision IN ('email', 'sms', 'post') THEN 'created' ELSE 'cancelled' END,
        CASE WHEN decision IN ('email', 'sms', 'post') THEN '' ELSE decision END,
        CASE WHEN decision IN ('email', 'sms', 'post') THEN now() END,
        CASE WHEN decision IN ('email', 'sms', 'post') THEN NULL ELSE now() END
    FROM decided
    RETURNING channel
), done AS (
    UPDATE {PERSON} i SET invited_at = now() FROM batch b WHERE i.id = b.id RETURNING i.id
)
SELECT (SELECT count(*) FROM done), (SELECT array_agg(DISTINCT channel) FROM posted)
"""


def invite(*, seconds: float = WORK_SECONDS) -> int:
    """Post the invitations of the campaigns that run, for so long; returns how many people were dealt with."""
    running = PreventionCampaign.objects.filter(status=PreventionStatus.RUNNING).exclude(means=Means.CALLS)
    until, total = time.monotonic() + seconds, 0
    for campaign_id in running.order_by("pk").values_list("pk", flat=True):
        while time.monotonic() < until and (number := _invite_batch(campaign_id)):
            total += number
    return total


@transaction.atomic
def _invite_batch(campaign_id: int) -> int:
    """A batch of a campaign that still runs: whoever closes it waits for it, or stops it."""
    rows = PreventionCampaign.objects.select_for_update(no_key=True)
    if not rows.filter(pk=campaign_id, status=PreventionStatus.RUNNING).exists():
        return 0
    templates = active_templates(MessageKind.PREVENTION)
    day = timezone.localdate()
    ensure_partitions(NOTIFICATION, first=day, last=day, span=Span.DAY)
    values = {channel.value: template.pk for channel, template in templates.items()}
    number, channels = fetch_all(_INVITE, {"campaign": campaign_id, "batch": BATCH, "day": day, **values})[0]
    for channel in channels or []:
        if channel != Channel.NONE:
            enqueue(_DRAIN, channel)
    return int(number)
