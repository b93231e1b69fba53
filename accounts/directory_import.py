"""What the loads of the two directories share: one transaction a file, findings, reject file, batch row."""

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.people.enums import DirectoryKind
from accounts.people.models import DirectoryBatch
from ameli_notify.core.delivered_files import FIRST_ROW, DeliveredFile, FileRefusal, RawLine, RefusalCode
from ameli_notify.core.findings import ERROR, Finding, RejectFile
from ameli_notify.core.import_command import ImportOptions, progress_bar
from ameli_notify.core.import_report import FileReport, Outcome, counted, french_number
from ameli_notify.core.import_session import import_session

_FILE_NAME_LENGTH: Final = 120


class DirectoryImport(ABC):
    """One attempt at one directory file. A subclass loads the lines and counts what it did."""

    def __init__(self, path: Path, *, kind: DirectoryKind, columns: Sequence[str], options: ImportOptions) -> None:
        self.path = path
        self.kind = kind
        self.columns = columns
        self.options = options
        self.started_at = timezone.now()
        self.report = FileReport(file=path.name)
        self.findings: list[Finding] = []
        self.rows_new = 0
        self.rows_changed = 0

    @abstractmethod
    def load(self, lines: Iterator[RawLine]) -> None:
        """Load the lines inside the transaction, adding up ``report.lines_good`` and the row counts."""

    def run(self) -> FileReport:
        """Load the file, or say why not; all of it, or nothing."""
        started = time.perf_counter()
        try:
            with (
                DeliveredFile(self.path) as delivered,
                import_session(f"directory|{self.kind}"),
                transaction.atomic(),
            ):
                self._load(delivered)
        except FileRefusal as refusal:
            self.report = FileReport(
                file=self.path.name,
                outcome=Outcome.REFUSED,
                code=refusal.code,
                reason=refusal.reason,
                rows=self.report.rows,
                rejects=self.report.rejects,
                lines_rejected=self.report.lines_rejected,
                reject_file=self.report.reject_file,
            )
        self.report.seconds = time.perf_counter() - started
        return self.report

    def find(self, findings: Iterable[Finding]) -> None:
        self.findings.extend(findings)

    def _load(self, delivered: DeliveredFile) -> None:
        sha256 = delivered.sha256()
        with progress_bar(self.path, size=delivered.size) as progress:
            self.load(self._lines(delivered.blocks(self.columns, progress=progress)))
        self._count()
        self._check_reject_rate()
        batch = DirectoryBatch.objects.create(
            kind=self.kind,
            file_name=self.path.name[:_FILE_NAME_LENGTH],
            sha256=sha256,
            rows_good=self.report.lines_good,
            rows_new=self.rows_new,
            rows_changed=self.rows_changed,
            reject_counts=dict(self.report.rejects),
            started_at=self.started_at,
            finished_at=timezone.now(),
        )
        self.report.batch = batch.pk
        self.report.details = {
            "rows_new": self.rows_new,
            "rows_changed": self.rows_changed,
            "rows_unchanged": max(0, self.report.lines_good - self.rows_new - self.rows_changed),
        }

    def _lines(self, blocks: Iterable[bytes]) -> Iterator[RawLine]:
        for block in blocks:
            for text in block.decode().split("\n")[:-1]:
                yield RawLine(FIRST_ROW + self.report.rows, text)
                self.report.rows += 1

    def _count(self) -> None:
        self.findings.sort()
        with RejectFile(self.options.rejects_dir, delivered_name=self.path.name) as file:
            file.add(self.findings)
            self.report.reject_file = file.path
        lines = Counter(code for code, _ in {(found.code, found.line_number) for found in self.findings})
        for code, count in lines.items():
            (self.report.rejects if code.startswith(ERROR) else self.report.warnings)[code] = count
        self.report.lines_rejected = len({found.line_number for found in self.findings if found.severity == ERROR})

    def _check_reject_rate(self) -> None:
        rejected, rows = self.report.lines_rejected, self.report.rows
        if rejected > self.options.max_reject_rate * rows:
            share = f"{100 * rejected / rows:.1f}".replace(".", ",")
            raise FileRefusal(
                RefusalCode.TOO_MANY_REJECTS,
                f"{counted(rejected, 'ligne rejetée')} sur {french_number(rows)} ({share} %), au-delà de la limite ; "
                "rien n’a été chargé.",
            )
