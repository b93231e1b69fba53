"""The acknowledgement of a report, as PDF: its number, its date, what it is about, what happens now."""

from itertools import groupby
from pathlib import Path
from typing import Any, Final

from django.utils import timezone

from ameli_notify.core.typesetting import typeset
from fraud.intake.access import own_attachments, own_lines
from fraud.intake.models import FraudReport
from fraud.intake.pages import file_rows, line_rows, report_row
from fraud.intake.receipts import shown
from fraud.intake.review import answers_in_words
from reimbursements.explanations.typography import french_date

TEMPLATE: Final = Path(__file__).with_name("accuse.typ")
FORM_TEMPLATE: Final = Path(__file__).with_name("formulaire.typ")


def receipt_pdf(report: FraudReport) -> bytes:
    """The acknowledgement of a sent report. Raises TypesettingBusyError, TypesettingError."""
    return typeset(TEMPLATE, receipt_words(report), made_at=timezone.now())


def receipt_words(report: FraudReport) -> dict[str, Any]:
    """What the document says: the report as it is kept, and nothing about who sent it but that it is theirs."""
    row = report_row(report, unread=0)
    return {
        "number": shown(report.receipt_no or ""),
        "sent_on": row.on,
        "subject": row.subject,
        "status": row.status,
        "made_on": french_date(timezone.localdate()),
        "lines": [
            {"title": line.title, "care": line.care, "paid_on": line.paid_on, "paid": line.paid}
            for line in line_rows(own_lines(report))
        ],
        "answers": [
            {"question": one.question, "choice": one.choice, "story": paragraphs(one.story)}
            for one in answers_in_words(report)
        ],
        "files": [file.name for file in file_rows(own_attachments(report))],
    }


def paragraphs(story: str) -> list[list[str]]:
    """A story as it was typed: its paragraphs, which an empty line parts, each with its lines."""
    lines = [line.strip() for line in story.splitlines()]
    return [list(block) for is_text, block in groupby(lines, key=bool) if is_text]


def paper_form() -> bytes:
    """The form for whoever has no account; it is the same for everybody."""
    return typeset(FORM_TEMPLATE, {}, made_at=timezone.now())
