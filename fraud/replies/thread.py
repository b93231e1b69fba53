"""What both sides write and attach: sealed when it comes, opened for whoever may read it."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring
from fraud.cases.reply_enums import ReplyMoment
from fraud.intake.attachments import MOST_FILES, AttachmentError, made_acceptable
from fraud.intake.following import checked_text
from fraud.replies.enums import ReplyAuthor
from fraud.replies.models import ReplyDocument, ReplyLine, ReplyMessage, RightOfReply
from fraud.replies.rights import locked_alive, note_professional, note_read, note_staff
from fraud.replies.walls import DOCUMENT, LINE, MESSAGE, as_respondent
from reimbursements.explanations.typography import euros, french_date

_SIGNED: Final = {
    ReplyAuthor.PROFESSIONAL: {ReplyAuthor.PROFESSIONAL: "Vous", ReplyAuthor.STAFF: "L’Assurance Maladie"},
    ReplyAuthor.STAFF: {ReplyAuthor.PROFESSIONAL: "Le professionnel", ReplyAuthor.STAFF: "L’Assurance Maladie"},
}
"""By reader: who is said to have written."""
_LISTED: Final = tuple(name for name in DOCUMENT if name != "content_sealed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message, ready to print. ``is_new``: the other side wrote it and the reader has not said they read it.

    ``mark``: of the reader's own messages, whether and when the other side said so; empty for those of the other.
    """

    by: str
    at: str
    text: str
    is_new: bool
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One document, ready to list."""

    document: ReplyDocument
    name: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act that is asked about, ready to print."""

    care_on: str
    act: str
    charged: str
    paid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything of a right that its professional may read."""

    acts: Sequence[Act]
    said: Sequence[Said]
    attached: Sequence[Attached]

    @property
    def has_new(self) -> bool:
        """Whether the other side wrote something since the reader last said they read."""
        return any(one.is_new for one in self.said)


@transaction.atomic
def write(right_id: int, *, text: str, by: User | None) -> ReplyMessage:
    """A message of the professional when ``by`` is None, else of whoever holds the case.

    Answering says that what came before was read. Raises MessageTextError, CaseError when the right is over.
    """
    text = checked_text(text)
    right = locked_alive(right_id, by=by)
    author = ReplyAuthor.PROFESSIONAL if by is None else ReplyAuthor.STAFF
    message = ReplyMessage(right=right, author=author, written_by=by)
    message.text_sealed = key_ring().seal(text, context=message.text_context)
    message.save()
    mark_read(right, reader=author)
    if by is None:
        note_professional(right, ReplyMoment.WROTE)
    else:
        note_staff(right, ReplyMoment.ANSWERED, by=by)
    return message


def attach(right_id: int, upload: "UploadedFile[bytes]") -> ReplyDocument:
    """Judge the professional's document as every other, make it safe and keep it; the same twice is one.

    Raises AttachmentError, CaseError.
    """
    safe = made_acceptable(upload)
    try:
        with transaction.atomic():
            right = locked_alive(right_id, by=None)
            if right.documents.count() >= MOST_FILES:
                raise AttachmentError(f"Vous avez déjà joint {MOST_FILES} documents, le maximum.")
            document = ReplyDocument(
                right=right, kind=safe.kind, size_bytes=len(safe.content), sha256=safe.sha256,
                scanned_at=safe.scanned_at,
            )  # fmt: skip
            document.name_sealed = key_ring().seal(safe.name, context=document.name_context)
            document.content_sealed = key_ring().seal_bytes(safe.content, context=document.content_context)
            document.save()
            note_professional(right, ReplyMoment.ATTACHED)
    except IntegrityError:
        return ReplyDocument.objects.defer("content_sealed").get(right_id=right_id, sha256=safe.sha256)
    return document


def mark_read(right: RightOfReply, *, reader: ReplyAuthor) -> int:
    """One side says that it has seen what the other wrote; returns how many messages were new."""
    unread = ReplyMessage.objects.filter(right_id=right.pk, read_at=None).exclude(author=reader)
    return unread.update(read_at=timezone.now())


@transaction.atomic
def read_by_professional(right_id: int) -> int:
    """The professional's « J’ai lu », in the timeline when it was about something new. Raises CaseError."""
    right = locked_alive(right_id, by=None)
    number = mark_read(right, reader=ReplyAuthor.PROFESSIONAL)
    if number:
        note_read(right)
    return number


def as_read_by_professional(right_id: int) -> Reading:
    """The right as its professional reads it, behind the wall."""
    with as_respondent(right_id):
        lines = list(ReplyLine.objects.only(*LINE).order_by("care_on", "id"))
        messages = list(ReplyMessage.objects.only(*MESSAGE).order_by("id"))
        documents = list(ReplyDocument.objects.only(*_LISTED).order_by("id"))
    return Reading(
        acts=[_act(line) for line in lines],
        said=[_said(one, reader=ReplyAuthor.PROFESSIONAL) for one in messages],
        attached=[_attached(one) for one in documents],
    )


def as_read_by_staff(right: RightOfReply) -> Reading:
    """The same for the staff. Whoever calls has asked who reads, and logged it."""
    return Reading(
        acts=acts_of(right),
        said=[_said(one, reader=ReplyAuthor.STAFF) for one in right.messages.order_by("id")],
        attached=[_attached(one) for one in right.documents.only(*_LISTED).order_by("id")],
    )


def acts_of(right: RightOfReply) -> list[Act]:
    """The acts that the right is about."""
    return [_act(line) for line in right.lines.order_by("care_on", "id")]


def own_document(right_id: int, public_id: uuid.UUID) -> tuple[ReplyDocument, bytes] | None:
    """A document that the professional attached, and its content, behind the wall."""
    with as_respondent(right_id):
        document = ReplyDocument.objects.only(*DOCUMENT).filter(public_id=public_id).first()
    return None if document is None else (document, content_of(document))


def content_of(document: ReplyDocument) -> bytes:
    """The bytes of a document. Whoever calls has asked whether the reader may see them."""
    return key_ring().open_bytes(document.content_sealed, context=document.content_context)


def name_of(document: ReplyDocument) -> str:
    """The name that the file had, made harmless when it came in."""
    return key_ring().open(document.name_sealed, context=document.name_context)


def _said(message: ReplyMessage, *, reader: ReplyAuthor) -> Said:
    is_own = message.author == reader
    return Said(
        by=_SIGNED[reader][ReplyAuthor(message.author)],
        at=_moment(message.written_at),
        text=key_ring().open(message.text_sealed, context=message.text_context),
        is_new=not is_own and message.read_at is None,
        mark=_mark(message, reader=reader) if is_own else "",
    )


def _mark(message: ReplyMessage, *, reader: ReplyAuthor) -> str:
    """Whether the other side has read one's own message."""
    other = "le professionnel" if reader is ReplyAuthor.STAFF else "l’Assurance Maladie"
    if message.read_at is None:
        return f"{other} ne l’a pas encore lu"
    return f"lu par {other} le {_moment(message.read_at)}"


def _moment(at: dt.datetime) -> str:
    local = timezone.localtime(at)
    return f"{french_date(local.date())} à {local:%H}\u00a0h\u00a0{local:%M}"


def _attached(document: ReplyDocument) -> Attached:
    day = timezone.localdate(document.added_at)
    return Attached(document=document, name=name_of(document), at=french_date(day))


def _act(line: ReplyLine) -> Act:
    return Act(
        care_on=french_date(line.care_on),
        act=line.act,
        charged=euros(line.amount_charged),
        paid=euros(line.amount_paid),
    )
