"""A sent report: its status, the messages beside it, its withdrawal. Each change leaves an event."""

from django.db import transaction
from django.utils import timezone

from accounts.staff.models import User
from fraud.intake.enums import NEXT, Author, ClosingReason, EventKind, ReportStatus
from fraud.intake.models import FraudReport, ReportEvent, ReportMessage
from fraud.intake.sealed import LONGEST_STORY, seal_text
from fraud.intake.telling import tell_outside


class MoveError(ValueError):
    """A report cannot go from its status to the one asked for."""


class MessageTextError(ValueError):
    """An empty or too long message. The text is French, for who writes it."""


def move_report(
    report_id: int, *, to: ReportStatus, by: User | None, closing_reason: ClosingReason | None = None
) -> FraudReport:
    """The only way for the staff to change a report's status; ``by`` is None for a task of the house.

    Its author is told that something waits when it ends. Raises MoveError.
    """
    with transaction.atomic():
        report = FraudReport.objects.select_for_update().sent().get(pk=report_id)
        if to not in NEXT[ReportStatus(report.status)] or to is ReportStatus.WITHDRAWN:
            raise MoveError(f"a report cannot go from {report.status} to {to}")
        if (to is ReportStatus.CLOSED) != (closing_reason is not None):
            raise MoveError("a report is closed with a reason, and has none while it is open")
        report.closed_at = timezone.now() if to is ReportStatus.CLOSED else None
        report.closing_reason = closing_reason or ""
        _set(report, to, kind=EventKind.STATUS, author=Author.STAFF if by else Author.SYSTEM, by=by)
        if to is ReportStatus.CLOSED:
            tell_outside(report.insured_id)
    return report


def withdraw(report_id: int, *, insured_id: int) -> FraudReport:
    """Its author takes a report back; nothing is deleted. Raises MoveError when it is finished."""
    with transaction.atomic():
        report = FraudReport.objects.select_for_update().for_person(insured_id).sent().get(pk=report_id)
        if ReportStatus.WITHDRAWN not in NEXT[ReportStatus(report.status)]:
            raise MoveError("a finished report cannot be withdrawn")
        report.withdrawn_at = timezone.now()
        _set(report, ReportStatus.WITHDRAWN, kind=EventKind.WITHDRAWN, author=Author.INSURED, by=None)
    return report


def write_message(report_id: int, *, text: str, by: User | None) -> ReportMessage:
    """A message beside a report: of the staff, or of its author when ``by`` is None.

    The staff's is announced outside without a word of it; the author's answers a question that was put to them.
    Raises MessageTextError, MoveError for an author whose report is finished.
    """
    text = checked_text(text)
    with transaction.atomic():
        report = FraudReport.objects.select_for_update().sent().get(pk=report_id)
        if by is None and not report.is_open:
            raise MoveError("a finished report takes no message of its author")
        author = Author.INSURED if by is None else Author.STAFF
        message = ReportMessage(insured_id=report.insured_id, report=report, author=author, written_by=by)
        message.text_sealed = seal_text(message, text)
        if by is not None:
            tell_outside(report.insured_id)
        message.save()
        _event(report, EventKind.INSURED_WROTE if by is None else EventKind.STAFF_WROTE, author=author, by=by)
        if by is None and report.status == ReportStatus.WAITING:
            _set(report, ReportStatus.IN_REVIEW, kind=EventKind.STATUS, author=Author.SYSTEM, by=None)
    return message


def mark_read(report_id: int, *, insured_id: int) -> int:
    """The author has seen the staff's messages; returns how many were new."""
    unread = ReportMessage.objects.filter(report_id=report_id, insured_id=insured_id, author=Author.STAFF, read_at=None)
    return unread.update(read_at=timezone.now())


def messages_of(report: FraudReport) -> list[ReportMessage]:
    """Oldest first."""
    return list(report.messages.order_by("written_at", "id"))


def _set(report: FraudReport, status: ReportStatus, *, kind: EventKind, author: Author, by: User | None) -> None:
    report.status = status
    report.save(update_fields=["status", "closed_at", "closing_reason", "withdrawn_at", "updated_at"])
    _event(report, kind, author=author, by=by)


def _event(report: FraudReport, kind: EventKind, *, author: Author, by: User | None) -> None:
    ReportEvent.objects.create(
        insured_id=report.insured_id,
        report=report,
        kind=kind,
        author=author,
        status=report.status,
        actor_id=by.pk if by else None,
    )


def checked_text(text: str) -> str:
    """The text as it is kept. Raises MessageTextError."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    cleaned = "".join(char for char in lines if char == "\n" or char.isprintable()).strip()
    if not cleaned:
        raise MessageTextError("Écrivez votre message avant de l’envoyer.")
    if len(cleaned) > LONGEST_STORY:
        raise MessageTextError(f"Votre message est trop long : {LONGEST_STORY} caractères au plus.")
    return cleaned
