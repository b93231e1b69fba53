"""The job that writes exports: file by file, each in a transaction of its own, in turns of the partners.

A worker claims an export for one file: its token fences off whoever held it before, its lease is the sign of life.
Where the export is comes with the file into the database, or neither does: a killed worker leaves a file that no row
names, and the next one begins that file again. ``advance_exports`` runs each minute and finds what was left.
"""

import datetime as dt
import logging
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
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
    PartnerExportPerson,
)
from reimbursements.partner_api.exports.selecting import Values, bound_of_file
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
_PEOPLE_AT_ONCE: Final = 5_000


class LostClaimError(RuntimeError):
    """Somebody else holds the export, or it was cancelled: what was written is thrown away."""


@dataclass(slots=True)
class _Part:
    """A file, and where the export is after it."""

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
        make_next_file(export)
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


def make_next_file(export: PartnerExport) -> None:
    """The next file of a claimed export, or its end when there is none. Raises LostClaimError."""
    name = uuid.uuid4()
    try:
        with transaction.atomic():
            run(f"SET LOCAL statement_timeout = '{FILE_SECONDS}s'")
            with as_partner(export.partner_id):
                part = _write_next(export, name)
            _note(export, name, part)
    except BaseException:
        path_of(name).unlink(missing_ok=True)
        raise


def end(export: PartnerExport, state: ExportState) -> None:
    """Close an export, in the caller's transaction and under its lock."""
    export.state, export.claim, export.lease_ends_at = state, None, None
    export.ended_at = Now()
    if state == ExportState.READY:
        export.expires_at = Now() + KEPT
    export.save(update_fields=["state", "claim", "lease_ends_at", "ended_at", "expires_at"])


def _write_next(export: PartnerExport, name: uuid.UUID) -> _Part | None:
    """Members, then lines, then what a copy must lose; None when all is written."""
    if export.has_members and export.members_place is not None:
        return _write_members(export, name)
    return _write_lines(export, name) or _write_removals(export, name)


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
    return _Part(PATIENT, written, {"members_place": last or None})


def _write_lines(export: PartnerExport, name: uuid.UUID) -> _Part | None:
    """The next lines; None when all are written."""
    if not export.has_lines:
        return None
    values, count = bound_of_file(export, most=FILE_LINES)
    if count == 0:
        return None
    resource = BENEFIT if export.shape == ExportShape.FHIR else REIMBURSEMENT
    written = write_lines(path_of(name), export, values)
    return _Part(resource, written, _after(export, values, count))


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
    return _Part(BUNDLE, write_texts(path_of(name), told, consents=list)) if told else None


def _after(export: PartnerExport, values: Values, count: int) -> dict[str, object]:
    return {
        "place_on": values["last_day"] if export.is_by_period else None,
        "place_number": values["last_number"],
        "lines_done": export.lines_done + count,
    }


def _note(export: PartnerExport, name: uuid.UUID, part: _Part | None) -> None:
    """What was done, if the claim still holds; without a part the export is ready."""
    held = PartnerExport.objects.select_for_update().filter(pk=export.pk, claim=export.claim, state=ExportState.RUNNING)
    current = held.first()
    if current is None:
        raise LostClaimError("the export is somebody else's now")
    if part is None:
        end(current, ExportState.READY)
        announce(current.partner_id, EventType.EXPORT_READY, {"id": str(current.public_id)})
        return
    released = {"claim": None, "lease_ends_at": None, "attempts": 0, "worked_at": Now()}
    held.update(**part.after, **released)
    if part.written.rows == 0:
        path_of(name).unlink()
        return
    _keep(export, name, part)


def _keep(export: PartnerExport, name: uuid.UUID, part: _Part) -> None:
    written = part.written
    file = PartnerExportFile.objects.create(
        export=export,
        number=PartnerExportFile.objects.filter(export=export).count() + 1,
        name=name,
        resource=part.resource,
        rows=written.rows,
        size=written.size,
        sha256=written.sha256,
        key_sealed=key_ring().seal_bytes(written.key, context=key_context(name)),
        made_at=Now(),
    )
    people = (PartnerExportPerson(file=file, consent_id=consent) for consent in sorted(written.consents))
    PartnerExportPerson.objects.bulk_create(people, batch_size=_PEOPLE_AT_ONCE)


def key_context(name: object) -> str:
    """What seals a file's key to the file."""
    return f"reimbursements.partnerexportfile.key_sealed|{name}"
