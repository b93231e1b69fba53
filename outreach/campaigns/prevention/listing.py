"""Freezing the list: who may be invited, and which arm each falls into. Set-based, a range of the directory at a time.

The arm comes from a keyed hash of campaign and person: the same again whoever makes the list, and foreseen by nobody.
Both arms pass the same sieve, so that they differ by chance only. Whoever is in another comparison that is not over
stays in that one alone.
"""

import hmac
import time
from collections import Counter
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from ameli_notify.core.crypto import lookup_key
from ameli_notify.core.sql import fetch_all, fetch_value, run
from outreach.campaigns.campaign.hours import TERRITORIES
from outreach.campaigns.prevention.comparing import is_compared
from outreach.campaigns.prevention.enums import AgeBand, Arm, Means, PreventionStatus
from outreach.campaigns.prevention.models import PreventionCampaign, PreventionPerson
from outreach.campaigns.prevention.schema import PERSON, UNLIST
from outreach.campaigns.prevention.services import end_list
from outreach.campaigns.targeting.visits import count_visits

CHUNK_PEOPLE: Final = 50_000
WORK_SECONDS: Final = 45

_BANDS: Final = " ".join(
    f"WHEN date_part('year', age(%(day)s::date, p.born_on)) BETWEEN {band.replace('-', ' AND ')} THEN '{band}'"
    for band in AgeBand.values
)
_TERRITORIES: Final = ", ".join(f"'{code}'" for code in TERRITORIES)
BY_MESSAGE: Final = """
    (p.preferred_channel <> 'none' AND (p.has_email OR p.has_mobile OR p.postcode <> ''))"""
BY_CALL: Final = f"""
    (p.accepts_calls AND p.territory IN ({_TERRITORIES}) AND EXISTS (
        SELECT FROM accounts_contactchannel c
        WHERE c.insured_id = p.id AND c.ended_at IS NULL AND c.kind IN ('mobile', 'landline')))"""
_REACHABLE: Final = {
    Means.MESSAGES: BY_MESSAGE, Means.CALLS: BY_CALL, Means.BOTH: f"({BY_MESSAGE} OR {BY_CALL})",
}  # fmt: skip

_LIST: Final = f"""
WITH pool AS (
    SELECT p.id, p.policyholder_id, CASE {_BANDS} END AS band
    FROM accounts_insuredperson p
    WHERE p.id BETWEEN %(first)s AND %(last)s AND p.died_on IS NULL AND NOT p.is_contact_protected
      AND p.accepts_information AND {{reachable}} {{also}}
      AND NOT {is_compared("p.id", besides="%(campaign)s::bigint")}
), listed AS (
    INSERT INTO {PERSON} (campaign_id, insured_id, band, arm)
    SELECT %(campaign)s, p.id, p.band,
        CASE WHEN ('x' || encode(substr(sha256(%(seed)s || int8send(p.id)), 1, 4), 'hex'))::bit(32)::bigint
                  < %(control_share)s * 4294967296 / 100
             THEN '{Arm.CONTROL}' ELSE '{Arm.INVITED}' END
    FROM pool p WHERE p.band = ANY(%(bands)s) {{needs}}
    ON CONFLICT (campaign_id, insured_id) DO NOTHING
    RETURNING arm, band
)
SELECT arm, band, count(*) FROM listed GROUP BY 1, 2
"""


def advance_lists(*, seconds: float = WORK_SECONDS) -> int:
    """Go on with every list that is being made, or no longer holds; returns how many ranges were done."""
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until and _do_range():
        done += 1
    return done


@transaction.atomic
def _do_range() -> bool:
    """One range that nobody else is doing, or the end of a list; False when there is no list to make or to take back.

    The list of a campaign that became a draft again goes first, under the same lock: no range meets what is left of it.
    """
    left = Q(status=PreventionStatus.DRAFT) & Exists(PreventionPerson.objects.filter(campaign=OuterRef("pk")))
    wanted = PreventionCampaign.objects.filter(Q(status=PreventionStatus.LISTING) | left).order_by("pk")
    # One list after the other: two at once would not see whom the other takes.
    oldest = wanted.values_list("pk", flat=True).first()
    if oldest is None:
        return False
    campaign = wanted.filter(pk=oldest).select_for_update(skip_locked=True, of=("self",)).first()
    if campaign is None:
        return False
    if campaign.listed_up_to == 0:
        gone = fetch_value(f"SELECT {UNLIST}(%s, %s)", [campaign.pk, CHUNK_PEOPLE])
        if gone or campaign.status == PreventionStatus.DRAFT:
            return True
    first = campaign.listed_up_to + 1
    # From the next person on: ids that nobody has take no time.
    low, high = fetch_all(
        "SELECT min(id), (SELECT max(id) FROM accounts_insuredperson) FROM accounts_insuredperson WHERE id >= %s",
        [first],
    )[0]
    if low is None:
        end_list(campaign)
        return True
    last = min(low + CHUNK_PEOPLE - 1, high)
    run(f"SET LOCAL statement_timeout = '{WORK_SECONDS}s'")
    groups = fetch_all(_statement(campaign), _values(campaign, first=low, last=last))
    campaign.counts = _added(campaign.counts, groups)
    campaign.listed_up_to = last
    campaign.save(update_fields=["counts", "listed_up_to"])
    return True


def _statement(campaign: PreventionCampaign) -> str:
    also = {
        "AND p.fund_code = ANY(%(funds)s)": campaign.funds,
        "AND p.treating_rpps IS NULL": campaign.without_doctor,
    }
    visits = count_visits("p.id", policyholder="p.policyholder_id", since="%(since)s::date")
    return _LIST.format(
        reachable=_REACHABLE[Means(campaign.means)],
        also=" ".join(condition for condition, is_given in also.items() if is_given),
        needs=f"AND {visits} = 0" if campaign.months_without_visit else "",
    )


def _values(campaign: PreventionCampaign, *, first: int, last: int) -> dict[str, Any]:
    day, since = fetch_all(
        "SELECT today, (today - make_interval(months => %s))::date"
        " FROM (SELECT (now() AT TIME ZONE 'Europe/Paris')::date) AS clock (today)",
        [campaign.months_without_visit or 0],
    )[0]
    return {
        "campaign": campaign.pk, "first": first, "last": last, "day": day, "since": since, "funds": campaign.funds,
        "bands": campaign.bands, "control_share": campaign.control_share, "seed": seed_of(campaign.pk),
    }  # fmt: skip


def seed_of(campaign_id: int) -> bytes:
    """What makes the arms of a campaign its own."""
    return hmac.digest(lookup_key(), f"prevention|{campaign_id}".encode(), "sha256")


def _added(counts: dict[str, dict[str, int]], groups: list[tuple[Any, ...]]) -> dict[str, dict[str, int]]:
    sums = {arm: Counter(by_band) for arm, by_band in counts.items()}
    for arm, band, number in groups:
        sums.setdefault(arm, Counter())[band] += number
    return {arm: dict(by_band) for arm, by_band in sums.items()}
