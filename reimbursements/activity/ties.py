"""With whom a professional works: by shared patients, by prescription, by the account that is paid. Counts only.

What is read through the ties of the roll-ups costs the same for any number of lines; what is read from the lines is
read once, through the index of the performer, for the year only.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ameli_notify.core.sql import fetch_all
from reimbursements.activity.rollup import IS_ACT, SIGN
from reimbursements.lines.schema import TABLE as LINE

FEWEST_SHARED: Final = 5
"""Fewer shared patients are chance, and could lead to them."""
MOST_ROWS: Final = 15

_SHARED: Final = """
WITH mine AS MATERIALIZED (
    SELECT beneficiary_id FROM reimbursements_patienttie WHERE rpps = %(rpps)s AND last_on >= %(since)s
), shared AS (
    SELECT t.rpps, count(*) AS patients FROM mine JOIN reimbursements_patienttie t USING (beneficiary_id)
    WHERE t.rpps <> %(rpps)s AND t.last_on >= %(since)s
    GROUP BY t.rpps HAVING count(*) >= %(fewest)s ORDER BY patients DESC, t.rpps LIMIT %(most)s
)
SELECT s.rpps, s.patients, coalesce(y.specialty, ''), coalesce(y.department, ''), coalesce(y.patients, 0)
FROM shared s LEFT JOIN reimbursements_practitioneryear y ON y.rpps = s.rpps ORDER BY s.patients DESC, s.rpps
"""
# The lines are read once, and made few at once: the three ways of looking at them then cost little.
_BILLED: Final = f"""
WITH own AS MATERIALIZED (
    SELECT l.beneficiary_id, l.prescriber_rpps,
        CASE WHEN coalesce(p.is_third_party, false) THEN l.payee_account ELSE 'insured' END AS account,
        sum({SIGN}) AS acts, sum(l.amount_paid) AS amount, min(l.care_start) AS first_on, max(l.care_start) AS last_on
    FROM {LINE} l LEFT JOIN reimbursements_payeereference p ON p.code = l.payee
        AND p.valid_from <= l.payment_date AND (p.valid_to IS NULL OR p.valid_to >= l.payment_date)
    WHERE l.performer_rpps = %(rpps)s AND l.care_start >= %(since)s AND l.payment_date >= %(since)s AND {IS_ACT}
    GROUP BY 1, 2, 3
), found AS (
    SELECT 'prescriber' AS kind, coalesce(prescriber_rpps::text, '') AS key, count(DISTINCT beneficiary_id) AS patients,
        sum(acts) AS acts, sum(amount) AS amount, min(first_on) AS first_on, max(last_on) AS last_on
    FROM own GROUP BY prescriber_rpps
    UNION ALL
    SELECT 'account', account, count(DISTINCT beneficiary_id), sum(acts), sum(amount), min(first_on), max(last_on)
    FROM own GROUP BY account
    UNION ALL
    SELECT 'patient', beneficiary_id::text, 1, sum(acts), sum(amount), min(first_on), max(last_on)
    FROM own GROUP BY beneficiary_id
), ranked AS (
    SELECT found.*, row_number() OVER (PARTITION BY kind ORDER BY amount DESC, key) AS rank,
        sum(amount) OVER (PARTITION BY kind) AS whole, count(*) OVER (PARTITION BY kind) AS keys
    FROM found
)
SELECT kind, key, patients, acts, amount, first_on, last_on, whole, keys FROM ranked WHERE rank <= %(most)s
ORDER BY kind, rank
"""
_PRESCRIBED_TO: Final = """
SELECT prescriber_rpps, count(*) FROM reimbursements_prescribertie
WHERE prescriber_rpps = ANY(%(keys)s) AND rpps <> %(rpps)s AND last_on >= %(since)s GROUP BY prescriber_rpps
"""
_PAID_TO: Final = """
SELECT t.payee_account, count(*), (array_agg(t.rpps ORDER BY t.last_on DESC, t.rpps))[1:%(most)s]
FROM reimbursements_accounttie t
WHERE t.payee_account = ANY(%(keys)s) AND t.rpps <> %(rpps)s AND t.last_on >= %(since)s GROUP BY t.payee_account
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPatients:
    """Another professional who treats some of the same patients. ``their_patients``: all of theirs, in the year."""

    rpps: int
    patients: int
    specialty: str
    department: str
    their_patients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """What was billed with one prescriber, to one account or for one patient; ``share_pct`` of the year's euros.

    ``key``: an RPPS number (empty: no prescriber), an account's fingerprint (« insured »: paid to the insured person;
    empty: unknown), a beneficiary's id.
    """

    key: str
    patients: int
    acts: int
    amount: Decimal
    share_pct: float
    first_on: dt.date
    last_on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Billings:
    """The dearest of each kind, and how many there are in all."""

    prescribers: list[Billed]
    accounts: list[Billed]
    patients: list[Billed]
    patient_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountShare:
    """Other professionals whose acts are paid to the same account: how many, and some of them by RPPS."""

    count: int
    some: list[int]


def shared_patients(rpps: int, *, since: dt.date) -> list[SharedPatients]:
    """Other professionals with at least FEWEST_SHARED patients in common since that day, most first."""
    values = {"rpps": rpps, "since": since, "fewest": FEWEST_SHARED, "most": MOST_ROWS}
    return [
        SharedPatients(rpps=row[0], patients=row[1], specialty=row[2], department=row[3], their_patients=row[4])
        for row in fetch_all(_SHARED, values)
    ]


def billings(rpps: int, *, since: dt.date) -> Billings:
    """By prescriber, account and patient, what a professional billed for care since that day."""
    found: dict[str, list[Billed]] = {"prescriber": [], "account": [], "patient": []}
    patient_count = 0
    for kind, key, patients, acts, amount, first_on, last_on, whole, keys in fetch_all(
        _BILLED, {"rpps": rpps, "since": since, "most": MOST_ROWS}
    ):
        share = float(100 * amount / whole) if whole > 0 else 0.0
        found[kind].append(
            Billed(
                key=key, patients=patients, acts=acts, amount=amount, share_pct=share, first_on=first_on,
                last_on=last_on,
            )
        )  # fmt: skip
        patient_count = keys if kind == "patient" else patient_count
    return Billings(
        prescribers=found["prescriber"],
        accounts=found["account"],
        patients=found["patient"],
        patient_count=patient_count,
    )


def others_prescribed_to(prescribers: list[int], *, beside: int, since: dt.date) -> dict[int, int]:
    """How many other professionals carry out what each of these prescribes."""
    values: dict[str, Any] = {"keys": prescribers, "rpps": beside, "since": since}
    return dict(fetch_all(_PRESCRIBED_TO, values))


def others_paid_to(accounts: list[str], *, beside: int, since: dt.date) -> dict[str, AccountShare]:
    """Who else is paid to each of these accounts."""
    values: dict[str, Any] = {"keys": accounts, "rpps": beside, "since": since, "most": MOST_ROWS}
    return {row[0]: AccountShare(count=row[1], some=list(row[2])) for row in fetch_all(_PAID_TO, values)}
