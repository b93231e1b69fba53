"""Sending a report: its lines are read once more and frozen, and it gets a number; or it joins one that is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.people.models import InsuredPerson
from ameli_notify.core.sql import fetch_all, run
from fraud.intake.drafting import lock_person, reported_line
from fraud.intake.enums import Author, EventKind, ReportStatus
from fraud.intake.lines import PaidLine, lines_by_key, reader_for, total_paid
from fraud.intake.models import FraudReport, ReportAttachment, ReportedLine, ReportEvent, ReportMessage
from fraud.intake.questionnaire.publishing import published
from fraud.intake.receipts import new_receipt_no
from fraud.intake.review import answers_in_words
from fraud.intake.sealed import answers_of, seal_text
from fraud.intake.walking import reported_leaf, walk
from reimbursements.lines.schema import TABLE as LINE

_TRIES: Final = 5
_FREEZE: Final = f"""
UPDATE fraud_reportedline r SET snapshot = to_jsonb(l), frozen_at = now()
FROM {LINE} l
WHERE r.report_id = %s AND r.snapshot IS NULL
  AND l.insured_id = r.policyholder_id AND l.payment_date = r.payment_date AND l.id = r.line_id
"""


class NotReadyError(Exception):
    """The draft cannot be sent: an answer is missing, or none of its lines can be seen any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """``has_joined``: it completed a report that was open already, whose number it takes."""

    report: FraudReport
    has_joined: bool


@transaction.atomic
def send_report(draft_id: int, *, insured_id: int) -> Sent:
    """Sending twice sends once. Raises FraudReport.DoesNotExist for what is no draft of this person, NotReadyError."""
    lock_person(insured_id)
    draft = FraudReport.objects.select_for_update().for_person(insured_id).drafts().get(pk=draft_id)
    questionnaire = published(draft.questionnaire_id)
    leaf = reported_leaf(questionnaire, walk(questionnaire, answers_of(draft)).end)
    lines = _lines_now(draft)
    if leaf is None or not lines:
        raise NotReadyError
    ids = [line.line_id for line in lines]
    older = FraudReport.objects.for_person(insured_id).open().about_lines(ids).order_by("sent_at").first()
    if older is not None:
        return Sent(report=_join(older.pk, draft=draft, lines=lines), has_joined=True)
    person = InsuredPerson.objects.only("fund_code").get(pk=insured_id)
    others = FraudReport.objects.open().exclude(insured_id=insured_id).about_lines(ids)
    draft.status, draft.sent_at, draft.expires_at, draft.step = ReportStatus.RECEIVED, timezone.now(), None, ""
    draft.motive, draft.leaf, draft.severity = leaf.motive, leaf.name, leaf.severity
    draft.fund_code, draft.amount_at_stake = person.fund_code, total_paid(lines)
    draft.joins = others.order_by("sent_at").first()
    save_with_number(draft)
    _freeze(draft, lines)
    ReportEvent.objects.create(
        insured_id=insured_id, report=draft, kind=EventKind.SENT, author=Author.INSURED, status=draft.status
    )
    return Sent(report=draft, has_joined=False)


def _lines_now(draft: FraudReport) -> list[PaidLine]:
    keys = [(line.payment_date, line.line_id) for line in draft.lines.all()]
    return lines_by_key(reader_for(draft.insured_id, today=timezone.localdate()), keys)


def save_with_number(report: FraudReport) -> None:
    """Nobody chooses a number that is taken: it is drawn again, a few times in the life of the universe."""
    year = timezone.localdate().year
    for attempt in range(1, _TRIES + 1):
        report.receipt_no = new_receipt_no(year=year)
        try:
            with transaction.atomic():
                report.save()
        except IntegrityError:
            taken = FraudReport.objects.filter(receipt_no=report.receipt_no).exists()
            if attempt == _TRIES or not taken:
                raise
        else:
            return


def _freeze(report: FraudReport, lines: Sequence[PaidLine]) -> None:
    """Keep the lines as they are this very moment; those that may no longer be seen are not reported."""
    kept = [line.line_id for line in lines]
    report.lines.exclude(line_id__in=kept).delete()
    run(_FREEZE, [report.pk])
    if report.lines.filter(snapshot=None).exists():
        raise NotReadyError


def _join(older_id: int, *, draft: FraudReport, lines: Sequence[PaidLine]) -> FraudReport:
    """Bring what is new into the open report: lines, documents, and the answers as a message."""
    older = FraudReport.objects.select_for_update().get(pk=older_id)
    known = {
        line_id for (line_id,) in fetch_all("SELECT line_id FROM fraud_reportedline WHERE report_id = %s", [older_id])
    }
    new = [line for line in lines if line.line_id not in known]
    ReportedLine.objects.bulk_create(reported_line(older, line) for line in new)
    run(_FREEZE, [older.pk])
    if older.lines.filter(snapshot=None).exists():
        raise NotReadyError
    _move_attachments(draft.attachments.all(), to=older)
    message = ReportMessage(insured_id=older.insured_id, report=older, author=Author.INSURED)
    message.text_sealed = seal_text(message, _told(draft))
    message.save()
    older.amount_at_stake = (older.amount_at_stake or 0) + total_paid(new)
    if older.status == ReportStatus.WAITING:
        older.status = ReportStatus.IN_REVIEW
    older.save(update_fields=["amount_at_stake", "status", "updated_at"])
    ReportEvent.objects.create(
        insured_id=older.insured_id, report=older, kind=EventKind.COMPLETED, author=Author.INSURED, status=older.status
    )
    draft.delete()
    return older


def _move_attachments(attachments: QuerySet[ReportAttachment], *, to: FraudReport) -> None:
    known = set(to.attachments.values_list("sha256", flat=True))
    for attachment in attachments:
        if attachment.sha256 not in known:
            attachment.report = to
            attachment.save(update_fields=["report"])


def _told(draft: FraudReport) -> str:
    rows = (f"{row.question}\n{row.answer}" for row in answers_in_words(draft))
    return "Complément à mon signalement\n\n" + "\n\n".join(rows)
