"""Ordering, cancelling and forgetting exports. What may not wait any longer is deleted: row, key and file."""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.partners.models import MemberConsent, PartnerInsurer
from ameli_notify.core.api.problems import EXPORT_UNDER_WAY, TOO_MANY_REQUESTS, ProblemError
from ameli_notify.core.jobs import enqueue
from ameli_notify.core.walls import as_partner
from reimbursements.partner_api.exports.making import end
from reimbursements.partner_api.exports.models import (
    UNDER_WAY,
    ExportShape,
    ExportState,
    PartnerExport,
    PartnerExportFile,
    PartnerExportPerson,
)
from reimbursements.partner_api.exports.selecting import newest_position
from reimbursements.partner_api.exports.writing import path_of
from reimbursements.partner_api.models import ChangeKind, PartnerChange

ADVANCE: Final = "reimbursements.partner_api.tasks.advance_exports"
MOST_A_DAY: Final = 24
COME_BACK_SECONDS: Final = 30
ROWS_KEPT: Final = dt.timedelta(days=90)
"""How long it stays known that there was an export."""
ORPHAN_AGE: Final = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a partner orders: lines after a position, or paid in a period, or everything."""

    shape: ExportShape = ExportShape.NDJSON
    has_members: bool = False
    has_lines: bool = True
    first_on: dt.date | None = None
    last_on: dt.date | None = None
    after_position: int = 0


@transaction.atomic
def order(wanted: Wanted, *, partner_id: int, client_pk: int) -> PartnerExport:
    """Take an order. Raises ProblemError while another one is under way, or past the day's number."""
    PartnerInsurer.objects.select_for_update().only("pk").get(pk=partner_id)  # one order after the other
    _check_may_order(partner_id)
    is_by_period = wanted.last_on is not None
    export = PartnerExport(
        partner_id=partner_id,
        client_id=client_pk,
        shape=wanted.shape,
        has_members=wanted.has_members,
        has_lines=wanted.has_lines,
        first_on=wanted.first_on,
        last_on=wanted.last_on,
        after_position=wanted.after_position,
        place_on=wanted.first_on,
        place_number=0 if is_by_period else wanted.after_position,
        members_place=0 if wanted.has_members else None,
        ordered_at=timezone.now(),
    )
    with as_partner(partner_id):
        export.until_position = newest_position(partner_id)
    export.save()
    enqueue(ADVANCE)
    return export


@transaction.atomic
def cancel(export_id: int) -> None:
    """Stop an export, and delete what was written of it. Safe to repeat."""
    export = PartnerExport.objects.select_for_update().get(pk=export_id)
    if export.is_under_way or export.state == ExportState.READY:
        end(export, ExportState.CANCELLED)
    _delete_files(PartnerExportFile.objects.filter(export=export))


def forget_unfit() -> int:
    """Delete files past their time, and those that hold somebody who is gone; returns how many.

    A request for such a file is refused already (``is_fit``); this takes it off the disk.
    """
    with transaction.atomic():
        over = PartnerExport.objects.select_for_update().filter(state=ExportState.READY, expires_at__lte=Now())
        ids = list(over.values_list("pk", flat=True))
        PartnerExport.objects.filter(pk__in=ids).update(state=ExportState.EXPIRED, ended_at=Now())
    deleted = _delete_files(PartnerExportFile.objects.exclude(export__state__in=(*UNDER_WAY, ExportState.READY)))
    unfit = [file.pk for file in PartnerExportFile.objects.select_related("export") if not is_fit(file)]
    return deleted + _delete_files(PartnerExportFile.objects.filter(pk__in=unfit))


def purge() -> int:
    """Forget old orders, and delete files on the disk that no row names; returns how many."""
    done, _ = PartnerExport.objects.filter(ended_at__lt=Now() - ROWS_KEPT).delete()
    folder = path_of("").resolve()
    before = (timezone.now() - ORPHAN_AGE).timestamp()
    known = {str(name) for name in PartnerExportFile.objects.values_list("name", flat=True)}
    orphans = [path for path in folder.glob("*-*") if path.name not in known and path.stat().st_mtime < before]
    for path in orphans:
        path.unlink(missing_ok=True)
    return done + len(orphans)


def is_fit(file: PartnerExportFile) -> bool:
    """Whether nobody in the file withdrew their consent, or had their membership changed, since it was written."""
    people = PartnerExportPerson.objects.filter(file=file).values("consent_id")
    gone = MemberConsent.objects.filter(pk__in=people).over()
    changed = PartnerChange.objects.filter(
        partner_id=file.export.partner_id,
        position__gt=file.export.until_position,
        kind=ChangeKind.CHANGED,
        enrolment_id__in=people,
    )
    return not gone.exists() and not changed.exists()


def _check_may_order(partner_id: int) -> None:
    own = PartnerExport.objects.filter(partner_id=partner_id)
    if own.filter(state__in=UNDER_WAY).exists():
        raise ProblemError(EXPORT_UNDER_WAY, headers={"Retry-After": str(COME_BACK_SECONDS)})
    day = dt.timedelta(days=1)
    recent = own.filter(Q(ordered_at__gt=timezone.now() - day)).order_by("-ordered_at")
    times = list(recent.values_list("ordered_at", flat=True)[:MOST_A_DAY])
    if len(times) == MOST_A_DAY:
        wait = math.ceil((times[-1] + day - timezone.now()).total_seconds())
        raise ProblemError(TOO_MANY_REQUESTS, headers={"Retry-After": str(max(1, wait))})


def _delete_files(files: QuerySet[PartnerExportFile]) -> int:
    """Rows first: a file without its key says nothing."""
    with transaction.atomic():
        names = list(files.select_for_update(of=("self",)).values_list("pk", "name"))
        PartnerExportFile.objects.filter(pk__in=[pk for pk, _ in names]).delete()
    for _, name in names:
        path_of(name).unlink(missing_ok=True)
    return len(names)
