"""Rejects of one file: counted, written masked to the reject file and the database, kept sealed for a replay."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ameli_notify.core.copying import copy_rows
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.delivered_files import RawLine
from ameli_notify.core.findings import ERROR, Finding, RejectFile, masked_value
from ameli_notify.core.import_session import import_role
from ameli_notify.core.sql import fetch_all, fetch_value, run
from reimbursements.feed.models import ImportReject, RejectedLine, rejected_context

_PAGE: Final = 50_000

# Lines, not findings: a line with two wrong NIR counts once. A warning counts where the line is loaded.
_COUNTS: Final = """
SELECT f.code, count(DISTINCT f.line_number) FROM feed_finding f
WHERE f.code LIKE 'E%%'
   OR NOT EXISTS (SELECT FROM feed_rejected r WHERE r.line_number = f.line_number)
  AND NOT EXISTS (SELECT FROM feed_twin t WHERE t.line_number = f.line_number)
GROUP BY f.code
"""

_PAGE_OF_FINDINGS: Final = """
SELECT line_number, code, field, COALESCE(value, '') FROM feed_finding
ORDER BY line_number, code, field LIMIT %s OFFSET %s
"""


@dataclass(slots=True)
class Tally:
    """Lines by fate. ``rejects`` and ``warnings`` count lines by code."""

    lines_rejected: int = 0
    duplicates: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)


def tally() -> Tally:
    """What the findings of the stage amount to."""
    result = Tally(
        lines_rejected=fetch_value("SELECT count(*) FROM feed_rejected"),
        duplicates=fetch_value("SELECT count(*) FROM feed_twin WHERE is_same"),
    )
    for code, lines in fetch_all(_COUNTS):
        (result.rejects if code.startswith(ERROR) else result.warnings)[code] = lines
    return result


def findings_in_pages() -> Iterator[list[Finding]]:
    """The findings of the stage, by line."""
    run("ANALYZE feed_finding")
    start = 0
    while page := [Finding(*row) for row in fetch_all(_PAGE_OF_FINDINGS, [_PAGE, start])]:
        yield page
        start += _PAGE


def write_reject_file(file: RejectFile) -> None:
    """Write every finding of the stage, masked."""
    for page in findings_in_pages():
        file.add(page)


def keep_rejects(batch_id: int, *, raw_lines: Callable[[Sequence[int]], Iterable[RawLine]]) -> None:
    """Add the masked findings and the sealed rejected lines of a batch. Inside a transaction.

    ``raw_lines`` gives the text of the lines whose numbers it is asked for.
    """
    for page in findings_in_pages():
        copy_rows(
            ImportReject._meta.db_table,
            ("batch_id", "line_number", "severity", "code", "field", "value_masked"),
            ((batch_id, f.line_number, f.severity, f.code, f.field, masked_value(f.field, f.value)) for f in page),
        )
    wanted = [number for (number,) in fetch_all("SELECT line_number FROM feed_rejected ORDER BY line_number")]
    seal = key_ring().seal
    with import_role():
        copy_rows(
            RejectedLine._meta.db_table,
            ("batch_id", "line_number", "raw_sealed"),
            (
                (batch_id, line.number, seal(line.text, context=rejected_context(batch_id, line.number)))
                for line in raw_lines(wanted)
            ),
        )
