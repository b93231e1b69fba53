"""Documents beside a report: judged by their content, made safe, sealed; read back through two functions only."""

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from ameli_notify.core.crypto import key_ring
from fraud.intake.antivirus import InfectedError, ScannerDownError, is_configured, scan
from fraud.intake.enums import AttachmentKind, Author, EventKind, ReportStatus
from fraud.intake.models import AttachmentContent, FraudReport, ReportAttachment, ReportEvent
from fraud.intake.pdf_check import PdfError, check_pdf
from fraud.intake.pictures import PictureError, rewritten

MOST_FILES: Final = 20
MOST_BYTES: Final = 10 * 1024 * 1024
LONGEST_NAME: Final = 80

_MAGIC: Final[Mapping[bytes, AttachmentKind]] = {
    b"%PDF-": AttachmentKind.PDF,
    b"\xff\xd8\xff": AttachmentKind.JPEG,
    b"\x89PNG\r\n\x1a\n": AttachmentKind.PNG,
}
_ENDINGS: Final = {AttachmentKind.PDF: "pdf", AttachmentKind.JPEG: "jpg", AttachmentKind.PNG: "png"}
_UNNAMED: Final = "document"
_TOO_HEAVY: Final = "Ce fichier dépasse 10 Mo. Réduisez-le, ou envoyez une photo de taille moyenne."


class AttachmentError(ValueError):
    """A file that is not taken. The text is French, says why and what to do, and never repeats the file's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeFile:
    """A file as it may be kept; ``scanned_at`` is None where no antivirus is configured."""

    kind: AttachmentKind
    content: bytes
    sha256: str
    name: str
    scanned_at: dt.datetime | None


def attach(report_id: int, upload: "UploadedFile[bytes]", *, insured_id: int) -> ReportAttachment:
    """Judge a file, make it safe and keep it beside a draft or an open report of this person.

    The same file twice is one attachment. Raises AttachmentError; DoesNotExist for somebody else's report.
    """
    safe = made_acceptable(upload)
    try:
        with transaction.atomic():
            report = _open_report(report_id, insured_id=insured_id)
            if report.attachments.count() >= MOST_FILES:
                raise AttachmentError(f"Vous avez déjà joint {MOST_FILES} documents, le maximum.")
            attachment = ReportAttachment(
                insured_id=insured_id, report=report, kind=safe.kind, size_bytes=len(safe.content), sha256=safe.sha256,
                scanned_at=safe.scanned_at,
            )  # fmt: skip
            attachment.name_sealed = key_ring().seal(safe.name, context=attachment.name_context)
            attachment.save()
            _keep_content(attachment, safe.content)
            if report.status != ReportStatus.DRAFT:
                _note(report)
    except IntegrityError:
        return ReportAttachment.objects.get(report_id=report_id, insured_id=insured_id, sha256=safe.sha256)
    return attachment


def made_acceptable(upload: "UploadedFile[bytes]") -> SafeFile:
    """The one way in for every file, whoever sends it: size, content, antivirus, made anew. Raises AttachmentError."""
    if (upload.size or 0) > MOST_BYTES:
        raise AttachmentError(_TOO_HEAVY)
    content = upload.read(MOST_BYTES + 1)
    kind = sniffed(content)
    scanned_at = None
    if is_configured():
        _scan(content)
        scanned_at = timezone.now()
    safe = made_safe(content, kind=kind)
    return SafeFile(
        kind=kind,
        content=safe,
        sha256=hashlib.sha256(safe).hexdigest(),
        name=harmless_name(upload.name or "", kind=kind),
        scanned_at=scanned_at,
    )


def sniffed(content: bytes) -> AttachmentKind:
    """What the first bytes say. Raises AttachmentError for anything that is not taken."""
    if not content:
        raise AttachmentError("Ce fichier est vide.")
    if len(content) > MOST_BYTES:
        raise AttachmentError(_TOO_HEAVY)
    kind = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    if kind is None:
        raise AttachmentError("Ce type de fichier n’est pas accepté. Envoyez un PDF, ou une photo JPEG ou PNG.")
    return kind


def made_safe(content: bytes, *, kind: AttachmentKind) -> bytes:
    """What is kept: a picture written anew, a PDF that is nothing but pages. Raises AttachmentError."""
    try:
        if kind is AttachmentKind.PDF:
            check_pdf(content)
            return content
        return rewritten(content, kind=kind)
    except (PictureError, PdfError) as error:
        raise AttachmentError(str(error)) from None


def harmless_name(name: str, *, kind: AttachmentKind) -> str:
    """Letters, digits, spaces and hyphens of the name, with the ending of what the file really is."""
    stem = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1].rpartition(".")
    cleaned = " ".join(re.sub(r"[^\w\-]+", " ", stem[0] or stem[2]).split()).strip(" -_")
    return f"{cleaned[:LONGEST_NAME].strip() or _UNNAMED}.{_ENDINGS[kind]}"


def remove_attachment(attachment_id: int, *, insured_id: int) -> bool:
    """Take a document off a draft; what was sent stays. True when it was there."""
    drafts = ReportAttachment.objects.filter(insured_id=insured_id, report__status=ReportStatus.DRAFT)
    deleted, _ = drafts.filter(pk=attachment_id).delete()
    return deleted > 0


def attachments_of(report: FraudReport) -> list[ReportAttachment]:
    """In the order in which they came."""
    return list(report.attachments.order_by("added_at", "id"))


def content_of(attachment: ReportAttachment) -> bytes:
    """The bytes of a document. Whoever calls has asked whether the reader may see them."""
    row = AttachmentContent.objects.only("content_sealed").get(attachment_id=attachment.pk)
    return key_ring().open_bytes(row.content_sealed, context=attachment.content_context)


def _open_report(report_id: int, *, insured_id: int) -> FraudReport:
    takes = (ReportStatus.DRAFT, ReportStatus.RECEIVED, ReportStatus.IN_REVIEW, ReportStatus.WAITING)
    reports = FraudReport.objects.select_for_update().for_person(insured_id)
    return reports.get(pk=report_id, status__in=takes)


def _keep_content(attachment: ReportAttachment, content: bytes) -> None:
    AttachmentContent.objects.create(
        attachment=attachment,
        insured_id=attachment.insured_id,
        content_sealed=key_ring().seal_bytes(content, context=attachment.content_context),
    )


def _note(report: FraudReport) -> None:
    ReportEvent.objects.create(
        insured_id=report.insured_id,
        report=report,
        kind=EventKind.ATTACHED,
        author=Author.INSURED,
        status=report.status,
    )


_VERDICTS: Final[Mapping[type[Exception], str]] = {
    InfectedError: "Ce fichier est refusé par notre antivirus. Il n’a pas été gardé.",
    ScannerDownError: (
        "Notre antivirus ne répond pas en ce moment, et nous ne gardons aucun fichier sans l’avoir vérifié. "
        "Ce que vous avez déjà saisi n’est pas perdu : réessayez plus tard, ou continuez sans ce document."
    ),
}


def _scan(content: bytes) -> None:
    try:
        scan(content)
    except (InfectedError, ScannerDownError) as error:
        raise AttachmentError(_VERDICTS[type(error)]) from None
