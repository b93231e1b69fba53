"""Giving a file out: whole, or a range of it for whoever was cut off (RFC 9110, 14), once it was seen to be fit.

The first time that a file is fetched, everybody in it gets a row in the access log, in the same transaction.
"""

import base64
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import parse_etags
from rest_framework.request import Request

from accounts.partners.reads import log_partner_export
from ameli_notify.core.api.problems import GONE, RANGE_NOT_SATISFIABLE, ProblemError
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.enciphered_files import EncipheredReader
from reimbursements.partner_api.exports.making import key_context
from reimbursements.partner_api.exports.models import ExportState, PartnerExportFile, PartnerExportPerson
from reimbursements.partner_api.exports.ordering import is_fit
from reimbursements.partner_api.exports.writing import GZIP, path_of
from reimbursements.partner_api.fhir.resources import PATIENT

GZIP_TYPE: Final = "application/gzip"
_LINE: Final = "reimbursements.reimbursementline"
_MEMBER: Final = "accounts.partnermember"
_RANGE: Final = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a file, from the first on."""

    first: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer, and how many lines it was the first to show."""

    response: HttpResponseBase
    new_rows: int


def fetch(request: Request, file_id: int) -> Fetched:
    """The file, a range of it, or 304. Raises ProblemError when it may no longer be given, or not these bytes."""
    file = _fit(file_id)
    name = f"{file.resource}-{file.number}.ndjson.gz"
    told = {"Content-Type": GZIP_TYPE, "Content-Disposition": f'attachment; filename="{name}"'}
    return _packed(request, file, told)


def fetch_plain(request: Request, file_id: int, *, content_type: str) -> Fetched:
    """The same file as the bulk data of FHIR want it: compressed on the way only, for whoever understands that.

    Ranges are of the compressed bytes, which are there; the others are made as they go, and have an ETag of their own.
    """
    file = _fit(file_id)
    told = {"Content-Type": content_type, "Vary": "Accept-Encoding, Authorization"}
    if _takes_gzip(request):
        return _packed(request, file, told | {"Content-Encoding": "gzip"})
    headers = told | {
        "ETag": f'"{bytes(file.sha256).hex()}-plain"',
        "Accept-Ranges": "none",
        "Cache-Control": "no-store",
    }
    if _has_copy(request, headers["ETag"]):
        return Fetched(response=HttpResponse(status=304, headers=headers), new_rows=0)
    if request.method == "HEAD":
        return Fetched(response=HttpResponse(headers=headers), new_rows=0)
    content = _unpacked(contents(file, Span(0, file.size)))
    return Fetched(response=StreamingHttpResponse(content, headers=headers), new_rows=_note_reading(file))


def _packed(request: Request, file: PartnerExportFile, told: Mapping[str, str]) -> Fetched:
    """The bytes as they were written, or the range asked for. ``told``: what else their headers say."""
    headers = {**told, **_headers(file)}
    if _has_copy(request, headers["ETag"]):
        return Fetched(response=HttpResponse(status=304, headers=headers), new_rows=0)
    span = _wanted(request, size=file.size, etag=headers["ETag"])
    whole = Span(0, file.size)
    headers["Content-Length"] = str((span or whole).length)
    if span is not None:
        headers["Content-Range"] = f"bytes {span.first}-{span.first + span.length - 1}/{file.size}"
    status = 200 if span is None else 206
    if request.method == "HEAD":
        return Fetched(response=HttpResponse(status=status, headers=headers), new_rows=0)
    content = contents(file, span or whole)
    new_rows = _note_reading(file)
    return Fetched(response=StreamingHttpResponse(content, status=status, headers=headers), new_rows=new_rows)


def contents(file: PartnerExportFile, span: Span) -> EncipheredReader:
    """The bytes, in pieces. Raises ProblemError when the file is no longer on the disk."""
    key = key_ring().open_bytes(file.key_sealed, context=key_context(file.name))
    try:
        return EncipheredReader(path_of(file.name), key=key, first=span.first, length=span.length)
    except FileNotFoundError:
        raise ProblemError(GONE) from None


def _fit(file_id: int) -> PartnerExportFile:
    file = PartnerExportFile.objects.select_related("export").filter(pk=file_id).first()
    if file is None or not _is_given(file) or not is_fit(file):
        raise ProblemError(GONE)
    return file


def _is_given(file: PartnerExportFile) -> bool:
    export = file.export
    is_over = export.expires_at is not None and export.expires_at <= timezone.now()
    return export.state == ExportState.READY and not is_over


def _headers(file: PartnerExportFile) -> dict[str, str]:
    digest = bytes(file.sha256)
    return {
        "ETag": f'"{digest.hex()}"',
        "Repr-Digest": f"sha-256=:{base64.b64encode(digest).decode()}:",
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
    }


def _has_copy(request: Request, etag: str) -> bool:
    known = parse_etags(request.headers.get("if-none-match", ""))
    return known == ["*"] or etag in (value.removeprefix("W/") for value in known)


def _wanted(request: Request, *, size: int, etag: str) -> Span | None:
    """The range asked for; None for the whole, also when the copy begun is of other bytes or the header is odd."""
    found = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if found is None or request.headers.get("if-range", etag).strip() != etag:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        start, end = max(0, size - int(suffix)), size - 1
        is_there = int(suffix) > 0
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None  # no range at all (RFC 9110, 14.1.1)
        is_there = start < size
    if not is_there:
        raise ProblemError(RANGE_NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{size}"})
    return Span(start, end - start + 1)


def _takes_gzip(request: Request) -> bool:
    offers = [offer.strip().split(";") for offer in request.headers.get("accept-encoding", "").lower().split(",")]
    return any(
        offer[0].strip() in ("gzip", "*") and not re.fullmatch(r"q=0(\.0*)?", "".join(offer[1:]).strip())
        for offer in offers
    )


def _unpacked(content: EncipheredReader) -> Iterator[bytes]:
    unzip = zlib.decompressobj(GZIP)
    with closing(content):
        for piece in content:
            yield unzip.decompress(piece)
        yield unzip.flush()


def _note_reading(file: PartnerExportFile) -> int:
    """The rows that are shown for the first time."""
    with transaction.atomic():
        if not PartnerExportFile.objects.filter(pk=file.pk, read_at=None).update(read_at=Now()):
            return 0
        people = PartnerExportPerson.objects.filter(file=file).order_by("consent_id")
        consents = list(people.values_list("consent_id", flat=True))
        kind = _MEMBER if file.resource == PATIENT else _LINE
        log_partner_export(consents, partner_id=file.export.partner_id, object_kind=kind)
    return file.rows
