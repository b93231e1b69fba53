"""What the pages of reports show, ready to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone

from fraud.intake.access import keys_by_report, own_lines, own_reports, titles_by_report, unread_counts
from fraud.intake.enums import Author, ClosingReason, EventKind, ReportStatus
from fraud.intake.lines import LineKey, PaidLine
from fraud.intake.models import FraudReport, ReportAttachment, ReportedLine, ReportEvent, ReportMessage
from fraud.intake.receipts import shown
from fraud.intake.review import subject_of
from fraud.intake.sealed import open_name, open_text
from reimbursements.explanations.typography import euros, french_date

STAGES: Final = ("Paiements", "Questions", "Documents", "Vérification")

_STATUS_FR: Final = {
    ReportStatus.DRAFT: "Votre signalement n’est pas encore envoyé.",
    ReportStatus.RECEIVED: "Nous avons bien reçu votre signalement. Un enquêteur va l’examiner.",
    ReportStatus.IN_REVIEW: "Un enquêteur examine votre signalement. Vous n’avez rien à faire pour le moment.",
    ReportStatus.WAITING: "Nous avons besoin d’une précision. Répondez-nous plus bas, dans vos messages.",
    ReportStatus.WITHDRAWN: "Vous avez retiré ce signalement. Nous n’y donnons plus de suite.",
}
_CLOSED_FR: Final = {
    ClosingReason.CORRECTED: "L’examen est terminé : le paiement a été corrigé.",
    ClosingReason.CONFIRMED: "L’examen est terminé : l’anomalie est confirmée, et des suites sont engagées.",
    ClosingReason.EXPLAINED: "L’examen est terminé : le paiement est conforme. Nos messages vous l’expliquent.",
    ClosingReason.NOT_ESTABLISHED: (
        "L’examen est terminé : les éléments réunis ne suffisent pas à établir une anomalie. "
        "Votre signalement reste enregistré et peut éclairer un autre dossier."
    ),
}
_EVENTS_FR: Final = {
    EventKind.SENT: "Vous avez envoyé ce signalement.",
    EventKind.COMPLETED: "Vous l’avez complété.",
    EventKind.ATTACHED: "Vous avez ajouté un document.",
    EventKind.INSURED_WROTE: "Vous nous avez écrit.",
    EventKind.STAFF_WROTE: "Nous vous avons écrit.",
    EventKind.WITHDRAWN: "Vous avez retiré ce signalement.",
}
_MOVES_FR: Final = {
    ReportStatus.IN_REVIEW: "L’examen est en cours.",
    ReportStatus.WAITING: "Nous attendons votre réponse.",
    ReportStatus.CLOSED: "L’examen est terminé.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One report of « Mes signalements »; ``about`` names its lines."""

    report: FraudReport
    subject: str
    number: str
    status: str
    on: str
    is_draft: bool
    unread: int
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    title: str
    care: str
    paid_on: str
    paid_to: str
    paid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    by: str
    at: str
    text: str
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    attachment: ReportAttachment
    name: str
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    at: str
    text: str


def draft_context(draft: FraudReport | None, *, stage: int, page: int) -> dict[str, Any]:
    """What every page of a draft shows: where one is; ``page`` is 0 when it is not counted."""
    return {"draft": draft, "stages": list(enumerate(STAGES, start=1)), "stage": stage, "page": page}


def lines_of(draft: FraudReport) -> list[LineKey]:
    """Keys of a draft's lines."""
    return [(line.payment_date, line.line_id) for line in own_lines(draft)]


def open_reports_about(insured_id: int, lines: Sequence[PaidLine], *, beside: FraudReport | None) -> list[ReportRow]:
    """The person's open reports about one of these lines: what is sent now joins the first of them."""
    wanted, keys = {line.key for line in lines}, keys_by_report(insured_id)
    return [
        report_row(report, unread=0)
        for report in own_reports(insured_id)
        if report.is_open and (beside is None or report.pk != beside.pk) and wanted & keys[report.pk]
    ]


def my_reports(insured_id: int) -> tuple[list[ReportRow], list[ReportRow]]:
    """Drafts, then what was sent; both newest first."""
    unread, titles = unread_counts(insured_id), titles_by_report(insured_id)
    rows = [
        report_row(report, unread=unread.get(report.pk, 0), about=", ".join(titles[report.pk]))
        for report in own_reports(insured_id)
    ]
    return [row for row in rows if row.is_draft], [row for row in rows if not row.is_draft]


def report_row(report: FraudReport, *, unread: int, about: str = "") -> ReportRow:
    """``about``: titles of its lines, where several reports stand together."""
    is_draft = report.status == ReportStatus.DRAFT
    day = report.started_at if report.sent_at is None else report.sent_at
    return ReportRow(
        report=report,
        subject=subject_of(report) or "Un doute sur un paiement",
        number=shown(report.receipt_no) if report.receipt_no else "",
        status=report.get_status_display(),
        on=french_date(timezone.localtime(day).date()),
        is_draft=is_draft,
        unread=unread,
        about=about,
    )


def status_sentence(report: FraudReport) -> str:
    """Where the report stands, in a plain sentence."""
    status = ReportStatus(report.status)
    return _CLOSED_FR[ClosingReason(report.closing_reason)] if status is ReportStatus.CLOSED else _STATUS_FR[status]


def line_rows(lines: Sequence[ReportedLine]) -> list[LineRow]:
    """The lines as they were when they were reported."""
    return [
        LineRow(
            title=line.title,
            care=french_date(line.care_start),
            paid_on=french_date(line.payment_date),
            paid_to=line.paid_to,
            paid=euros(line.amount_paid),
        )
        for line in lines
    ]


def message_rows(messages: Sequence[ReportMessage]) -> list[MessageRow]:
    return [
        MessageRow(
            by="Vous" if message.author == Author.INSURED else "L’Assurance Maladie",
            at=_moment(message.written_at),
            text=open_text(message),
            is_new=message.author == Author.STAFF and message.read_at is None,
        )
        for message in messages
    ]


def file_rows(attachments: Sequence[ReportAttachment]) -> list[FileRow]:
    return [FileRow(attachment=one, name=open_name(one), size=_size(one.size_bytes)) for one in attachments]


def event_rows(events: Sequence[ReportEvent]) -> list[EventRow]:
    """The timeline; what says nothing to its reader is left out."""
    rows = [(event, _event_text(event)) for event in events]
    return [EventRow(at=_moment(event.at), text=text) for event, text in rows if text]


def _event_text(event: ReportEvent) -> str:
    if event.kind == EventKind.STATUS:
        return _MOVES_FR.get(ReportStatus(event.status), "")
    if event.kind == EventKind.SENT and event.author == Author.STAFF:
        return "Un conseiller l’a transmis pour vous, après votre appel."
    return _EVENTS_FR[EventKind(event.kind)]


def _moment(at: Any) -> str:  # noqa: ANN401 (an instant of a model)
    local = timezone.localtime(at)
    return f"{french_date(local.date())} à {local:%H:%M}".replace(":", "\u00a0h\u00a0")


def _size(size_bytes: int) -> str:
    """« 320 Ko », « 1,4 Mo »."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1_000))}\u00a0Ko"
    return f"{size_bytes / 1_000_000:.1f}\u00a0Mo".replace(".", ",")
