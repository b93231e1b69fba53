"""Loading files of reimbursement lines: ``import_files``."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from ameli_notify.core.delivered_files import DeliveredFile, FileRefusal, RawLine, RefusalCode
from ameli_notify.core.findings import RejectFile
from ameli_notify.core.import_command import ImportOptions, progress_bar
from ameli_notify.core.import_report import FileReport, Outcome, counted, french_number
from ameli_notify.core.import_session import import_session
from reimbursements.feed.layout import NAMES
from reimbursements.feed.loading import count_rejects, fill_batch, merge, stage_and_judge
from reimbursements.feed.manifest import Manifest, named_parts, read_manifest
from reimbursements.feed.models import BatchStatus, ImportBatch
from reimbursements.feed.rejects import keep_rejects, write_reject_file
from reimbursements.feed.sequence import check_place, check_totals, loaded_already, record_refusal
from reimbursements.feed.staging import Staged, drop_stage

_FILE_NAME_LENGTH = 120


@dataclass(frozen=True, kw_only=True)
class FeedOptions(ImportOptions):
    """``accept_first``: the first file of an emitter may follow others that were never loaded here."""

    accept_first: bool = False


def import_files(paths: Iterable[Path], *, options: FeedOptions) -> list[FileReport]:
    """Load files in the order of each emitter's sequence; a stopped file stops those that follow it there.

    Each file is loaded whole, or not at all: refused, held, or nothing to do, and the report says why.
    """
    reports = [_import_file(path, options=options) for path in sorted(paths, key=_place)]
    drop_stage()
    return reports


def _import_file(path: Path, *, options: FeedOptions) -> FileReport:
    started = time.perf_counter()
    attempt = _Attempt(path=path, options=options)
    try:
        report = attempt.run()
    except FileRefusal as refusal:
        report = attempt.refused(refusal)
    report.seconds = time.perf_counter() - started
    return report


def _place(path: Path) -> tuple[str, int, str]:
    parts = named_parts(path)
    return parts.emitter_code, parts.sequence or 0, path.name


class _Attempt:
    """One attempt at one file; what it learns on the way is what a refusal reports."""

    def __init__(self, *, path: Path, options: FeedOptions) -> None:
        self.path = path
        self.options = options
        self.started_at = timezone.now()
        self.report = FileReport(file=path.name)
        self.manifest: Manifest | None = None
        self.sha256 = b""

    def run(self) -> FileReport:
        with DeliveredFile(self.path) as delivered:
            self.sha256 = delivered.sha256()
            self.manifest = manifest = read_manifest(self.path)
            if self.sha256 != manifest.sha256:
                raise FileRefusal(RefusalCode.SHA256, "l’empreinte du fichier n’est pas celle du manifeste.")
            self._check_name(manifest)
            self._check_compression(manifest, is_gzipped=delivered.is_gzipped())
            with import_session(f"feed|{manifest.emitter_code}"):
                batch = loaded_already(self.sha256)
                if batch is not None:
                    return self._nothing_to_do(batch)
                check_place(manifest, accept_first=self.options.accept_first)
                return self._load(delivered, manifest)

    def _check_name(self, manifest: Manifest) -> None:
        """Under the manifest of another emitter the file would take a place in that one's sequence."""
        named = named_parts(self.path)
        if named.emitter_code and named.emitter_code != manifest.emitter_code:
            raise FileRefusal(RefusalCode.UNREADABLE, "le manifeste est celui d’un autre émetteur.")
        if manifest.file != self.path.name:
            raise FileRefusal(RefusalCode.UNREADABLE, "le manifeste est celui d’un fichier qui porte un autre nom.")

    def _check_compression(self, manifest: Manifest, *, is_gzipped: bool) -> None:
        if manifest.is_gzipped != is_gzipped:
            said, is_so = ("gzip", "ne l’est pas") if manifest.is_gzipped else ("non compressé", "est compressé")
            raise FileRefusal(RefusalCode.UNREADABLE, f"le manifeste annonce un fichier {said}, et celui-ci {is_so}.")

    def refused(self, refusal: FileRefusal) -> FileReport:
        is_held = refusal.code is RefusalCode.SEQUENCE_GAP
        self.report.outcome = Outcome.HELD if is_held else Outcome.REFUSED
        self.report.code, self.report.reason = refusal.code, refusal.reason
        batch = self._batch(BatchStatus.HELD if is_held else BatchStatus.REFUSED)
        record_refusal(batch, refusal)
        fill_batch(batch, self.report)
        self.report.batch = batch.pk
        return self.report

    def _nothing_to_do(self, batch: ImportBatch) -> FileReport:
        self.report.outcome, self.report.code = Outcome.NOTHING_TO_DO, RefusalCode.ALREADY_LOADED
        self.report.reason = f"ce fichier a déjà été chargé (lot {batch.pk})."
        self.report.batch = batch.pk
        return self.report

    def _batch(self, status: BatchStatus) -> ImportBatch:
        source = self.manifest or named_parts(self.path)
        return ImportBatch(
            emitter_code=source.emitter_code,
            flow_date=source.flow_date,
            sequence=source.sequence,
            file_name=self.path.name[:_FILE_NAME_LENGTH],
            sha256=self.sha256,
            status=status,
            started_at=self.started_at,
        )

    def _load(self, delivered: DeliveredFile, manifest: Manifest) -> FileReport:
        def check(staged: Staged) -> None:
            self.report.rows = staged.rows
            check_totals(staged, manifest)

        with progress_bar(self.path, size=delivered.size) as progress:
            staged = stage_and_judge(
                delivered.blocks(NAMES, progress=progress),
                flow_date=manifest.flow_date,
                kept_on=manifest.flow_date,
                check=check,
            )
        with transaction.atomic():
            self._merge(delivered, staged)
        return self.report

    def _merge(self, delivered: DeliveredFile, staged: Staged) -> None:
        # Most files with too many rejects are known before their first line is inserted.
        count_rejects(self.report)
        self._check_reject_rate()
        batch = self._batch(BatchStatus.LOADED)
        batch.save()
        merge(batch, staged, self.report)
        self._check_reject_rate()

        def raw_lines(wanted: Sequence[int]) -> Iterator[RawLine]:
            return delivered.raw_lines(NAMES, wanted=wanted)

        keep_rejects(batch.pk, raw_lines=raw_lines)
        self._write_reject_file()
        self.report.batch = batch.pk

    def _check_reject_rate(self) -> None:
        rejected, rows = self.report.lines_rejected, self.report.rows
        if rejected <= self.options.max_reject_rate * rows:
            return
        self._write_reject_file()
        share = f"{100 * rejected / rows:.1f}".replace(".", ",")
        raise FileRefusal(
            RefusalCode.TOO_MANY_REJECTS,
            f"{counted(rejected, 'ligne rejetée')} sur {french_number(rows)} ({share} %), au-delà de la limite ; "
            "rien n’a été chargé.",
        )

    def _write_reject_file(self) -> None:
        with RejectFile(self.options.rejects_dir, delivered_name=self.path.name) as file:
            write_reject_file(file)
            self.report.reject_file = file.path
