"""``replay_rejects``: offer rejected lines again, once the directory or the reference data is corrected.

The sealed lines of a batch go through the very path of a file. What is good now is loaded as a batch of its own,
outside the emitter's sequence; what is still wrong stays where it is, to be offered again.
"""

import hashlib
import time
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.utils import timezone

from ameli_notify.core.crypto import key_ring
from ameli_notify.core.delivered_files import FIRST_ROW
from ameli_notify.core.import_report import FileReport
from ameli_notify.core.import_session import import_role, import_session
from ameli_notify.core.sql import fetch_all, run
from reimbursements.feed.loading import merge, stage_and_judge
from reimbursements.feed.models import BatchStatus, ImportBatch, RejectedLine, rejected_context
from reimbursements.feed.staging import drop_stage

_FILE_NAME_LENGTH: Final = 120


def replay_rejects(batch_id: int | None = None) -> list[FileReport]:
    """Replay what is still rejected, of one batch or of all, oldest first. One transaction a batch."""
    with transaction.atomic(), import_role():
        waiting = RejectedLine.objects.filter(replayed_at=None)
        if batch_id is not None:
            waiting = waiting.filter(batch_id=batch_id)
        batch_ids = sorted(waiting.values_list("batch_id", flat=True).distinct())
    reports = [_replay(batch) for batch in ImportBatch.objects.filter(pk__in=batch_ids).order_by("pk")]
    drop_stage()
    return reports


def _replay(original: ImportBatch) -> FileReport:
    started = time.perf_counter()
    report = FileReport(file=f"replay-{original.pk}-{original.file_name}"[:_FILE_NAME_LENGTH])
    with import_session(f"feed|{original.emitter_code}"):
        rejected = _open(original)
        _load(original, rejected=rejected, report=report)
    report.seconds = time.perf_counter() - started
    return report


def _open(original: ImportBatch) -> list[tuple[int, str]]:
    """Number and text of the lines of a batch that are still rejected. Raises SealedValueError."""
    ring = key_ring()
    with transaction.atomic(), import_role():
        sealed = list(
            RejectedLine.objects.filter(batch=original, replayed_at=None)
            .order_by("line_number")
            .values_list("line_number", "raw_sealed")
        )
    return [(number, ring.open(value, context=rejected_context(original.pk, number))) for number, value in sealed]


def _load(original: ImportBatch, *, rejected: Sequence[tuple[int, str]], report: FileReport) -> None:
    """The stage counts lines from 2; ``rejected`` says which line of the original file each of them is."""
    if original.flow_date is None:
        raise ValueError(f"batch {original.pk} was loaded without a flow date")
    content = "".join(f"{text}\n" for _, text in rejected).encode()
    staged = stage_and_judge(
        [content] if content else [],
        flow_date=original.flow_date,
        kept_on=max(original.flow_date, timezone.localdate()),
    )
    report.rows = staged.rows
    batch = ImportBatch(
        emitter_code=original.emitter_code,
        flow_date=original.flow_date,
        file_name=report.file,
        sha256=hashlib.sha256(content).digest(),
        status=BatchStatus.LOADED,
        started_at=timezone.now(),
    )
    with transaction.atomic():
        batch.save()
        merge(batch, staged, report)
        settled = _mark_replayed(original, rejected)
        if report.lines_good == 0:
            # Django's delete() would look for rejected lines, which only the import's role may see.
            run(f"DELETE FROM {ImportBatch._meta.db_table} WHERE id = %s", [batch.pk])
    report.batch = batch.pk if report.lines_good else None
    report.details = {"lines_waiting": len(rejected) - settled}


def _mark_replayed(original: ImportBatch, rejected: Sequence[tuple[int, str]]) -> int:
    still = {number for (number,) in fetch_all("SELECT line_number FROM feed_rejected")}
    settled = [number for at, (number, _) in enumerate(rejected, start=FIRST_ROW) if at not in still]
    with import_role():
        lines = RejectedLine.objects.filter(batch=original, line_number__in=settled)
        return lines.update(replayed_at=timezone.now())
