"""Lines with the business key of another line: duplicates (same content) and conflicts (other content, E601).

Whether a key stands twice in the file is asked of every line, so it is asked cheaply: statement, line and type
come in ascending order in most files, and then equal ones are neighbours.
"""

from typing import Final

from ameli_notify.core.sql import fetch_value, run
from reimbursements.feed.checks import E601_KEY_CONFLICT
from reimbursements.feed.layout import STORED
from reimbursements.feed.staging import settle_rejected
from reimbursements.lines.schema import TABLE
from reimbursements.reference.models import NatureReference

KEY: Final = ("emitter_code", "statement_no", "line_no", "rem_type", "payment_date")
IS_CONFIDENTIAL: Final = (
    f"(s.confidential OR s.nature_code IN (SELECT code FROM {NatureReference._meta.db_table} WHERE is_confidential))"
)
IS_LEFT: Final = """
NOT EXISTS (SELECT FROM (SELECT line_number FROM feed_rejected UNION ALL SELECT line_number FROM feed_twin) o
            WHERE o.line_number = s.line_number)
"""
"""Of the staged lines ``s``, those that are neither rejected nor twins."""

_SAME_KEY: Final = " AND ".join(f"l.{name} = s.{name}" for name in KEY)

_NEIGHBOURS: Final = f"""
INSERT INTO feed_candidate ({", ".join(KEY)}, is_step_down)
SELECT DISTINCT {", ".join(KEY)}, (statement_no, line_no, rem_type) < (statement_before, line_before, type_before)
FROM (SELECT {", ".join(KEY)}, lag(statement_no) OVER () AS statement_before,
             lag(line_no) OVER () AS line_before, lag(rem_type) OVER () AS type_before
      FROM feed_stage WHERE op IS NOT NULL) s
WHERE statement_no <= statement_before
  AND (statement_no, line_no, rem_type) <= (statement_before, line_before, type_before)
"""

_STEPS_DOWN_SOON: Final = """
SELECT EXISTS (
    SELECT FROM (SELECT statement_no, lag(statement_no) OVER () AS statement_before
                 FROM feed_stage WHERE line_number < 10000 AND op IS NOT NULL) s
    WHERE statement_no < statement_before)
"""

_ANYWHERE: Final = f"""
INSERT INTO feed_candidate ({", ".join(KEY)})
SELECT {", ".join(KEY)} FROM feed_stage WHERE op IS NOT NULL GROUP BY {", ".join(KEY)} HAVING count(*) > 1
"""

_REPEATED: Final = f"""
INSERT INTO feed_repeated (lines)
SELECT array_agg(s.line_number ORDER BY s.line_number)
FROM feed_stage s JOIN feed_candidate c USING ({", ".join(KEY)})
WHERE {IS_LEFT}
GROUP BY {", ".join(f"s.{name}" for name in KEY)} HAVING count(*) > 1
"""

_TWINS_IN_FILE: Final = f"""
INSERT INTO feed_twin (line_number, is_same)
SELECT s.line_number,
       ROW(s.insured_nir, s.beneficiary_nir, s.confidential, {", ".join(STORED.values())}) IS NOT DISTINCT FROM
       ROW(f.insured_nir, f.beneficiary_nir, f.confidential,
           {", ".join(value.replace("s.", "f.") for value in STORED.values())})
FROM feed_repeated l
JOIN feed_stage f ON f.line_number = l.lines[1]
CROSS JOIN LATERAL unnest(l.lines[2:]) AS later (line_number)
JOIN feed_stage s ON s.line_number = later.line_number
"""

# A nature that became confidential after the first delivery is no other content. LIMIT has each line looked up by
# its key: a join might be planned to read the whole line table.
_TWINS_OF_EARLIER_BATCHES: Final = f"""
INSERT INTO feed_twin (line_number, is_same)
SELECT s.line_number,
       ROW(l.insured_id, l.beneficiary_id, {", ".join(f"l.{name}" for name in STORED)}) IS NOT DISTINCT FROM
       ROW(p.insured_id, p.beneficiary_id, {", ".join(STORED.values())})
       AND l.is_confidential IN (s.confidential, {IS_CONFIDENTIAL})
FROM feed_resolved p
JOIN feed_stage s ON s.line_number = p.line_number
CROSS JOIN LATERAL (SELECT * FROM {TABLE} l WHERE {_SAME_KEY} LIMIT 1) l
"""

# The persons of each line that still counts, by number: what the planner must know of the NIR columns, it may not.
_RESOLVED: Final = """
INSERT INTO feed_resolved (line_number, insured_id, beneficiary_id)
SELECT s.line_number, p.insured_id, p.beneficiary_id
FROM feed_stage s
JOIN feed_pair p ON p.insured_nir = s.insured_nir AND p.beneficiary_nir = s.beneficiary_nir
WHERE s.line_number NOT IN (SELECT line_number FROM feed_rejected)
  AND s.line_number NOT IN (SELECT line_number FROM feed_twin)
"""

_FIND_CONFLICTS: Final = f"""
INSERT INTO feed_finding (line_number, code, field, value)
SELECT s.line_number, '{E601_KEY_CONFLICT}', 'statement_no', s.statement_no::text
FROM feed_twin t JOIN feed_stage s USING (line_number) WHERE NOT t.is_same
"""


def find_candidates() -> None:
    """Fill feed_candidate with the keys that may stand more than once in the file."""
    if fetch_value(_STEPS_DOWN_SOON):
        run(_ANYWHERE)
    else:
        run(_NEIGHBOURS)
        if fetch_value("SELECT EXISTS (SELECT FROM feed_candidate WHERE is_step_down)"):
            run("TRUNCATE feed_candidate")
            run(_ANYWHERE)
    run("ANALYZE feed_candidate")


def sort_twins_in_file() -> None:
    """Of several accepted lines of the file with one key, the first counts; the others go to feed_twin."""
    run("TRUNCATE feed_repeated")
    if fetch_value("SELECT EXISTS (SELECT FROM feed_candidate)") and run(_REPEATED):
        run("ANALYZE feed_repeated")
        run(_TWINS_IN_FILE)


def sort_twins_of_earlier_batches() -> None:
    """Lines whose key stands in the line table already."""
    run("TRUNCATE feed_resolved")
    run("SET enable_nestloop = off")
    run(_RESOLVED)
    run("RESET enable_nestloop")
    run("ANALYZE feed_resolved")
    run(_TWINS_OF_EARLIER_BATCHES)


def name_conflicts() -> None:
    """E601 for the twins that are no duplicates."""
    run("ANALYZE feed_twin")
    if run(_FIND_CONFLICTS):
        settle_rejected()


def forget_twins() -> None:
    """Back to the findings from before twins were looked for, apart from E501, which can only become more."""
    run("TRUNCATE feed_twin")
    run("DELETE FROM feed_finding WHERE code = %s", [E601_KEY_CONFLICT])
    run(
        "DELETE FROM feed_rejected r WHERE NOT EXISTS "
        "(SELECT FROM feed_finding f WHERE f.line_number = r.line_number AND f.code LIKE 'E%%')"
    )
