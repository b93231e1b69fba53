"""What the invitation did: who saw a general practitioner within sixty days, invited against not invited.

By intention to treat: everybody counts in the arm they were drawn into, reached or not, from the same day on. Counted
once, thirty days after the sixtieth, when nearly all lines are in: no looking until the figure pleases.
"""

import datetime as dt
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from ameli_notify.core.sql import fetch_all, fetch_value, run
from outreach.campaigns.prevention.comparing import WITHIN_DAYS
from outreach.campaigns.prevention.enums import AgeBand, Arm
from outreach.campaigns.prevention.models import PreventionCampaign
from outreach.campaigns.prevention.schema import PERSON
from outreach.campaigns.supervision.estimate import wilson
from outreach.campaigns.supervision.small_cells import FEWEST, hidden_cells
from outreach.campaigns.targeting.visits import visit_days

LINES_LATE_DAYS: Final = 30
FEWEST_OF_AN_ARM: Final = 100
"""Below it a difference says nothing: no interval is shown."""
_CHUNK: Final = 20_000
_WORK_SECONDS: Final = 45

_COUNT: Final = f"""
SELECT i.arm, i.band, count(*), count(*) FILTER (WHERE EXISTS (
    SELECT FROM {visit_days("i.insured_id", policyholder="p.policyholder_id", since="%(first_day)s::date")}
    WHERE visit.care_start < %(first_day)s::date + {WITHIN_DAYS}
)), max(i.id)
FROM (SELECT * FROM {PERSON} WHERE campaign_id = %(campaign)s AND id > %(after)s ORDER BY id LIMIT {_CHUNK}) i
JOIN accounts_insuredperson p ON p.id = i.insured_id
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmCount:
    people: int
    attended: int

    @property
    def rate(self) -> float:
        return self.attended / self.people


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRow:
    """``difference``: of the two rates, with its 95 % interval; None when an arm is too small to say anything."""

    label: str
    invited: ArmCount
    control: ArmCount
    difference: tuple[float, float, float] | None

    @property
    def is_established(self) -> bool:
        """Whether the interval leaves out nought."""
        return self.difference is not None and (self.difference[1] > 0 or self.difference[2] < 0)


def counted_on(campaign: PreventionCampaign) -> dt.date | None:
    """The day on which the effect is counted; None before it is launched."""
    if campaign.launched_on is None:
        return None
    return campaign.launched_on + dt.timedelta(days=WITHIN_DAYS + LINES_LATE_DAYS)


def count_effects(*, seconds: float = _WORK_SECONDS) -> int:
    """Count whichever effect is due, a range of people at a time; returns how many ranges."""
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until and _count_some():
        done += 1
    return done


@transaction.atomic
def _count_some() -> bool:
    today = fetch_value("SELECT (now() AT TIME ZONE 'Europe/Paris')::date")
    latest = today - dt.timedelta(days=WITHIN_DAYS + LINES_LATE_DAYS)
    due = PreventionCampaign.objects.filter(Q(launched_on__lte=latest), effect_counted_at=None).order_by("pk")
    campaign = due.select_for_update(skip_locked=True).first()
    if campaign is None:
        return False
    run(f"SET LOCAL statement_timeout = '{_WORK_SECONDS}s'")
    values = {"campaign": campaign.pk, "after": campaign.effect_up_to, "first_day": campaign.launched_on}
    groups = fetch_all(_COUNT, values)
    if not groups:
        PreventionCampaign.objects.filter(pk=campaign.pk).update(effect_counted_at=Now())
        return True
    effect: dict[str, dict[str, list[int]]] = campaign.effect
    for arm, band, people, attended, _ in groups:
        before = effect.setdefault(band, {}).get(arm, [0, 0])
        effect[band][arm] = [before[0] + people, before[1] + attended]
    campaign.effect_up_to = max(group[-1] for group in groups)
    campaign.save(update_fields=["effect", "effect_up_to"])
    return True


def effect_rows(effect: Mapping[str, Mapping[str, list[int]]]) -> list[EffectRow | str]:
    """The whole first, then the age bands; for rows about a few only their label is left."""
    counts = {band: {arm: _arm(effect, band, arm) for arm in Arm} for band in AgeBand.values if band in effect}
    table = {
        (band, f"{arm}-{what}"): number
        for band, arms in counts.items()
        for arm, one in arms.items()
        for what, number in (("attended", one.attended), ("absent", one.people - one.attended))
    }
    hidden = {band for band, _ in hidden_cells(table)}
    whole = {arm: _sum(arms[arm] for arms in counts.values()) for arm in Arm}
    rows: list[EffectRow | str] = [
        _row("Toutes les personnes", whole) if _is_total_safe(table, hidden) else "Toutes les personnes"
    ]
    for band, arms in counts.items():
        label = str(AgeBand(band).label)
        rows.append(label if band in hidden else _row(label, arms))
    return rows


def newcombe(invited: ArmCount, control: ArmCount) -> tuple[float, float, float]:
    """Difference of two rates and its 95 % interval: Newcombe's hybrid score method (1998, method 10)."""
    one, other = invited.rate, control.rate
    low_one, high_one = wilson(invited.attended, invited.people)
    low_other, high_other = wilson(control.attended, control.people)
    difference = one - other
    low = difference - math.hypot(one - low_one, high_other - other)
    return difference, low, difference + math.hypot(high_one - one, other - low_other)


def _row(label: str, arms: Mapping[Arm, ArmCount]) -> EffectRow:
    invited, control = arms[Arm.INVITED], arms[Arm.CONTROL]
    is_enough = min(invited.people, control.people) >= FEWEST_OF_AN_ARM
    return EffectRow(
        label=label, invited=invited, control=control, difference=newcombe(invited, control) if is_enough else None
    )


def _is_total_safe(table: Mapping[tuple[str, str], int], hidden: set[str]) -> bool:
    """Whether no figure about a few, and no band that is hidden, can be computed from the total."""
    columns = {column for _, column in table}
    for column in columns:
        whole = sum(number for (_, name), number in table.items() if name == column)
        inside = sum(number for (band, name), number in table.items() if name == column and band in hidden)
        if 0 < whole < FEWEST or 0 < inside < FEWEST:
            return False
    return len(hidden) != 1


def _arm(effect: Mapping[str, Mapping[str, list[int]]], band: str, arm: Arm) -> ArmCount:
    people, attended = effect[band].get(arm, [0, 0])
    return ArmCount(people=people, attended=attended)


def _sum(counts: Any) -> ArmCount:  # noqa: ANN401 (an iterable of ArmCount)
    found = list(counts)
    return ArmCount(people=sum(one.people for one in found), attended=sum(one.attended for one in found))
