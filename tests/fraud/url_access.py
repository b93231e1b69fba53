"""What tests/test_url_access.py says of the pages of reports, and the rows that they need."""

from typing import Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.people.models import InsuredPerson
from fraud.intake.attachments import attach
from fraud.intake.sending import send_report
from reimbursements.payments.tokens import StatementKey, statement_token
from tests.fraud.intake.files import a_png
from tests.fraud.rows import complete_draft
from tests.reimbursements.payments.rows import pay

REPORT_PAGES: Final[dict[str, int]] = {
    "reports": 200,
    "report-start": 200,
    "report-draft": 302,
    "report-lines": 200,
    "report-step": 200,
    "report-explanation": 302,
    "report-understood": 405,
    "report-files": 200,
    "report-file-remove": 405,
    "report-check": 200,
    "report-discard": 200,
    "report": 200,
    "report-receipt": 200,
    "report-message": 405,
    "report-read": 405,
    "report-add-file": 405,
    "report-attachment": 200,
    "report-withdraw": 200,
    "assistant": 200,
    "assistant-restart": 405,
    "adviser": 200,
    "adviser-said": 404,
    "adviser-message": 405,
    "adviser-read": 405,
    "adviser-end": 405,
    "adviser-satisfaction": 405,
}
"""Name of a page for insured people, and what its owner gets when opening it."""

_DRAFT: Final[dict[str, object]] = {"public_id": "draft"}
_REPORT: Final[dict[str, object]] = {"public_id": "report"}
REPORT_ARGUMENTS: Final[dict[str, dict[str, object]]] = {
    **dict.fromkeys(
        ("report-draft", "report-lines", "report-explanation", "report-understood", "report-files", "report-check"),
        _DRAFT,
    ),
    "report-discard": _DRAFT,
    "report-step": {**_DRAFT, "step": "motif"},
    "report-file-remove": {**_DRAFT, "attachment": "attachment"},
    **dict.fromkeys(("report", "report-receipt", "report-message", "report-read", "report-add-file"), _REPORT),
    "report-withdraw": _REPORT,
    "report-attachment": {**_REPORT, "attachment": "attachment"},
}


def report_rows(person: InsuredPerson) -> dict[str, object]:
    """A complete draft, and a sent report with a document."""
    today = timezone.localdate()
    tokens = []
    for _ in range(2):
        key = StatementKey(payment_date=today, emitter_code="01C751000", statement_no=pay(person, on=today))
        tokens.append(statement_token(key, reader_id=person.pk))
    draft, sent = (complete_draft(person, token) for token in tokens)
    attachment = attach(sent.pk, SimpleUploadedFile("photo.png", a_png()), insured_id=person.pk)
    send_report(sent.pk, insured_id=person.pk)
    return {"draft": draft.public_id, "report": sent.public_id, "attachment": attachment.public_id}
