"""SQL of « saw a general practitioner »: from the lines of the person as beneficiary, one visit a day of care.

Codes: IR_NAT_V and IR_SPE_V (SNDS, 2020 edition). A cancelled line takes its visit back. Confidential lines count:
whoever was seen is not called to be seen; no date or place of a visit is kept or shown.
"""

from typing import Final

from reimbursements.lines.schema import TABLE as LINE

_OF_A_GP: Final = (1109, 1110, 1192, 1209, 1210)
"""GS, G, TCG, VGS, VG: consultations, telehealth and home visits of general practitioners."""
_OF_ANY_DOCTOR: Final = (1111, 1115, 1157, 1164, 1191, 1211, 1214)
"""C, CA, TCP, TLC, TC, V, VL: a general practitioner's when the specialty says so."""
_GP_SPECIALTIES: Final = ("01", "22", "23")

_IS_VISIT: Final = (
    f"l.rem_type = 0 AND (l.nature_code IN {_OF_A_GP}"
    f" OR l.nature_code IN {_OF_ANY_DOCTOR} AND l.performer_specialty IN {_GP_SPECIALTIES})"
)
_STANDS: Final = "sum(CASE l.operation WHEN 'C' THEN 1 WHEN 'A' THEN -1 ELSE 0 END) > 0"


def count_visits(person: str, *, policyholder: str, since: str) -> str:
    """SQL of a scalar: days with a visit from ``since`` on (three SQL expressions)."""
    return f"(SELECT count(*) FROM {visit_days(person, policyholder=policyholder, since=since)})"


def visit_days(person: str, *, policyholder: str, since: str) -> str:
    """SQL of a FROM item ``visit`` with a row ``care_start`` for each day with a visit from ``since`` on.

    Care is never paid before it is given, so payments are looked at from the same day on. A dependant's lines stand
    under the policyholder, found by an index of their own.
    """
    of_whom = f"l.payment_date >= {since} AND l.care_start >= {since} AND {_IS_VISIT}"
    return f"""(
            SELECT l.care_start FROM {LINE} l
            WHERE l.insured_id = {person} AND l.beneficiary_id = {person} AND {of_whom}
            GROUP BY l.care_start HAVING {_STANDS}
            UNION
            SELECT l.care_start FROM {LINE} l
            WHERE {policyholder} IS NOT NULL AND l.beneficiary_id = {person} AND l.beneficiary_id <> l.insured_id
              AND {of_whom}
            GROUP BY l.care_start HAVING {_STANDS}
        ) visit"""
