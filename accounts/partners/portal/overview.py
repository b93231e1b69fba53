"""What a partner's first page and its page in the console say alike: members, consents, and the use of the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from accounts.partners.enums import ConsentPurpose
from accounts.partners.usage import usage_of
from accounts.partners.usage_models import PartnerUsage
from accounts.partners.walls import CONSENT
from ameli_notify.core.import_report import french_number
from ameli_notify.core.sql import fetch_all

CHART_DAYS: Final = 30
MOST_COUNTED: Final = 1_000_000
"""Further nobody counts: a page is not a report."""
_BAR: Final = 10
_GAP: Final = 2
_HEIGHT: Final = 80

# By the partial index of open consents, in its order.
_COUNTS: Final = f"""
SELECT 'members', count(*) FROM (
    SELECT DISTINCT insured_id FROM {CONSENT} WHERE partner_id = %(partner)s AND withdrawn_at IS NULL LIMIT %(most)s
) people
UNION ALL
SELECT purpose, count(*) FROM (
    SELECT purpose FROM {CONSENT} WHERE partner_id = %(partner)s AND withdrawn_at IS NULL LIMIT %(most)s
) given GROUP BY purpose
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """A number in words: « 5 265 », « plus de 1 000 000 »."""

    label: str
    number_fr: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One day, in the units of the drawing."""

    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageChart:
    """Lines read, day after day, and the table of the same."""

    days: Sequence[PartnerUsage]
    bars: Sequence[Bar]
    width: int
    height: int
    bar: int
    most: int


def members_and_consents(partner_id: int) -> list[Counted]:
    """Members first, then the open consents by purpose. One query, which reads no more than MOST_COUNTED twice."""
    found = dict(fetch_all(_COUNTS, {"partner": partner_id, "most": MOST_COUNTED + 1}))
    told = [Counted("Membres qui ont donné un accord", _number_fr(found["members"]))]
    told += [
        Counted(f"Accords : {purpose.label}", _number_fr(found.get(purpose.value, 0))) for purpose in ConsentPurpose
    ]
    return told


def usage_chart(partner_id: int, *, days: int = CHART_DAYS) -> UsageChart:
    """The last days, drawn against the highest of them."""
    rows = usage_of(partner_id, days=days)
    most = max(row.rows for row in rows)
    bars = []
    for number, row in enumerate(rows):
        height = 0 if not row.rows else max(1, round(_HEIGHT * row.rows / most))
        bars.append(Bar(x=number * (_BAR + _GAP), y=_HEIGHT - height, height=height))
    return UsageChart(days=rows, bars=bars, width=days * (_BAR + _GAP) - _GAP, height=_HEIGHT, bar=_BAR, most=most)


def _number_fr(number: int) -> str:
    return french_number(number) if number <= MOST_COUNTED else f"plus de {french_number(MOST_COUNTED)}"
