"""The line checks of the feed format, version 1, as sets.

Each check is one condition over the staged row ``s``; one pass over the stage evaluates them all. A line may have
several findings; a NIR that stands twice on a line is found once.
"""

import datetime as dt
from typing import Final, NamedTuple

from ameli_notify.core.findings import E001_PARSE, E111_RPPS_KEY, W112_FINESS
from ameli_notify.core.sql import run
from reimbursements.feed.layout import E301_UNKNOWN_NATURE, E303_UNKNOWN_FUND
from reimbursements.feed.staging import settle_rejected
from reimbursements.lines.schema import TABLE
from reimbursements.reference.models import ActReference, HealthFund, NatureReference

E201_PAID_GT_CHARGED: Final = "E201_PAID_GT_CHARGED"
W202_RATE: Final = "W202_RATE"
W302_UNKNOWN_ACT: Final = "W302_UNKNOWN_ACT"
E401_DATE_ORDER: Final = "E401_DATE_ORDER"
E402_FUTURE: Final = "E402_FUTURE"
E501_CANCEL_UNKNOWN: Final = "E501_CANCEL_UNKNOWN"
E601_KEY_CONFLICT: Final = "E601_KEY_CONFLICT"

_NATURES: Final = NatureReference._meta.db_table
_ACTS: Final = ActReference._meta.db_table
_FUNDS: Final = HealthFund._meta.db_table

# Participation and deductible lines have neither base nor rate, and a negative amount of their own.
_IS_ACT: Final = f"s.nature_code NOT IN (SELECT code FROM {_NATURES} WHERE is_flat_contribution OR is_deductible)"


class Check(NamedTuple):
    """``condition`` holds for a line with the finding; ``code`` and ``value`` are SQL too."""

    code: str
    field: str
    condition: str
    value: str


def _check(code: str, field: str, condition: str, *, value: str = "") -> Check:
    return Check(f"'{code}'", field, condition, value or f"s.{field}::text")


def _nir_check(field: str, *, also: str = "") -> Check:
    return Check(
        f"(SELECT b.code FROM feed_bad_nir b WHERE b.nir = s.{field})",
        field,
        f"s.{field} IN (SELECT nir FROM feed_bad_nir){also}",
        f"s.{field}",
    )


CHECKS: Final = (
    _nir_check("insured_nir"),
    _nir_check("beneficiary_nir", also=" AND s.beneficiary_nir IS DISTINCT FROM s.insured_nir"),
    _check(E111_RPPS_KEY, "exec_rpps", "s.exec_rpps IN (SELECT rpps FROM feed_bad_rpps)"),
    _check(E111_RPPS_KEY, "prescriber_rpps", "s.prescriber_rpps IN (SELECT rpps FROM feed_bad_rpps)"),
    _check(W112_FINESS, "exec_finess", "s.exec_finess IN (SELECT finess FROM feed_bad_finess)"),
    _check(E201_PAID_GT_CHARGED, "amount_paid", f"s.amount_paid > s.amount_charged AND s.op = 'C' AND {_IS_ACT}"),
    _check(
        W202_RATE,
        "rate_pct",
        f"s.rem_type = 0 AND s.op = 'C' AND abs(s.base * s.rate_pct - 100 * s.amount_paid) > 2 AND {_IS_ACT}",
    ),
    _check(
        E301_UNKNOWN_NATURE,
        "nature_code",
        f"s.nature_code NOT IN (SELECT code FROM {_NATURES})",
    ),
    _check(
        W302_UNKNOWN_ACT,
        "act_code",
        "s.act_code IS NOT NULL"
        f" AND (COALESCE(s.act_system, ''), s.act_code) NOT IN (SELECT system, code FROM {_ACTS})",
    ),
    _check(
        E303_UNKNOWN_FUND,
        "emitter_code",
        f"s.emitter_code NOT IN (SELECT code FROM {_FUNDS})",
    ),
    _check(E401_DATE_ORDER, "payment_date", "s.payment_date < s.care_start"),
    _check(E402_FUTURE, "payment_date", "s.payment_date > LEAST(s.flow_date, %s)"),
    # Older than anything the line table keeps: loaded, it would be dropped unseen the next day.
    _check(E001_PARSE, "payment_date", "s.payment_date < %s"),
)

_FIND: Final = f"""
INSERT INTO feed_finding (line_number, code, field, value)
SELECT s.line_number, c.code, c.field, c.value
FROM feed_stage s
CROSS JOIN LATERAL (VALUES {", ".join(f"({c.condition}, {c.code}, '{c.field}', {c.value})" for c in CHECKS)})
     AS c (is_found, code, field, value)
WHERE s.op IS NOT NULL AND ({" OR ".join(f"({c.condition})" for c in CHECKS)}) AND c.is_found
"""

_CANCELS: Final = """
INSERT INTO feed_cancel
SELECT s.line_number, s.insured_nir, p.insured_id, s.nature_code, COALESCE(s.act_system, '') AS act_system,
       COALESCE(s.act_code, '') AS act_code, s.care_start, s.amount_paid
FROM feed_stage s JOIN feed_pair p USING (insured_nir, beneficiary_nir)
WHERE s.op = 'A'
  AND NOT EXISTS (SELECT FROM feed_rejected r WHERE r.line_number = s.line_number)
  AND NOT EXISTS (SELECT FROM feed_twin t WHERE t.line_number = s.line_number)
"""

# Compared as a row, not column by column: the join hashes the person alone, on every line of the file.
_SAME_ACT: Final = """
ROW(l.nature_code, COALESCE(l.act_system, ''), COALESCE(l.act_code, ''), l.care_start, l.amount_paid)
IS NOT DISTINCT FROM ROW(c.nature_code, c.act_system, c.act_code, c.care_start, -c.amount_paid)
"""

_CANCELLED_IN_TABLE: Final = f"""
DELETE FROM feed_cancel c
WHERE EXISTS (SELECT FROM {TABLE} l WHERE l.insured_id = c.insured_id AND {_SAME_ACT})
"""

_CANCELLED_IN_FILE: Final = f"""
DELETE FROM feed_cancel c USING feed_stage l
WHERE l.insured_nir = c.insured_nir AND l.line_number < c.line_number AND {_SAME_ACT}
  AND NOT EXISTS (SELECT FROM feed_rejected r WHERE r.line_number = l.line_number)
"""

_CANCELLED_NOWHERE: Final = f"""
INSERT INTO feed_finding (line_number, code, field, value)
SELECT line_number, '{E501_CANCEL_UNKNOWN}', 'amount_paid', amount_paid::text FROM feed_cancel
"""


def check_rows(*, flow_date: dt.date, oldest: dt.date) -> None:
    """Every check that looks at one row and at reference data. Payments before ``oldest`` cannot be kept."""
    run(_FIND, [flow_date, oldest] * 2)
    settle_rejected()


def check_cancellations() -> None:
    """E501: a cancellation needs the line it cancels, in the table or earlier in this file and not rejected.

    The same insured person, nature, act and care date, and the opposite amount.
    """
    run("TRUNCATE feed_cancel")
    left = run(_CANCELS)
    if left:
        run("ANALYZE feed_cancel")
        # By the index of each person's lines: a hash would read the whole line table.
        run("SET LOCAL enable_hashjoin = off")
        left -= run(_CANCELLED_IN_TABLE)
        run("RESET enable_hashjoin")
    if left:
        left -= run(_CANCELLED_IN_FILE)
    if left:
        run(_CANCELLED_NOWHERE)
        settle_rejected()
