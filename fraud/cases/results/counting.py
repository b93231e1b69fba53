"""What is counted about cases and reports of a period, in full: hiding comes afterwards (``hiding``).

A case counts in the period in which it was decided; merged into another, it is that other one. An amount counts at the
date of its entry, a report by where it is linked now.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ameli_notify.core.sql import fetch_all
from fraud.cases.enums import ANOMALIES, AuthorCategory
from fraud.cases.results.periods import Period


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    outcome: str
    cases: int
    subjects: int


@dataclass(frozen=True, slots=True)
class DelayCount:
    """Days from opening to decision: half of the cases took ``median`` or less, nine out of ten ``ninth``."""

    severity: int
    cases: int
    median: float
    ninth: float


@dataclass(frozen=True, slots=True)
class MotiveCount:
    """Reports sent in the period; reports whose case was decided in it, with an anomaly or without; by how many
    people all of these were sent."""

    motive: str
    received: int
    anomalies: int
    nothing: int
    people: int


@dataclass(frozen=True, slots=True)
class SpecialtyCount:
    """Decided cases about professionals of a specialty ("" when none is known), and about how many of them."""

    specialty: str
    anomalies: int
    nothing: int
    subjects: int


@dataclass(frozen=True, slots=True)
class SpecialtyMoney:
    """Net euros of one AmountKind about professionals of a specialty ("" when none is known), from how many cases,
    about how many of them."""

    specialty: str
    kind: str
    total: Decimal
    cases: int
    subjects: int


# A professional, an establishment, or else the case by itself.
_SUBJECT: Final = "coalesce(c.performer_rpps::text, nullif(c.performer_finess, ''), 'dossier ' || c.id)"
_DECIDED: Final = "c.decided_at >= %(start)s AND c.decided_at < %(end)s AND c.merged_into_id IS NULL"

_OUTCOMES: Final = f"""
SELECT c.outcome, count(*), count(DISTINCT {_SUBJECT}) FROM fraud_fraudcase c WHERE {_DECIDED} GROUP BY 1
"""
_DELAYS: Final = f"""
SELECT c.severity, count(*),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.decided_at - c.opened_at) / 86400),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM c.decided_at - c.opened_at) / 86400)
FROM fraud_fraudcase c WHERE {_DECIDED} GROUP BY 1
"""
_MOTIVES: Final = f"""
SELECT r.motive,
    count(*) FILTER (WHERE r.sent_at >= %(start)s AND r.sent_at < %(end)s),
    count(*) FILTER (WHERE c.id IS NOT NULL AND c.outcome = ANY (%(anomalies)s)),
    count(*) FILTER (WHERE c.id IS NOT NULL AND NOT c.outcome = ANY (%(anomalies)s)),
    count(DISTINCT r.insured_id)
FROM fraud_fraudreport r
LEFT JOIN fraud_casereport l ON l.report_id = r.id AND l.unlinked_at IS NULL
LEFT JOIN fraud_fraudcase c ON c.id = l.case_id AND r.status <> 'withdrawn' AND {_DECIDED}
WHERE r.status <> 'draft' AND (r.sent_at >= %(start)s AND r.sent_at < %(end)s OR c.id IS NOT NULL)
GROUP BY 1
"""
# Where a professional practised when the case was opened, or else the place known best.
_PLACE: Final = """
LEFT JOIN LATERAL (
    SELECT p.specialty FROM reimbursements_practiceplace p
    JOIN reimbursements_healthprofessional h ON h.id = p.professional_id
    WHERE h.rpps = c.performer_rpps
    ORDER BY p.active_from <= (c.opened_at AT TIME ZONE 'Europe/Paris')::date DESC, p.active_from DESC, p.id DESC
    LIMIT 1
) place ON true
"""
_SPECIALTIES: Final = f"""
SELECT coalesce(place.specialty, ''),
    count(*) FILTER (WHERE c.outcome = ANY (%(anomalies)s)),
    count(*) FILTER (WHERE NOT c.outcome = ANY (%(anomalies)s)),
    count(DISTINCT {_SUBJECT})
FROM fraud_fraudcase c {_PLACE}
WHERE {_DECIDED} GROUP BY 1
"""
# Money stays where it was entered, and counts as the case that holds it judges: as in the totals by author.
_MONEY: Final = f"""
SELECT coalesce(place.specialty, ''), a.kind, sum(a.amount), count(DISTINCT holder.id), count(DISTINCT {_SUBJECT})
FROM fraud_caseamount a
JOIN fraud_fraudcase c ON c.id = a.case_id
JOIN fraud_fraudcase holder ON holder.id = coalesce(c.merged_into_id, c.id) {_PLACE}
WHERE a.on_date BETWEEN %(first)s AND %(last)s AND holder.author_category = %(author)s GROUP BY 1, 2
"""


def outcome_counts(period: Period) -> list[OutcomeCount]:
    return [OutcomeCount(*row) for row in _rows(_OUTCOMES, period)]


def delay_counts(period: Period) -> list[DelayCount]:
    return [DelayCount(*row) for row in _rows(_DELAYS, period)]


def motive_counts(period: Period) -> list[MotiveCount]:
    return [MotiveCount(*row) for row in _rows(_MOTIVES, period)]


def specialty_counts(period: Period) -> list[SpecialtyCount]:
    return [SpecialtyCount(*row) for row in _rows(_SPECIALTIES, period)]


def specialty_money(period: Period) -> list[SpecialtyMoney]:
    """What professionals' cases came to; establishments and insured people have no specialty."""
    asked = {"first": period.first, "last": period.last, "author": str(AuthorCategory.PROFESSIONAL)}
    return [SpecialtyMoney(*row) for row in fetch_all(_MONEY, asked)]


def _rows(statement: str, period: Period) -> list[tuple[Any, ...]]:
    start, end = period.instants
    return fetch_all(statement, {"start": start, "end": end, "anomalies": [str(one) for one in ANOMALIES]})
