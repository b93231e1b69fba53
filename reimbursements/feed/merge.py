"""From the stage into ``reimbursements_line``: one INSERT … SELECT, and what to do when a business key is known.

A key that stands twice in the file is found before the insert. Keys of earlier batches are not looked for: the
insert is a plain one, a third cheaper than ON CONFLICT. If it meets a known key it is rolled back to its savepoint,
the lines are told apart as new, duplicate (same key, same content) or in conflict (same key, other content), and
the new ones are inserted. Either way the first of several lines with one key is the one that counts.
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
_SAME_KEY: Final = " AND ".join(f"l.{name} = s.{name}" for name in _KEY)

_LEFT_OUT: Final = """
NOT EXISTS (SELECT FROM feed_rejected r WHERE r.line_number = s.line_number)
AND NOT EXISTS (SELECT FROM feed_twin t WHERE t.line_number = s.line_number)
"""

_INSERT: Final = f"""
INSERT INTO {TABLE} (batch_id, insured_id, beneficiary_id, is_confidential, {", ".join(STORED)})
SELECT %s, p.insured_id, p.beneficiary_id, {_IS_CONFIDENTIAL}, {", ".join(STORED.values())}
FROM feed_stage s
JOIN feed_pair p ON p.insured_nir = s.insured_nir AND p.beneficiary_nir = s.beneficiary_nir
WHERE {_LEFT_OUT}
"""

# Two columns that are nearly the key already; the few candidates are then compared by the whole of it.
_REPEATED: Final = f"""
INSERT INTO feed_repeated (first_line, {", ".join(_KEY)})
SELECT min(s.line_number), {", ".join(f"s.{name}" for name in _KEY)}
FROM feed_stage s
JOIN (
    SELECT s.statement_no, s.line_no FROM feed_stage s WHERE s.op IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1
) k USING (statement_no, line_no)
WHERE {_LEFT_OUT}
GROUP BY {", ".join(f"s.{name}" for name in _KEY)} HAVING count(*) > 1
"""

_TWINS_IN_FILE: Final = f"""
INSERT INTO feed_twin (line_number, is_same)
SELECT s.line_number,
       ROW(s.insured_nir, s.beneficiary_nir, s.confidential, {", ".join(STORED.values())}) IS NOT DISTINCT FROM
       ROW(f.insured_nir, f.beneficiary_nir, f.confidential,
           {", ".join(value.replace("s.", "f.") for value in STORED.values())})
FROM feed_repeated l
JOIN feed_stage f ON f.line_number = l.first_line
JOIN feed_stage s ON {_SAME_KEY} AND s.line_number > l.first_line
WHERE {_LEFT_OUT}
"""

# A nature that became confidential after the first delivery is no other content.
_TWINS_OF_EARLIER_BATCHES: Final = f"""
INSERT INTO feed_twin (line_number, is_same)
SELECT s.line_number,
       ROW(l.insured_id, l.beneficiary_id, {", ".join(f"l.{name}" for name in STORED)}) IS NOT DISTINCT FROM
       ROW(p.insured_id, p.beneficiary_id, {", ".join(STORED.values())})
       AND l.is_confidential IN (s.confidential, {_IS_CONFIDENTIAL})
FROM feed_stage s
JOIN feed_pair p ON p.insured_nir = s.insured_nir AND p.beneficiary_nir = s.beneficiary_nir
JOIN {TABLE} l ON {_SAME_KEY}
WHERE {_LEFT_OUT}
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
    _find_twins_in_file()
    _name_conflicts()
    check_cancellations()
    try:
        with transaction.atomic():
            return run(_INSERT, [batch_id])
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
    _forget_twins()
    run(_TWINS_OF_EARLIER_BATCHES)
    _find_twins_in_file()
    _name_conflicts()
    check_cancellations()
    return run(_INSERT, [batch_id])


def _find_twins_in_file() -> None:
    run("TRUNCATE feed_repeated")
    if run(_REPEATED):
        run("ANALYZE feed_repeated")
        run(_TWINS_IN_FILE)


def _name_conflicts() -> None:
    run("ANALYZE feed_twin")
    if run(_FIND_CONFLICTS):
        settle_rejected()


def _forget_twins() -> None:
    """Back to the findings from before the first attempt, apart from E501, which can only become more."""
    run("TRUNCATE feed_twin")
    run("DELETE FROM feed_finding WHERE code = %s", [E601_KEY_CONFLICT])
    run(
        "DELETE FROM feed_rejected r WHERE NOT EXISTS "
        "(SELECT FROM feed_finding f WHERE f.line_number = r.line_number AND f.code LIKE 'E%%')"
    )
