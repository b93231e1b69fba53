"""From the stage into ``reimbursements_line``: one INSERT … SELECT, and what to do when a business key is known.

A file whose keys are all new, the everyday case, is inserted at once: a plain INSERT, without the ON CONFLICT
arbiter. If a key turns out to be known, that attempt is rolled back to its savepoint and the lines are sorted into
new ones, duplicates (same key, same content) and conflicts (same key, other content) before the second one.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.core.sql import run
from reimbursements.feed.checks import E601_KEY_CONFLICT, check_cancellations
from reimbursements.feed.layout import STORED
from reimbursements.feed.staging import settle_rejected
from reimbursements.lines.schema import TABLE
from reimbursements.reference.models import NatureReference

_NATURES: Final = NatureReference._meta.db_table
_KEY: Final = ("emitter_code", "statement_no", "line_no", "rem_type", "payment_date")
_IS_CONFIDENTIAL: Final = f"(s.confidential OR s.nature_code IN (SELECT code FROM {_NATURES} WHERE is_confidential))"

_LEFT_OUT: Final = """
NOT EXISTS (SELECT FROM feed_rejected r WHERE r.line_number = s.line_number)
AND NOT EXISTS (SELECT FROM feed_duplicate d WHERE d.line_number = s.line_number)
"""

_INSERT: Final = f"""
INSERT INTO {TABLE} (batch_id, insured_id, beneficiary_id, is_confidential, {", ".join(STORED)})
SELECT %s, p.insured_id, p.beneficiary_id, {_IS_CONFIDENTIAL}, {", ".join(STORED.values())}
FROM feed_stage s
JOIN feed_pair p ON p.insured_nir = s.insured_nir AND p.beneficiary_nir = s.beneficiary_nir
WHERE {_LEFT_OUT}
"""

_STORED_ROW: Final = f"ROW(l.insured_id, l.beneficiary_id, {', '.join(f'l.{name}' for name in STORED)})"
_STAGED_ROW: Final = f"ROW(p.insured_id, p.beneficiary_id, {', '.join(STORED.values())})"

# A nature that became confidential after the first delivery is no other content.
_SAME_SECRECY: Final = f"l.is_confidential IN (s.confidential, {_IS_CONFIDENTIAL})"

_TWINS_IN_TABLE: Final = f"""
INSERT INTO feed_twin (line_number, is_same)
SELECT s.line_number, {_STORED_ROW} IS NOT DISTINCT FROM {_STAGED_ROW} AND {_SAME_SECRECY}
FROM feed_stage s
JOIN feed_pair p ON p.insured_nir = s.insured_nir AND p.beneficiary_nir = s.beneficiary_nir
JOIN {TABLE} l ON {" AND ".join(f"l.{name} = s.{name}" for name in _KEY)}
WHERE {_LEFT_OUT}
"""

# Of several lines of the file with one key, the first is the line; those after it are compared with it.
_TWINS_IN_FILE: Final = f"""
INSERT INTO feed_twin (line_number, is_same)
SELECT s.line_number,
       ROW(s.insured_nir, s.beneficiary_nir, s.confidential, {", ".join(STORED.values())}) IS NOT DISTINCT FROM
       ROW(t.insured_nir, t.beneficiary_nir, t.confidential,
           {", ".join(value.replace("s.", "t.") for value in STORED.values())})
FROM (
    SELECT s.line_number, min(s.line_number) OVER (PARTITION BY {", ".join(f"s.{name}" for name in _KEY)}) AS first
    FROM feed_stage s
    WHERE s.op IS NOT NULL AND {_LEFT_OUT}
      AND NOT EXISTS (SELECT FROM feed_twin t WHERE t.line_number = s.line_number)
) k
JOIN feed_stage s ON s.line_number = k.line_number
JOIN feed_stage t ON t.line_number = k.first
WHERE k.first < k.line_number
"""

_FIND_CONFLICTS: Final = f"""
INSERT INTO feed_finding (line_number, code, field, value)
SELECT s.line_number, '{E601_KEY_CONFLICT}', 'statement_no', s.statement_no::text
FROM feed_twin t JOIN feed_stage s USING (line_number) WHERE NOT t.is_same
"""


def prepare_months(days: Iterable[dt.date]) -> None:
    """Make the month partitions that the payment dates need. Short, in a transaction of its own."""
    for month in sorted({day.replace(day=1) for day in days}):
        ensure_partitions(TABLE, first=month, last=month, span=Span.MONTH)


def insert_lines(batch_id: int) -> int:
    """Insert what is neither rejected nor a duplicate; returns the number of lines. Inside a transaction."""
    check_cancellations()
    try:
        with transaction.atomic():
            return run(_INSERT, [batch_id])
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
    sort_twins()
    return run(_INSERT, [batch_id])


def sort_twins() -> None:
    """Tell duplicates and conflicts apart; a cancellation of a line that is now rejected is rejected too."""
    run("DROP TABLE IF EXISTS pg_temp.feed_twin")
    run("CREATE TEMP TABLE feed_twin (line_number integer, is_same boolean)")
    run(_TWINS_IN_TABLE)
    run(_TWINS_IN_FILE)
    run("INSERT INTO feed_duplicate SELECT line_number FROM feed_twin WHERE is_same")
    run("ANALYZE feed_duplicate")
    if run(_FIND_CONFLICTS):
        settle_rejected()
        check_cancellations()
