"""Reports written straight into their tables, for tests of what is not the intake."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.people.models import InsuredPerson
from fraud.conversations.models import Conversation, ConversationMessage
from fraud.intake.drafting import save_answer, start_draft
from fraud.intake.lines import reader_for, statement_lines
from fraud.intake.models import (
    AssistantDialogue,
    AttachmentContent,
    FraudReport,
    QuestionnaireVersion,
    ReportAttachment,
    ReportedLine,
    ReportEvent,
    ReportMessage,
)
from fraud.intake.sealed import Answer

DAY = dt.date(2026, 3, 16)


def make_report(person: InsuredPerson, *, receipt_no: str, **values: Any) -> FraudReport:
    """A sent report without anything beside it."""
    version, _ = QuestionnaireVersion.objects.get_or_create(version=1000, defaults={"checksum": "x", "content": {}})
    fields: dict[str, Any] = {
        "status": "received",
        "motive": "acte-non-realise",
        "leaf": "soin-jamais-recu",
        "severity": 3,
        "answers_sealed": b"sealed",
        "sent_at": timezone.now(),
        "amount_at_stake": Decimal("21.00"),
    }
    return FraudReport.objects.create(
        insured=person, questionnaire=version, receipt_no=receipt_no, **{**fields, **values}
    )


def complete_draft(person: InsuredPerson, token: str) -> FraudReport:
    """A draft about a statement, answered to the end through the services."""
    lines = statement_lines(reader_for(person.pk, today=timezone.localdate()), token)
    draft = start_draft(person.pk, lines=lines, motive="acte-non-realise")
    return save_answer(draft.pk, Answer(step="acte-non-realise", choice="jamais", story="Personne n’est venu."))


def surround_with_report(person: InsuredPerson) -> FraudReport:
    """A report of the person, and one row of every kind beside it."""
    report = make_report(person, receipt_no=f"SR{person.pk:012}")
    ReportedLine.objects.create(
        insured=person, report=report, line_id=1, payment_date=DAY, policyholder_id=person.pk,
        beneficiary_id=person.pk, care_start=DAY, nature_code=1110, amount_charged=30, amount_paid=21, title="Soin",
    )  # fmt: skip
    attachment = ReportAttachment.objects.create(
        insured=person, report=report, kind="pdf", name_sealed=b"sealed", size_bytes=1, sha256="0" * 64
    )
    AttachmentContent.objects.create(attachment=attachment, insured=person, content_sealed=b"sealed")
    ReportMessage.objects.create(insured=person, report=report, author="insured", text_sealed=b"sealed")
    ReportEvent.objects.create(insured=person, report=report, kind="sent", author="insured", status="received")
    AssistantDialogue.objects.create(insured=person, turns_sealed=b"sealed")
    talk = Conversation.objects.create(insured=person, report=report, origin="space", context_sealed=b"sealed")
    ConversationMessage.objects.create(insured=person, conversation=talk, author="insured", text_sealed=b"sealed")
    return report
