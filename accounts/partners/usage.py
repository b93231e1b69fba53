"""What each partner uses of the API, counted by one statement a request; and the stop of one that reads far too much.

A day's limit is drawn with the first request of the day: ten times the usual volume, which is the median of the days
of the last thirty on which the partner read something, and never less than the partner's ``rows_floor``. The
statement that counts a request past it pauses the partner itself: of any number of parallel requests one writes the
pause, and none that begins after it reads anything.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.partners.enums import PartnerState, StateCause
from accounts.partners.portal.walls import STATE_CHANGE, USAGE
from accounts.partners.usage_models import PartnerUsage
from accounts.partners.walls import PARTNER
from ameli_notify.core.sql import fetch_one, run

logger = logging.getLogger(__name__)

TIMES_USUAL: Final = 10
USUAL_DAYS: Final = 30
KEPT_MONTHS: Final = 13
ANOMALY: Final = "volume-inhabituel"
"""Who « did » the pause."""
ANOMALY_FR: Final = (
    "Vos programmes ont lu en un jour plus de dix fois leur volume habituel. Par prudence, l’accès s’est arrêté de "
    "lui-même. Vérifiez qu’il s’agit bien de vous, puis demandez la reprise."
)

_USUAL: Final = f"""
SELECT greatest(p.rows_floor, {TIMES_USUAL} * coalesce((
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY u.rows) FROM {USAGE} u
    WHERE u.partner_id = p.id AND u.rows > 0
      AND u.used_on BETWEEN %(day)s::date - {USUAL_DAYS} AND %(day)s::date - 1), 0))::bigint
FROM {PARTNER} p WHERE p.id = %(partner)s
"""

# coalesce stops at its first answer: the median is computed once a day.
_COUNT: Final = f"""
WITH counted AS (
    INSERT INTO {USAGE} AS used (partner_id, used_on, requests, rows, refusals, bytes_sent, rows_allowed)
    VALUES (%(partner)s, %(day)s, %(requests)s, %(rows)s, %(refusals)s, %(bytes)s, coalesce(
        (SELECT today.rows_allowed FROM {USAGE} today
         WHERE today.partner_id = %(partner)s AND today.used_on = %(day)s),
        ({_USUAL})))
    ON CONFLICT (partner_id, used_on) DO UPDATE SET
        requests = used.requests + excluded.requests, rows = used.rows + excluded.rows,
        refusals = used.refusals + excluded.refusals, bytes_sent = used.bytes_sent + excluded.bytes_sent
    RETURNING used.partner_id, used.rows > used.rows_allowed AS is_over
), stopped AS (
    UPDATE {PARTNER} p SET state = '{PartnerState.PAUSED}', state_at = %(now)s, state_by = '{ANOMALY}'
    FROM counted WHERE counted.is_over AND p.id = counted.partner_id AND p.state = '{PartnerState.ACTIVE}'
    RETURNING p.id
)
INSERT INTO {STATE_CHANGE} (partner_id, state, cause, reason, changed_at, changed_by)
SELECT id, '{PartnerState.PAUSED}', '{StateCause.ANOMALY}', %(reason)s, %(now)s, '{ANOMALY}' FROM stopped
RETURNING partner_id
"""

_ALLOW_AGAIN: Final = f"""
UPDATE {USAGE} SET rows_allowed = rows + ({_USUAL}) WHERE partner_id = %(partner)s AND used_on = %(day)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one request used, what a file prepared for a partner holds, or the sum of many."""

    requests: int = 1
    rows: int = 0
    refusals: int = 0
    bytes_sent: int = 0


def count_usage(partner_id: int, used: Used) -> None:
    """Count for today, and pause a partner that is past the day's limit. One statement.

    Outside any transaction that may be rolled back: what was read was read.
    """
    values = {
        "partner": partner_id,
        "day": timezone.localdate(),
        "now": timezone.now(),
        "reason": ANOMALY_FR,
        "requests": used.requests,
        "rows": used.rows,
        "refusals": used.refusals,
        "bytes": used.bytes_sent,
    }
    if fetch_one(_COUNT, values) is not None:
        logger.warning("partner stopped: unusual volume", extra={"partner": partner_id})


def allow_again(partner_id: int) -> None:
    """As much again as a day allows, from what was read today on: for a partner that is resumed."""
    run(_ALLOW_AGAIN, {"partner": partner_id, "day": timezone.localdate()})


def usage_of(partner_id: int, *, days: int) -> Sequence[PartnerUsage]:
    """The last days, oldest first, those without a request as rows of zeros that are not saved."""
    today = timezone.localdate()
    first = today - dt.timedelta(days=days - 1)
    shown = ("id", "partner_id", "used_on", "requests", "rows", "refusals", "bytes_sent")
    rows = PartnerUsage.objects.only(*shown).filter(partner_id=partner_id, used_on__range=(first, today))
    known = {row.used_on: row for row in rows}
    wanted = (first + dt.timedelta(days=number) for number in range(days))
    return [known.get(day) or PartnerUsage(partner_id=partner_id, used_on=day, rows_allowed=0) for day in wanted]


def used_since(partner_id: int, day: dt.date) -> Used:
    """The sum from a day on."""
    total = PartnerUsage.objects.filter(partner_id=partner_id, used_on__gte=day).aggregate(
        **{name: Coalesce(Sum(name), 0) for name in ("requests", "rows", "refusals", "bytes_sent")}
    )
    return Used(**{name: int(value) for name, value in total.items()})


def purge_usage() -> int:
    """Delete the days before the last thirteen months; returns how many."""
    today = timezone.localdate()
    months = today.year * 12 + today.month - 1 - KEPT_MONTHS
    first_kept = dt.date(months // 12, months % 12 + 1, 1)
    deleted, _ = PartnerUsage.objects.filter(used_on__lt=first_kept).delete()
    return deleted
