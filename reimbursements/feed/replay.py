"""``replay_rejects``: offer rejected lines again, once the directory or the reference data is corrected.

Only lines whose every error can heal are offered: somebody or something unknown may be known by now. A line that is
wrong in itself stays wrong; its fund delivers it anew. The sealed lines of a batch go through the very path of a file.
What is good now is loaded as a batch of its own, outside the emitter's sequence; the rest stays where it is.
"""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from django.db import transaction
from django.utils import timezone

from ameli_notify.core.crypto import key_ring
from ameli_notify.core.delivered_files import FIRST_ROW
from ameli_notify.core.findings import E110_UNKNOWN_PERSON, ERROR, RejectFile, masked_value
from ameli_notify.core.import_report import FileReport, Outcome, counted
from ameli_notify.core.import_session import import_role, import_session
from ameli_notify.core.sql import fetch_all, run
from reimbursements.feed.checks import E501_CANCEL_UNKNOWN
from reimbursements.feed.layout import E301_UNKNOWN_NATURE, E303_UNKNOWN_FUND
from reimbursements.feed.loading import merge, stage_and_judge
from reimbursements.feed.models import BatchStatus, ImportBatch, ImportReject, RejectedLine, rejected_context
from reimbursements.feed.rejects import findings_in_pages
from reimbursements.feed.staging import drop_stage

HEALING: Final = frozenset({E110_UNKNOWN_PERSON, E301_UNKNOWN_NATURE, E303_UNKNOWN_FUND, E501_CANCEL_UNKNOWN})
"""Errors of what was unknown: people, natures, funds and lines to cancel arrive later."""

_FILE_NAME_LENGTH: Final = 120


class Unloaded(NamedTuple):
    """Numbers of a batch's lines that are not loaded: those that may heal, and those rejected for good."""

    waiting: list[int]
    final: list[int]

    def as_details(self) -> dict[str, int]:
        return {"lines_waiting": len(self.waiting), "lines_final": len(self.final)}


def replay_rejects(batch_id: int | None = None, *, rejects_dir: Path) -> list[FileReport]:
    """Replay what may have healed, of one batch or of all, oldest first. One transaction and one reject file a batch.

    Batches that have nothing to replay share one report, which counts their lines.
    """
    with transaction.atomic(), import_role():
        rejected = RejectedLine.objects.filter(replayed_at=None)
        if batch_id is not None:
            rejected = rejected.filter(batch_id=batch_id)
        batch_ids = sorted(rejected.values_list("batch_id", flat=True).distinct())
    reports: list[FileReport] = []
    final = 0
    for batch in ImportBatch.objects.filter(pk__in=batch_ids).order_by("pk"):
        unloaded = _unloaded(batch)
        if unloaded.waiting:
            reports.append(_replay(batch, rejects_dir=rejects_dir))
        else:
            final += len(unloaded.final)
    drop_stage()
    if final or not reports:
        reports.append(_nothing_to_replay(final))
    return reports


def _nothing_to_replay(final: int) -> FileReport:
    words = counted(final, "ligne rejetée")
    reason = f"{words} pour de bon : la caisse doit les livrer corrigées." if final else "aucune ligne n’attend."
    details = Unloaded([], []).as_details() | {"lines_final": final}
    return FileReport(file="replay", outcome=Outcome.NOTHING_TO_DO, reason=reason, details=details)


def _unloaded(original: ImportBatch) -> Unloaded:
    errors = ImportReject.objects.filter(batch=original, severity=ERROR)
    beyond_healing = set(errors.exclude(code__in=HEALING).values_list("line_number", flat=True))
    with transaction.atomic(), import_role():
        lines = RejectedLine.objects.filter(batch=original, replayed_at=None).order_by("line_number")
        numbers = list(lines.values_list("line_number", flat=True))
    return Unloaded(
        waiting=[number for number in numbers if number not in beyond_healing],
        final=[number for number in numbers if number in beyond_healing],
    )


def _replay(original: ImportBatch, *, rejects_dir: Path) -> FileReport:
    started = time.perf_counter()
    report = FileReport(file=f"replay-{original.pk}-{original.file_name}"[:_FILE_NAME_LENGTH])
    with import_session(f"feed|{original.emitter_code}"):
        # Read again: another replay may have loaded them while we waited for the session.
        _load(original, rejected=_open(original, _unloaded(original).waiting), report=report, rejects_dir=rejects_dir)
    report.details = _unloaded(original).as_details()
    report.seconds = time.perf_counter() - started
    return report


def _open(original: ImportBatch, numbers: Sequence[int]) -> list[tuple[int, str]]:
    """Number and text of lines of a batch. Raises SealedValueError."""
    ring = key_ring()
    with transaction.atomic(), import_role():
        sealed = list(
            RejectedLine.objects.filter(batch=original, line_number__in=numbers)
            .order_by("line_number")
            .values_list("line_number", "raw_sealed")
        )
    return [(number, ring.open(value, context=rejected_context(original.pk, number))) for number, value in sealed]


def _load(original: ImportBatch, *, rejected: Sequence[tuple[int, str]], report: FileReport, rejects_dir: Path) -> None:
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
        _mark_replayed(original, rejected)
        if report.lines_good == 0:
            # Django's delete() would look for rejected lines, which only the import's role may see.
            run(f"DELETE FROM {ImportBatch._meta.db_table} WHERE id = %s", [batch.pk])
        with RejectFile(rejects_dir, delivered_name=report.file) as file:
            _tell_findings(original, rejected, file=file)
            report.reject_file = file.path
    report.batch = batch.pk if report.lines_good else None


def _mark_replayed(original: ImportBatch, rejected: Sequence[tuple[int, str]]) -> None:
    still = {number for (number,) in fetch_all("SELECT line_number FROM feed_rejected")}
    settled = [number for at, (number, _) in enumerate(rejected, start=FIRST_ROW) if at not in still]
    with import_role():
        RejectedLine.objects.filter(batch=original, line_number__in=settled).update(replayed_at=timezone.now())


def _tell_findings(original: ImportBatch, rejected: Sequence[tuple[int, str]], *, file: RejectFile) -> None:
    """Write the findings under the line numbers of the original file, and add errors found for the first time there.

    A line that heals may turn out to be wrong in itself, and is then not offered again.
    """
    numbers = [number for number, _ in rejected]
    before = ImportReject.objects.filter(batch=original, severity=ERROR, line_number__in=numbers)
    known = set(before.values_list("line_number", "code", "field"))
    for page in findings_in_pages():
        found = [finding._replace(line_number=numbers[finding.line_number - FIRST_ROW]) for finding in page]
        file.add(found)
        ImportReject.objects.bulk_create(
            ImportReject(
                batch=original,
                line_number=finding.line_number,
                severity=finding.severity,
                code=finding.code,
                field=finding.field,
                value_masked=masked_value(finding.field, finding.value),
            )
            for finding in found
            if finding.severity == ERROR and (finding.line_number, finding.code, finding.field) not in known
        )
