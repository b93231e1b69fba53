"""The job that writes exports: a few files at a time, side by side, in turns of the partners.

A worker claims an export for its next files: its token fences off whoever held it before, its lease is the sign of
life. Where the export is comes with its files into the database, or neither does: a killed worker leaves files that no
row names, and the next one begins them again. ``advance_exports`` runs each minute and finds what was left.
"""

import datetime as dt
import logging
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.partners.enums import PartnerState
from accounts.partners.models import MemberConsent
from accounts.partners.webhooks.announcing import announce
from accounts.partners.webhooks.enums import EventType
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.sql import run
from ameli_notify.core.walls import as_partner
from reimbursements.partner_api import reading
from reimbursements.partner_api.exports.models import (
    UNDER_WAY,
    ExportShape,
    ExportState,
    PartnerExport,
    PartnerExportFile,
)
from reimbursements.partner_api.exports.selecting import Cut, next_cuts
from reimbursements.partner_api.exports.walls import PERSON
from reimbursements.partner_api.exports.writing import Written, path_of, write_lines, write_texts
from reimbursements.partner_api.fhir.removals import BUNDLE, removals
from reimbursements.partner_api.fhir.resources import BENEFIT, PATIENT, patient

logger = logging.getLogger(__name__)

FILE_LINES: Final = 100_000
FILE_MEMBERS: Final = 50_000
WORK_SECONDS: Final = 30
"""Of the sixty that a job has: what was begun in time is brought to an end."""
FILE_SECONDS: Final = 25
LEASE: Final = dt.timedelta(minutes=2)
MOST_ATTEMPTS: Final = 5
KEPT: Final = dt.timedelta(hours=24)
REIMBURSEMENT: Final = "reimbursement"
_MEMBERS_AT_ONCE: Final = 1_000

_NOTE_PEOPLE: Final = f"INSERT INTO {PERSON} (file_id, consent_id) SELECT %(file)s, unnest(%(consents)s::bigint[])"


class LostClaimError(RuntimeError):
    """Somebody else holds the export, or it was cancelled: what was written is thrown away."""


@dataclass(slots=True, kw_only=True)
class _Part:
    """A file, and where the export is after it."""

    name: uuid.UUID
    resource: str
    written: Written
    after: dict[str, object] = field(default_factory=dict)


def advance_exports(*, seconds: float = WORK_SECONDS) -> int:
    """Write files of whatever export is under way, for so long at most; returns how many steps were made."""
    until, steps = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        export = claim()
        if export is None:
            break
        make_next_files(export)
        steps += 1
    return steps


def claim() -> PartnerExport | None:
    """Take the export that waited longest, of partners that are not paused; counts the attempt before the work."""
    free = Q(lease_ends_at=None) | Q(lease_ends_at__lt=Now())
    with transaction.atomic():
        waiting = PartnerExport.objects.filter(free, state__in=UNDER_WAY, partner__state=PartnerState.ACTIVE)
        order = (F("worked_at").asc(nulls_first=True), "pk")
        export = waiting.select_for_update(of=("self",), skip_locked=True).order_by(*order).first()
        if export is None:
            return None
        if export.attempts >= MOST_ATTEMPTS:
            end(export, ExportState.FAILED)
            logger.error("export given up", extra={"export": export.pk, "attempts": export.attempts})
            return claim()
        export.claim, export.attempts, export.state = uuid.uuid4(), export.attempts + 1, ExportState.RUNNING
        export.worked_at, export.lease_ends_at = Now(), Now() + LEASE
        export.save(update_fields=["claim", "attempts", "state", "worked_at", "lease_ends_at"])
    return export


def make_next_files(export: PartnerExport) -> None:
    """The next files of a claimed export, or its end when there are none. Raises LostClaimError."""
    cuts = _next_cuts(export)
    names = [uuid.uuid4() for _ in range(max(1, len(cuts)))]
    try:
        parts = _write_side_by_side(export, cuts, names) if cuts else _write_rest(export, names[0])
        _note(export, parts)
    except BaseException:
        _delete(names)
        raise
    _delete(part.name for part in parts if not part.written.rows)


def end(export: PartnerExport, state: ExportState) -> None:
    """Close an export, in the caller's transaction and under its lock."""
    export.state, export.claim, export.lease_ends_at = state, None, None
    export.ended_at = Now()
    if state == ExportState.READY:
        export.expires_at = Now() + KEPT
    export.save(update_fields=["state", "claim", "lease_ends_at", "ended_at", "expires_at"])


def _next_cuts(export: PartnerExport) -> list[Cut]:
    """None while members are to be written, and once all lines are. More files than one on the first attempt only."""
    if not export.has_lines or (export.has_members and export.members_place is not None):
        return []
    files = settings.EXPORT_FILES_AT_ONCE if export.attempts == 1 else 1
    with _hurried():
        return next_cuts(export, files=files, lines=FILE_LINES)


def _delete(names: Iterable[uuid.UUID]) -> None:
    """Off the disk; what the disk refuses ``purge`` deletes later."""
    for name in names:
        with suppress(OSError):
            path_of(name).unlink()


def _write_side_by_side(export: PartnerExport, cuts: Sequence[Cut], names: Sequence[uuid.UUID]) -> list[_Part]:
    """A file of lines for each cut: the first here, the others by threads with connections of their own."""
    first, *others = zip(names, cuts, strict=True)
    with ThreadPoolExecutor(max(1, len(others)), thread_name_prefix="export") as pool:
        begun = [pool.submit(_write_lines_elsewhere, export, name, cut) for name, cut in others]
        return [_write_lines(export, *first), *(one.result() for one in begun)]


def _write_lines_elsewhere(export: PartnerExport, name: uuid.UUID, cut: Cut) -> _Part:
    try:
        return _write_lines(export, name, cut)
    except Exception:
        logger.exception("file of an export not written", extra={"export": export.pk})
        raise
    finally:
        connection.close()


def _write_lines(export: PartnerExport, name: uuid.UUID, cut: Cut) -> _Part:
    resource = BENEFIT if export.shape == ExportShape.FHIR else REIMBURSEMENT
    with _reading(export):
        written = write_lines(path_of(name), export, cut)
    after: dict[str, object] = {"place_on": cut.last_day, "place_number": cut.last_number}
    return _Part(name=name, resource=resource, written=written, after=after)


@contextmanager
def _hurried() -> Iterator[None]:
    """One transaction, none of whose statements takes longer than a file may."""
    with transaction.atomic():
        run(f"SET LOCAL statement_timeout = '{FILE_SECONDS}s'")
        yield


@contextmanager
def _reading(export: PartnerExport) -> Iterator[None]:
    with _hurried(), as_partner(export.partner_id):
        yield


def _write_rest(export: PartnerExport, name: uuid.UUID) -> list[_Part]:
    """Members, which come before the lines, or what a copy must lose, which comes after; none when all is written."""
    with _reading(export):
        if export.has_members and export.members_place is not None:
            return [_write_members(export, name)]
        part = _write_removals(export, name)
        return [part] if part else []


def _write_members(export: PartnerExport, name: uuid.UUID) -> _Part:
    """The next members with an open consent to payments: whose lines these are."""
    people: list[int] = []
    last = export.members_place or 0

    def told() -> Iterator[str]:
        nonlocal last
        while len(people) < FILE_MEMBERS:
            found = reading.members(export.partner_id, after=last, limit=_MEMBERS_AT_ONCE)
            people.extend(found.people)
            yield from (patient(record) for record in found.records)
            if not found.has_more or found.place is None:
                last = 0
                return
            last = int(found.place[0])

    def consents() -> list[int]:
        held = MemberConsent.objects.filter(partner_id=export.partner_id, insured_id__in=people)
        return list(held.order_by("insured_id", "purpose").distinct("insured_id").values_list("pk", flat=True))

    written = write_texts(path_of(name), told(), consents=consents)
    return _Part(name=name, resource=PATIENT, written=written, after={"members_place": last or None})


def _write_removals(export: PartnerExport, name: uuid.UUID) -> _Part | None:
    """Who left since, for whoever asked for what came since; None when that is written, or nobody did.

    The file holds nobody's data: names that mean nothing to anybody but the partner, who had them from us.
    """
    is_of_all_time = export.after_position == 0
    written = PartnerExportFile.objects.filter(export_id=export.pk, resource=BUNDLE)
    if export.shape != ExportShape.FHIR or is_of_all_time or written.exists():
        return None
    told = removals(
        export.partner_id,
        after=export.after_position,
        until=export.until_position,
        has_members=export.has_members,
        has_lines=export.has_lines,
    )
    if not told:
        return None
    return _Part(name=name, resource=BUNDLE, written=write_texts(path_of(name), told, consents=list))


def _note(export: PartnerExport, parts: Sequence[_Part]) -> None:
    """What was done, if the claim still holds; without a part the export is ready."""
    of_export = PartnerExport.objects.select_for_update().filter(pk=export.pk)
    with transaction.atomic():
        current = of_export.filter(claim=export.claim, state=ExportState.RUNNING).first()
        if current is None:
            raise LostClaimError("the export is somebody else's now")
        if not parts:
            end(current, ExportState.READY)
            announce(current.partner_id, EventType.EXPORT_READY, {"id": str(current.public_id)})
            return
        for part in parts:
            of_export.update(**part.after, claim=None, lease_ends_at=None, attempts=0, worked_at=Now())
            if part.written.rows:
                _keep(export, part)


def _keep(export: PartnerExport, part: _Part) -> None:
    written = part.written
    file = PartnerExportFile.objects.create(
        export=export,
        number=PartnerExportFile.objects.filter(export=export).count() + 1,
        name=part.name,
        resource=part.resource,
        rows=written.rows,
        size=written.size,
        sha256=written.sha256,
        key_sealed=key_ring().seal_bytes(written.key, context=key_context(part.name)),
        made_at=Now(),
    )
    run(_NOTE_PEOPLE, {"file": file.pk, "consents": sorted(written.consents)})


def key_context(name: object) -> str:
    """What seals a file's key to the file."""
    return f"reimbursements.partnerexportfile.key_sealed|{name}"
