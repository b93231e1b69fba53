"""Keeping the figures of campaigns: a list is counted once a minute by a job, and not by whoever looks.

Each part replaces what it counted before, so that it may run late, twice, or after a kill.
"""

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils import timezone

from ameli_notify.core.sql import fetch_one, run
from outreach.campaigns.campaign.dispositions import TRAITS
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.enums import ENDED, TaskStatus
from outreach.campaigns.walls import ATTEMPT, CLAIM, TASK

FIGURES: Final = "outreach_campaignprogress"
DAYS: Final = "outreach_campaignday"
HOURS: Final = "outreach_callhour"
STILL_COUNTED: Final = dt.timedelta(days=2)
"""After a campaign was closed: its last people are let go of in batches."""
_SLICE: Final = dt.timedelta(days=1)
_REDONE: Final = dt.timedelta(hours=1)
"""A result saved at the end of an hour may be committed in the next one."""
_LOCK: Final = 0x0A0E1107
"""Advisory: one job at a time counts hours."""
LONG_ENOUGH: Final = "SET LOCAL statement_timeout = '45s'"
IDLE_MINUTES: Final = 30
"""Between two calls; whoever takes longer was not at work in between."""


def _quoted(values: list[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


_ENDED: Final = _quoted([str(status) for status in ENDED])
_CALLED: Final = _quoted([str(TaskStatus.DONE), str(TaskStatus.ABANDONED)])
_HUMAN: Final = _quoted([str(each) for each, traits in TRAITS.items() if traits.human])
_REACHED: Final = _quoted([str(each) for each, traits in TRAITS.items() if traits.reached])
_SUCCESS: Final = _quoted([str(each) for each, traits in TRAITS.items() if traits.success])

_COUNT_LIST: Final = f"""
WITH found AS (
    SELECT fund_code, status, count(*) AS people,
        count(*) FILTER (WHERE status = 'callback' AND due_at <= now() + interval '1 hour') AS due
    FROM {TASK} WHERE campaign_id = %(campaign)s GROUP BY 1, 2
), gone AS (
    DELETE FROM {FIGURES} p WHERE p.campaign_id = %(campaign)s
      AND NOT EXISTS (SELECT FROM found f WHERE f.fund_code = p.fund_code AND f.status = p.status)
), today AS (
    INSERT INTO {DAYS} (campaign_id, day_on, remaining, called, ended, counted_at)
    SELECT %(campaign)s, (now() AT TIME ZONE 'Europe/Paris')::date,
        coalesce(sum(people) FILTER (WHERE status NOT IN ({_ENDED})), 0),
        coalesce(sum(people) FILTER (WHERE status IN ({_CALLED})), 0),
        coalesce(sum(people) FILTER (WHERE status IN ({_ENDED})), 0), now()
    FROM found
    ON CONFLICT (campaign_id, day_on) DO UPDATE SET remaining = excluded.remaining, called = excluded.called,
        ended = excluded.ended, counted_at = excluded.counted_at
)
INSERT INTO {FIGURES} (campaign_id, fund_code, status, people, due, counted_at)
SELECT %(campaign)s, fund_code, status, people, due, now() FROM found
ON CONFLICT (campaign_id, fund_code, status)
    DO UPDATE SET people = excluded.people, due = excluded.due, counted_at = excluded.counted_at
"""

# What an adviser did between two calls belongs to the second one, unless it was a pause or took too long.
_COUNT_HOURS: Final = f"""
INSERT INTO {HOURS} (campaign_id, fund_code, hour_at, attempts, human, reached, successes, handling_seconds,
    work_seconds)
SELECT t.campaign_id, t.fund_code, date_trunc('hour', a.ended_at), count(*),
    count(*) FILTER (WHERE a.disposition IN ({_HUMAN})),
    count(*) FILTER (WHERE a.disposition IN ({_REACHED})),
    count(*) FILTER (WHERE a.disposition IN ({_SUCCESS})),
    sum(extract(epoch FROM a.ended_at - greatest(a.started_at, c.claimed_at)))::bigint,
    sum(extract(epoch FROM a.ended_at - coalesce(before.ended_at, c.claimed_at)))::bigint
FROM {ATTEMPT} a
JOIN {TASK} t ON t.id = a.task_id
JOIN {CLAIM} c ON c.token = a.claim_id
LEFT JOIN LATERAL (
    SELECT last.ended_at FROM (
        SELECT b.ended_at FROM {CLAIM} b
        WHERE b.adviser_id = c.adviser_id AND b.claimed_at < c.claimed_at ORDER BY b.claimed_at DESC LIMIT 1
    ) last
    WHERE last.ended_at <= c.claimed_at
      AND last.ended_at > c.claimed_at - make_interval(mins => {IDLE_MINUTES})
      AND NOT EXISTS (SELECT FROM outreach_adviserpause p WHERE p.adviser_id = c.adviser_id
                      AND p.started_at < c.claimed_at AND coalesce(p.ended_at, now()) > last.ended_at)
) before ON true
WHERE a.ended_at >= %(first)s AND a.ended_at < %(last)s
GROUP BY 1, 2, 3
ON CONFLICT (campaign_id, fund_code, hour_at) DO UPDATE SET attempts = excluded.attempts, human = excluded.human,
    reached = excluded.reached, successes = excluded.successes, handling_seconds = excluded.handling_seconds,
    work_seconds = excluded.work_seconds
"""
_FROM: Final = f"""
SELECT coalesce((SELECT max(hour_at) FROM {HOURS}), (SELECT date_trunc('hour', min(ended_at)) FROM {ATTEMPT})), now()
"""


def keep_figures() -> int:
    """Count every open list and the hours since the last time; returns how many lists were counted."""
    count_hours()
    lately = timezone.now() - STILL_COUNTED
    known = CallCampaign.objects.filter(frozen_at__isnull=False)
    wanted = known.exclude(status=CampaignStatus.CLOSED) | known.filter(closed_at__gte=lately)
    return sum(count_list(pk) for pk in wanted.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def count_list(campaign_id: int) -> bool:
    """Count the people of a list by fund and state; False when somebody else is doing it."""
    rows = CallCampaign.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    if not rows.filter(pk=campaign_id).exists():
        return False
    run(LONG_ENOUGH)
    run(_COUNT_LIST, {"campaign": campaign_id})
    return True


def count_hours() -> None:
    """Count calls by hour, from the last hour that was counted on: a day of calls is one transaction."""
    row = fetch_one(_FROM)
    if row is None or row[0] is None:
        return
    first, now = row[0] - _REDONE, row[1]
    while first <= now:
        last = first + _SLICE
        with transaction.atomic():
            run(f"SELECT pg_advisory_xact_lock({_LOCK})")
            run(LONG_ENOUGH)
            run(_COUNT_HOURS, {"first": first, "last": last})
        first = last
