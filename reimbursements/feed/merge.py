"""From the stage into ``reimbursements_line``: one INSERT … SELECT, and what to do when a business key is known.

A line whose key is taken is not inserted. Only when that happened are such lines looked for and told apart:
duplicates (same key, same content) and conflicts (same key, other content).
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.core.sql import fetch_value, run
from reimbursements.feed.checks import E601_KEY_CONFLICT, check_cancellations
from reimbursements.feed.layout import STORED
from reimbursements.feed.staging import settle_rejected
from reimbursements.lines.schema import TABLE
from reimbursements.reference.models import NatureReference

_NATURES: Final = NatureReference._meta.db_table
_KEY: Final = ("emitter_code", "statement_no", "line_no", "rem_type", "payment_date")
_IS_CONFIDENTIAL: Final = f"(s.confidential OR s.nature_code IN (SELECT code FROM {_NATURES} WHERE is_confidential))"

_INSERT: Final = f"""
INSERT INTO {TABLE} (batch_id, insured_id, beneficiary_id, is_confidential, {", ".join(STORED)})
SELECT %s, p.insured_id, p.beneficiary_id, {_IS_CONFIDENTIAL}, {", ".join(STORED.values())}
FROM feed_stage s
JOIN feed_pair p ON p.insured_nir = s.insured_nir AND p.beneficiary_nir = s.beneficiary_nir
WHERE NOT EXISTS (SELECT FROM feed_rejected r WHERE r.line_number = s.line_number)
ON CONFLICT ({", ".join(_KEY)}) DO NOTHING
"""

_SAME_KEY: Final = " AND ".join(f"l.{name} = s.{name}" for name in _KEY)
_STORED_ROW: Final = f"ROW(l.insured_id, l.beneficiary_id, {', '.join(f'l.{name}' for name in STORED)})"
_STAGED_ROW: Final = f"ROW(p.insured_id, p.beneficiary_id, {', '.join(STORED.values())})"

# A nature that became confidential after the first delivery is no other content.
_SAME_SECRECY: Final = f"l.is_confidential IN (s.confidential, {_IS_CONFIDENTIAL})"

# Keys that stand more than once in the file, with the line that was inserted: the first of them, since the insert
# follows the order of the stage.
_REPEATED: Final = f"""
INSERT INTO feed_repeated (line_number, lines, {", ".join(_KEY)})
SELECT min(s.line_number), count(*), {", ".join(_KEY)} FROM feed_stage s
WHERE s.op IS NOT NULL AND NOT EXISTS (SELECT FROM feed_rejected r WHERE r.line_number = s.line_number)
GROUP BY {", ".join(_KEY)} HAVING count(*) > 1
"""

_TWINS: Final = f"""
INSERT INTO feed_twin (line_number, is_same)
SELECT s.line_number, {_STORED_ROW} IS NOT DISTINCT FROM {_STAGED_ROW} AND {_SAME_SECRECY}
FROM feed_stage s
JOIN feed_pair p ON p.insured_nir = s.insured_nir AND p.beneficiary_nir = s.beneficiary_nir
JOIN {TABLE} l ON {_SAME_KEY}
WHERE NOT EXISTS (SELECT FROM feed_rejected r WHERE r.line_number = s.line_number)
"""
_TWINS_OF_EARLIER_BATCHES: Final = f"{_TWINS} AND l.batch_id <> %s"
_TWINS_IN_THE_FILE: Final = f"""{_TWINS} AND l.batch_id = %s
AND EXISTS (SELECT FROM feed_repeated l WHERE {_SAME_KEY} AND l.line_number < s.line_number)
"""

_FIND_CONFLICTS: Final = f"""
INSERT INTO feed_finding (line_number, code, field, value)
SELECT s.line_number, '{E601_KEY_CONFLICT}', 'statement_no', s.statement_no::text
FROM feed_twin t JOIN feed_stage s USING (line_number) WHERE NOT t.is_same
"""

_TAKE_BACK: Final = f"""
DELETE FROM {TABLE} l USING feed_cancel c, feed_rejected r, feed_stage s
WHERE r.line_number = c.line_number AND s.line_number = c.line_number AND l.batch_id = %s AND {_SAME_KEY}
"""


def prepare_months(days: Iterable[dt.date]) -> None:
    """Make the month partitions that the payment dates need. Short, in a transaction of its own."""
    for month in sorted({day.replace(day=1) for day in days}):
        ensure_partitions(TABLE, first=month, last=month, span=Span.MONTH)


def insert_lines(batch_id: int, *, rows: int) -> int:
    """Insert what is not rejected of the ``rows`` staged; returns the number of lines. Inside a transaction.

    When some are not inserted because their key is taken, they are told apart as duplicates and conflicts (E601).
    """
    check_cancellations()
    expected = rows - int(fetch_value("SELECT count(*) FROM feed_rejected"))
    inserted = run(_INSERT, [batch_id])
    if inserted < expected and _sort_twins(batch_id, missing=expected - inserted) and check_cancellations():
        # A line in conflict is not there to be cancelled: its cancellation, inserted above, goes again (E501).
        inserted -= run(_TAKE_BACK, [batch_id])
    return inserted


def _sort_twins(batch_id: int, *, missing: int) -> int:
    """Fill feed_twin and feed_duplicate; returns the number of conflicts found."""
    run(_REPEATED)
    run("ANALYZE feed_repeated")
    run(_TWINS_IN_THE_FILE, [batch_id])
    # One line of each repeated key was inserted, unless an earlier batch holds that key.
    if missing > fetch_value("SELECT COALESCE(sum(lines - 1), 0) FROM feed_repeated"):
        run(_TWINS_OF_EARLIER_BATCHES, [batch_id])
    run("INSERT INTO feed_duplicate SELECT line_number FROM feed_twin WHERE is_same")
    run("ANALYZE feed_duplicate")
    conflicts = run(_FIND_CONFLICTS)
    settle_rejected()
    return conflicts
