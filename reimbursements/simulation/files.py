"""The files as delivered: one writer per DEC file with its manifest, and plain directories (ASS, PRO)."""

import csv
import gzip
import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from reimbursements.simulation.lines import AT, LINE_COLUMNS

_PIECES_PER_WRITE: Final = 2_000


class _Sink(Protocol):
    def write(self, data: bytes, /) -> int: ...

    def close(self) -> None: ...


class _Delivery:
    """A file that knows the sha256 of what was written to it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.digest = hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        self.digest.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class _Text:
    """UTF-8 text on its way to a delivery, plain or compressed, in large pieces.

    No name and no time in a gzip header: the same seed gives the same bytes.
    """

    def __init__(self, path: Path, *, is_gzipped: bool) -> None:
        self._delivery = _Delivery(path)
        self._sink: _Sink = self._delivery
        if is_gzipped:
            self._sink = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=self._delivery, mtime=0)
        self._pending: list[str] = []

    @property
    def sha256(self) -> str:
        return self._delivery.digest.hexdigest()

    def write(self, text: str) -> int:
        self._pending.append(text)
        if len(self._pending) >= _PIECES_PER_WRITE:
            self._flush()
        return len(text)

    def close(self) -> None:
        self._flush()
        self._sink.close()
        self._delivery.close()

    def _flush(self) -> None:
        self._sink.write("".join(self._pending).encode())
        self._pending.clear()


class LineFile:
    """A DEC file being written. Line numbers count the header as 1."""

    def __init__(self, *, directory: Path, emitter: str, flow_date: str, sequence: int, is_gzipped: bool) -> None:
        stem = f"DEC_{emitter}_{flow_date}_{sequence:04d}"
        self.name = f"{stem}.csv.gz" if is_gzipped else f"{stem}.csv"
        self.rows = 0
        self._manifest_path = directory / f"{stem}.manifest.json"
        self._emitter = emitter
        self._flow_date = flow_date
        self._sequence = sequence
        self._is_gzipped = is_gzipped
        self._paid = 0
        self._charged = 0
        self._text = _Text(directory / self.name, is_gzipped=is_gzipped)
        self._text.write(";".join(LINE_COLUMNS) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._text.close()
        if kind is None:
            self._write_manifest()

    @property
    def next_line(self) -> int:
        return self.rows + 2

    def add(self, rows: Sequence[str], *, paid: int, charged: int) -> None:
        """Add rows whose amounts, in cents, sum up to ``paid`` and ``charged`` (the control totals)."""
        for row in rows:
            self._text.write(row + "\n")
        self.rows += len(rows)
        self._paid += paid
        self._charged += charged

    def add_as_written(self, row: str) -> None:
        """Add one row whose amounts are read from its columns."""
        cells = row.split(";")
        self.add([row], paid=_amount(cells[AT["amount_paid"]]), charged=_amount(cells[AT["amount_charged"]]))

    def _write_manifest(self) -> None:
        flow_date = self._flow_date
        manifest = {
            "format": "decompte-lines",
            "format_version": 1,
            "emitter_code": self._emitter,
            "flow_date": f"{flow_date[:4]}-{flow_date[4:6]}-{flow_date[6:]}",
            "sequence": self._sequence,
            "previous_sequence": self._sequence - 1,
            "file": self.name,
            "compression": "gzip" if self._is_gzipped else "none",
            "row_count": self.rows,
            "control_total_paid": _euros(self._paid),
            "control_total_charged": _euros(self._charged),
            "sha256": self._text.sha256,
        }
        self._manifest_path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def write_directory_file(
    path: Path, *, columns: Sequence[str], rows: Iterable[Sequence[str]], is_gzipped: bool
) -> None:
    """Write an ASS or PRO file, quoting where a value needs it."""
    with closing(_Text(path, is_gzipped=is_gzipped)) as text:
        writer = csv.writer(text, delimiter=";", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _amount(text: str) -> int:
    return round(float(text) * 100)


def _euros(amount: int) -> str:
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"
