"""A professional beside peers: the same specialty, in the same department or in the whole country.

Peers are those whom enough patients saw in the year. Where there are very many, MOST_PEERS of them stand for all,
the same each time. Nothing is compared with fewer than FEWEST_PEERS: a median of a handful says nothing, and could
say something about one of them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ameli_notify.core.sql import fetch_all
from reimbursements.activity.models import PractitionerYear

FEWEST_PEERS: Final = 10
MOST_PEERS: Final = 2_000
LEAST_PATIENTS: Final = 20
"""Whoever saw fewer in the year is nobody's peer."""
FEWEST_BILLING: Final = 5
"""An act that fewer peers bill is not compared."""
MOST_ACTS: Final = 8

FIGURES: Final[Mapping[str, str]] = {
    "acts": "y.acts",
    "patients": "y.patients",
    "amount_per_patient": "y.amount_paid / nullif(y.patients, 0)",
    "acts_per_day": "y.acts::numeric / nullif(y.active_days, 0)",
    "busiest_day": "y.busiest_day_acts",
    "weekend_pct": "100.0 * y.weekend_acts / nullif(y.acts, 0)",
    "new_patients_pct": "100.0 * y.new_patients / nullif(y.patients, 0)",
}
"""Name and expression on a PractitionerYear ``y``; euros, counts, percentages."""

_VALUES: Final = ", ".join(f"('{name}', ({expression})::float8)" for name, expression in FIGURES.items())
# Scattered over the RPPS numbers, which follow each other by age of registration.
_PEERS: Final = """
SELECT * FROM reimbursements_practitioneryear
WHERE specialty = %(specialty)s AND (%(department)s = '' OR department = %(department)s)
  AND rpps <> %(rpps)s AND patients >= %(least)s AND acts > 0
ORDER BY (rpps %% 1000003) * 7919 %% 1000003, rpps LIMIT %(most)s
"""
_COMPARE: Final = f"""
WITH peers AS ({_PEERS}), own AS (
    SELECT f.name, f.value FROM reimbursements_practitioneryear y
    CROSS JOIN LATERAL (VALUES {_VALUES}) f (name, value) WHERE y.rpps = %(rpps)s
)
SELECT o.name, o.value, count(f.value),
    percentile_cont(ARRAY[0.05, 0.25, 0.5, 0.75, 0.95]) WITHIN GROUP (ORDER BY f.value),
    count(*) FILTER (WHERE f.value < o.value)
FROM own o LEFT JOIN (
    SELECT f.name, f.value FROM peers y CROSS JOIN LATERAL (VALUES {_VALUES}) f (name, value)
) f ON f.name = o.name
GROUP BY o.name, o.value
"""
_ACTS: Final = f"""
WITH peers AS ({_PEERS}), own AS (
    SELECT code, sum(acts) AS acts, 100.0 * sum(acts) / nullif(sum(sum(acts)) OVER (), 0) AS share
    FROM reimbursements_practitionermonth WHERE rpps = %(rpps)s AND month_on >= %(since)s
    GROUP BY code HAVING sum(acts) > 0 ORDER BY acts DESC, code LIMIT %(acts)s
), billed AS (
    SELECT m.rpps, m.code, sum(m.acts) AS acts FROM peers p
    JOIN reimbursements_practitionermonth m ON m.rpps = p.rpps AND m.month_on >= %(since)s
        AND m.code IN (SELECT code FROM own)
    GROUP BY 1, 2
), shares AS (
    SELECT o.code, 100.0 * coalesce(b.acts, 0) / p.acts AS share FROM own o CROSS JOIN peers p
    LEFT JOIN billed b ON b.rpps = p.rpps AND b.code = o.code
)
SELECT o.code, o.acts, o.share::float8, count(s.share), count(*) FILTER (WHERE s.share > 0),
    percentile_cont(ARRAY[0.05, 0.25, 0.5, 0.75, 0.95]) WITHIN GROUP (ORDER BY s.share::float8),
    count(*) FILTER (WHERE s.share < o.share)
FROM own o LEFT JOIN shares s ON s.code = o.code GROUP BY o.code, o.acts, o.share ORDER BY o.acts DESC, o.code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How the peers lie: the fifth percentile, the quartiles and the median, the ninety-fifth percentile.

    ``percentile``: of a hundred peers, how many have less.
    """

    low: float
    first_quartile: float
    median: float
    third_quartile: float
    high: float
    percentile: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure, see FIGURES. ``value`` is None where there is nothing to divide by, ``peers`` with few peers."""

    name: str
    value: float | None
    peers: Spread | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActShare:
    """Of all acts, the share in percent of one kind; ``peers`` is None with few peers, or where few bill it."""

    code: str
    acts: int
    share_pct: float
    peers: Spread | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``department`` is empty for the whole country; ``peer_count`` is at most MOST_PEERS."""

    year: PractitionerYear
    department: str
    peer_count: int
    figures: Sequence[Figure]
    acts: Sequence[ActShare]


def compare(rpps: int, *, nationwide: bool) -> Comparison | None:
    """A professional's year beside that of the peers; None for whoever billed nothing in it.

    Without ``nationwide`` the peers are those of the department, where one is known. Without a known specialty there
    are no peers.
    """
    year = PractitionerYear.objects.filter(rpps=rpps).first()
    if year is None:
        return None
    department = "" if nationwide else year.department
    values: dict[str, Any] = {
        "rpps": rpps, "specialty": year.specialty or None, "department": department, "least": LEAST_PATIENTS,
        "most": MOST_PEERS, "since": year.since_on, "acts": MOST_ACTS,
    }  # fmt: skip
    found = {row[0]: row[1:] for row in fetch_all(_COMPARE, values)}
    return Comparison(
        year=year,
        department=department,
        peer_count=int(found["acts"][1]),
        figures=[
            Figure(name=name, value=found[name][0], peers=_spread(*found[name][1:], own=found[name][0]))
            for name in FIGURES
        ],
        acts=[
            ActShare(
                code=code,
                acts=acts,
                share_pct=share,
                peers=_spread(number, marks, below, own=share) if billing >= FEWEST_BILLING else None,
            )
            for code, acts, share, number, billing, marks, below in fetch_all(_ACTS, values)
        ],
    )


def peer_count(year: PractitionerYear) -> int:
    """How many peers there are in the same department, up to FEWEST_PEERS: enough to choose whom to compare with."""
    peers = PractitionerYear.objects.filter(
        specialty=year.specialty, department=year.department, patients__gte=LEAST_PATIENTS, acts__gt=0
    ).exclude(rpps=year.rpps)
    return len(peers.values_list("rpps")[:FEWEST_PEERS]) if year.specialty and year.department else 0


def year_of(rpps: int) -> PractitionerYear | None:
    return PractitionerYear.objects.filter(rpps=rpps).first()


def since_of(rpps: int, *, otherwise: dt.date) -> dt.date:
    """The day from which a professional's year counts."""
    year = year_of(rpps)
    return year.since_on if year else otherwise


def _spread(number: int, marks: Sequence[float] | None, below: int, *, own: float | None) -> Spread | None:
    if number < FEWEST_PEERS or marks is None or own is None:
        return None
    low, first, median, third, high = marks
    return Spread(
        low=low,
        first_quartile=first,
        median=median,
        third_quartile=third,
        high=high,
        percentile=100 * below / number,
    )
