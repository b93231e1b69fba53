"""The SQL that judges people: who meets the criteria, and what keeps somebody off the list all the same.

Counting and freezing run the same judgement, so that a count says what freezing will do.
"""

import datetime as dt
from typing import Any, Final

from accounts.partners.enums import ConsentPurpose
from accounts.partners.walls import CONSENT, MEMBERSHIP, TODAY, is_open
from outreach.campaigns.campaign.criteria import TargetCriteria
from outreach.campaigns.campaign.dispositions import REACHED, Disposition
from outreach.campaigns.campaign.enums import APPROVED, CampaignPurpose
from outreach.campaigns.campaign.hours import TERRITORIES
from outreach.campaigns.claiming.enums import ENDED, Decision
from outreach.campaigns.prevention.comparing import is_control
from outreach.campaigns.targeting.scoring import components_sql, priority_sql
from outreach.campaigns.targeting.visits import count_visits
from outreach.campaigns.walls import ATTEMPT, TASK

CONDITION: Final = "accounts_longtermcondition"

# A person ``p`` who lets the partner of a joint campaign have them called, and is still covered by it.
CONSENTS: Final = f"""EXISTS (
        SELECT FROM {CONSENT} k JOIN {MEMBERSHIP} s ON s.insured_id = k.insured_id AND s.partner_id = k.partner_id
        WHERE k.insured_id = p.id AND k.partner_id = %(consented_to)s AND k.purpose = '{ConsentPurpose.CAMPAIGNS}'
          AND {is_open("k")}
          AND {TODAY} BETWEEN s.starts_on AND coalesce(s.ends_on, 'infinity'))"""

PHONE: Final = """
    LEFT JOIN LATERAL (
        SELECT c.address_lookup FROM accounts_contactchannel c
        WHERE c.insured_id = p.id AND c.ended_at IS NULL AND c.kind IN ('mobile', 'landline')
        ORDER BY c.kind = 'mobile' DESC LIMIT 1
    ) phone ON true"""
"""The number to call a person ``p``: the mobile, else the landline."""

# What forbids a call of person ``p`` at ``phone``, whatever the campaign; the first that holds says why.
FORBIDDEN: Final = f"""
            WHEN p.died_on IS NOT NULL THEN '{Decision.DECEASED}'
            WHEN EXISTS (SELECT FROM {ATTEMPT} a WHERE a.insured_id = p.id
                         AND a.disposition = '{Disposition.DECEASED}') THEN '{Decision.SAID_DECEASED}'
            WHEN p.is_contact_protected THEN '{Decision.PROTECTED}'
            WHEN NOT p.accepts_calls THEN '{Decision.OPTED_OUT}'
            WHEN p.territory NOT IN ({", ".join(f"'{code}'" for code in TERRITORIES)}) THEN '{Decision.NO_CLOCK}'
            WHEN phone.address_lookup IS NULL THEN '{Decision.NO_PHONE}'
            WHEN EXISTS (SELECT FROM {ATTEMPT} a WHERE a.insured_id = p.id AND a.phone_lookup = phone.address_lookup
                         AND a.disposition = '{Disposition.WRONG_NUMBER}') THEN '{Decision.WRONG_NUMBER}'"""

IS_CONTROL: Final = f"""WHEN {is_control("p.id")} THEN '{Decision.OTHER_CAMPAIGN}'"""
"""For campaigns about check-ups: whoever is called by one is no control any more."""

_REACHED: Final = ", ".join(f"'{each}'" for each in REACHED)
_ENDED: Final = ", ".join(f"'{each}'" for each in ENDED)
_APPROVED: Final = ", ".join(f"'{each}'" for each in APPROVED)

# Of a declared date that is in no calendar only the year counts, to its end.
_BORN: Final = """coalesce(p.born_on, CASE WHEN p.birth_date_text ~ '^(18|19|20)[0-9][0-9]'
        THEN make_date(left(p.birth_date_text, 4)::int, 12, 31) END)"""

# Nobody of a control group is called, and nobody before the campaign of prevention runs, or once it is closed.
_INVITED: Final = """EXISTS (
        SELECT FROM outreach_preventionperson i JOIN outreach_preventioncampaign e ON e.id = i.campaign_id
        WHERE i.campaign_id = %(prevention)s AND i.insured_id = p.id AND i.arm = 'invited'
          AND e.status = 'running' AND e.means IN ('calls', 'both'))"""

_JUDGED: Final = f"""
WITH pool AS (
    SELECT p.id, p.policyholder_id, p.fund_code, p.territory, p.treating_rpps, p.died_on, p.is_contact_protected,
        p.accepts_calls, date_part('year', age(%(day)s::date, {_BORN}))::int AS age
    FROM accounts_insuredperson p
    WHERE p.id BETWEEN %(first)s AND %(last)s {{people}}
), needy AS (
    SELECT p.*, {count_visits("p.id", policyholder="p.policyholder_id", since="%(since)s::date")} AS visits,
        (SELECT count(*) FROM {CONDITION} c WHERE c.insured_id = p.id) AS conditions
    FROM pool p WHERE true {{ages}}
), judged AS MATERIALIZED (
    SELECT p.*, phone.address_lookup,
        EXISTS (SELECT FROM {ATTEMPT} a WHERE a.insured_id = p.id AND a.disposition IN ({_REACHED})) AS was_reached,
        CASE {FORBIDDEN}
            WHEN coalesce(p.age, 0) < 18 THEN '{Decision.NOT_ADULT}'
            WHEN EXISTS (SELECT FROM {TASK} t JOIN outreach_callcampaign c ON c.id = t.campaign_id
                         WHERE t.insured_id = p.id AND t.campaign_id <> %(campaign)s AND t.status NOT IN ({_ENDED})
                           AND c.status IN ({_APPROVED})) THEN '{Decision.OTHER_CAMPAIGN}'
            WHEN EXISTS (SELECT FROM {ATTEMPT} a WHERE a.insured_id = p.id AND a.disposition IN ({_REACHED})
                         AND a.ended_at > now() - %(rest)s) THEN '{Decision.CALLED_RECENTLY}'
            {{compared}}
            ELSE '{Decision.TARGET}'
        END AS decision
    FROM needy p {PHONE}
    WHERE true {{needs}}
)"""

_COUNT: Final = "SELECT decision, fund_code, count(*) FROM judged GROUP BY 1, 2"

# In the order of the people, so that the same people make the same list wherever their rows lie: of two who need a
# call alike, the first in the list is called first, and stays when a quota cuts.
_FREEZE: Final = f""", frozen AS (
    INSERT INTO {TASK} (campaign_id, insured_id, fund_code, territory, phone_lookup, priority, components, status,
        checked_on)
    SELECT %(campaign)s, j.id, j.fund_code, j.territory, j.address_lookup, {priority_sql()}, {components_sql()},
        'ready', %(day)s
    FROM judged j WHERE j.decision = '{Decision.TARGET}' ORDER BY j.id
    ON CONFLICT (campaign_id, insured_id) DO NOTHING
)
{_COUNT}"""


def count_statement(criteria: TargetCriteria, *, purpose: CampaignPurpose) -> str:
    """SQL: how many people of a range come to which decision, by fund."""
    return f"{_judged(criteria, purpose)} {_COUNT}"


def freeze_statement(criteria: TargetCriteria, *, purpose: CampaignPurpose) -> str:
    """The same, and the targets become tasks; those that are there already stay as they are."""
    return f"{_judged(criteria, purpose)} {_FREEZE}"


def values(criteria: TargetCriteria, *, campaign_id: int, first: int, last: int, day: dt.date) -> dict[str, Any]:
    """What travels into the statements. ``day``: on which ages and the year before are counted."""
    return {
        "campaign": campaign_id, "first": first, "last": last, "day": day, "since": day - dt.timedelta(days=365),
        "rest": dt.timedelta(days=criteria.rest_days), "ald_codes": list(criteria.ald_codes),
        "funds": list(criteria.funds), "territories": list(criteria.territories), "min_age": criteria.min_age,
        "max_age": criteria.max_age, "fewer": criteria.fewer_visits_than, "prevention": criteria.prevention,
        "consented_to": criteria.consented_to,
    }  # fmt: skip


def _judged(criteria: TargetCriteria, purpose: CampaignPurpose) -> str:
    of_ald = f"EXISTS (SELECT FROM {CONDITION} c WHERE c.insured_id = p.id"
    people = {
        f"AND {of_ald} AND c.insured_id BETWEEN %(first)s AND %(last)s)": criteria.any_ald,
        f"AND {of_ald} AND c.insured_id BETWEEN %(first)s AND %(last)s AND c.code = ANY(%(ald_codes)s))": (
            criteria.ald_codes
        ),
        "AND p.fund_code = ANY(%(funds)s)": criteria.funds,
        "AND p.territory = ANY(%(territories)s)": criteria.territories,
        "AND p.treating_rpps IS NULL": criteria.without_doctor,
        f"AND p.accepts_information AND {_INVITED}": criteria.prevention is not None,
        f"AND {CONSENTS}": criteria.consented_to is not None,
    }
    ages = {
        "AND p.age >= %(min_age)s": criteria.min_age is not None,
        "AND p.age <= %(max_age)s": criteria.max_age is not None,
    }
    needs = {"AND p.visits < %(fewer)s": criteria.fewer_visits_than is not None}
    compared = IS_CONTROL if purpose is CampaignPurpose.CHECK_UP else ""
    return _JUDGED.format(people=_given(people), ages=_given(ages), needs=_given(needs), compared=compared)


def _given(conditions: dict[str, Any]) -> str:
    return " ".join(condition for condition, is_given in conditions.items() if is_given)
