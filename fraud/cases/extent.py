"""What there is of a case at all, asked in one statement: most cases have little of what a case can have.

Each answer comes from the first row of an index, so a case of thousands of rows is as quick as one of three; only
where every line is held does it take a look at each of them.
"""

from typing import Final, NamedTuple

from ameli_notify.core.sql import fetch_all
from fraud.cases.enums import NoteKind
from fraud.intake.enums import Author


class Extent(NamedTuple):
    """Whether there is something. ``openings``: unanswered, or leave that the reader has; ``lines``: held against
    somebody, also in a case merged into this one; ``unheld``: lines of its reports that are not; ``notices``: that the
    reader has not read; ``answers``: of the authors of the reports, that nobody has read."""

    merged: bool
    openings: bool
    lines: bool
    unheld: bool
    notes: bool
    tasks: bool
    approvals: bool
    steps: bool
    notices: bool
    answers: bool


_EXTENT: Final = f"""
SELECT
    EXISTS (SELECT FROM fraud_fraudcase WHERE merged_into_id = %(case)s),
    EXISTS (SELECT FROM fraud_caseopening WHERE case_id = %(case)s AND refused_at IS NULL
        AND (ends_at IS NULL OR asked_by_id = %(reader)s AND ends_at > now())),
    EXISTS (SELECT FROM fraud_fraudcase c JOIN fraud_caseline held ON held.case_id = c.id
        WHERE c.id = %(case)s OR c.merged_into_id = %(case)s),
    EXISTS (SELECT FROM fraud_casereport link JOIN fraud_reportedline line ON line.report_id = link.report_id
        WHERE link.case_id = %(case)s AND link.unlinked_at IS NULL AND NOT EXISTS (
            SELECT FROM fraud_caseline held JOIN fraud_fraudcase c ON c.id = held.case_id
            WHERE held.reported_line_id = line.id AND (c.id = %(case)s OR c.merged_into_id = %(case)s))),
    EXISTS (SELECT FROM fraud_casenote WHERE case_id = %(case)s),
    EXISTS (SELECT FROM fraud_casenote WHERE case_id = %(case)s AND kind = '{NoteKind.TASK}' AND done_at IS NULL),
    EXISTS (SELECT FROM fraud_caseapproval WHERE case_id = %(case)s),
    EXISTS (SELECT FROM fraud_casestep WHERE case_id = %(case)s),
    EXISTS (SELECT FROM fraud_casenotice
        WHERE recipient_id = %(reader)s AND case_id = %(case)s AND read_at IS NULL),
    EXISTS (SELECT FROM fraud_casereport link JOIN fraud_reportmessage word ON word.report_id = link.report_id
        WHERE link.case_id = %(case)s AND link.unlinked_at IS NULL
            AND word.author = '{Author.INSURED}' AND word.read_at IS NULL)
"""


def extent_of(case_id: int, *, reader_id: int) -> Extent:
    """Of one case, for whoever reads it."""
    (row,) = fetch_all(_EXTENT, {"case": case_id, "reader": reader_id})
    return Extent._make(row)
