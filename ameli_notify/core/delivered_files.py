"""Files as the funds deliver them: UTF-8 without BOM, ``;``, LF, a header line, plain or gzipped.

A row is one physical line: a quote that is not closed on its line makes that line unreadable, so that one stray
quote never swallows its neighbours. Lines are counted as an editor counts them, the header is line 1.
"""

import csv
import gzip
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import IO, Final, NamedTuple, Self

HEADER_LINE: Final = 1
FIRST_ROW: Final = 2
MAX_LINE_BYTES: Final = 1 << 20

_BLOCK_BYTES: Final = 1 << 17
"""Less than a socket holds: the server copies one block while the next is read and checked here."""
_GZIP_MAGIC: Final = b"\x1f\x8b"
_VERSION: Final = b"1"
_BOM: Final = b"\xef\xbb\xbf"

Progress = Callable[[int], object]


class RefusalCode(StrEnum):
    """Why a whole file is not loaded (feed format, version 1)."""

    SHA256 = "F01"
    ROW_COUNT = "F02"
    CONTROL_TOTAL = "F03"
    COLUMNS = "F04"
    SEQUENCE_GAP = "F05"
    ALREADY_LOADED = "F06"
    UNREADABLE = "F07"
    OTHER_CONTENT = "F08"
    TOO_MANY_REJECTS = "F09"


class FileRefusal(Exception):
    """A whole file is refused or held. ``reason`` is one French sentence for the operator."""

    def __init__(self, code: RefusalCode, reason: str) -> None:
        super().__init__(f"{code} : {reason}")
        self.code = code
        self.reason = reason


class RawLine(NamedTuple):
    """One physical line of a file, without its line feed."""

    number: int
    text: str


class DeliveredFile:
    """A file opened once: whatever is read of it is the same file, and a change under way is noticed.

    Every method raises FileRefusal (F07) when the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: IO[bytes] = path.open("rb")
        except OSError as error:
            raise FileRefusal(
                RefusalCode.UNREADABLE, f"le fichier {path.name} ne peut pas être ouvert ({error.strerror})."
            ) from error
        self._stamp = self._current_stamp()
        self.size = self._stamp[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def sha256(self) -> bytes:
        """Digest of the bytes as delivered (compressed, if they are)."""
        self._file.seek(0)
        try:
            return hashlib.file_digest(self._file, "sha256").digest()  # type: ignore[arg-type]  # a binary file
        except OSError as error:
            raise self._unreadable(str(error.strerror)) from error

    def is_gzipped(self) -> bool:
        """By its first bytes, whatever it is called."""
        try:
            self._file.seek(0)
            return self._file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        except OSError as error:
            raise self._unreadable(str(error.strerror)) from error

    def blocks(self, columns: Sequence[str], *, progress: Progress | None = None) -> Iterator[bytes]:
        """Blocks of whole lines after the header, each ending in a line feed; ``progress`` gets delivered bytes.

        Raises FileRefusal: F04 when the header is not exactly ``columns`` or the first row is of another version,
        F07 when the bytes are not readable.
        """
        is_first = True
        for block in self._blocks(columns, progress=progress):
            if is_first:
                self._check_version(block)
                is_first = False
            yield block

    def _blocks(self, columns: Sequence[str], *, progress: Progress | None) -> Iterator[bytes]:
        pending = b""
        seen_header = False
        for chunk in self._chunks(progress):
            block, feed, rest = (pending + chunk).rpartition(b"\n")
            pending = rest
            if len(pending) > MAX_LINE_BYTES:
                raise self._unreadable("une ligne est démesurément longue")
            if feed:
                yield from self._checked(block + feed, columns=None if seen_header else columns)
                seen_header = True
        if pending or not seen_header:
            yield from self._checked(pending + b"\n", columns=None if seen_header else columns)
        if self._current_stamp() != self._stamp:
            raise self._unreadable("il a été modifié pendant la lecture")

    def raw_lines(self, columns: Sequence[str], *, wanted: Sequence[int]) -> Iterator[RawLine]:
        """The lines whose numbers are in ``wanted`` (ascending, without repeats)."""
        first = FIRST_ROW
        position = 0
        for block in self.blocks(columns):
            after = first + block.count(b"\n")
            if position < len(wanted) and wanted[position] < after:
                lines = block.split(b"\n")
                while position < len(wanted) and wanted[position] < after:
                    number = wanted[position]
                    yield RawLine(number, lines[number - first].decode())
                    position += 1
            first = after

    def _chunks(self, progress: Progress | None) -> Iterator[bytes]:
        is_gzipped = self.is_gzipped()
        self._file.seek(0)
        stream: IO[bytes] = gzip.GzipFile(fileobj=self._file) if is_gzipped else self._file  # type: ignore[assignment]
        done = 0
        try:
            while chunk := stream.read(_BLOCK_BYTES):
                if progress is not None:
                    here = self._file.tell()
                    progress(here - done)
                    done = here
                yield chunk
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self._unreadable("l’archive gzip est tronquée ou abîmée") from error
        except OSError as error:
            raise self._unreadable(str(error.strerror)) from error

    def _checked(self, block: bytes, *, columns: Sequence[str] | None) -> Iterator[bytes]:
        if columns is not None:
            header, _, block = block.partition(b"\n")
            self._check_header(header, columns)
        if not block.isascii():
            try:
                block.decode()
            except UnicodeDecodeError as error:
                raise self._unreadable("il n’est pas en UTF-8") from error
        if block:
            yield block

    def _check_header(self, header: bytes, columns: Sequence[str]) -> None:
        if header.startswith(_BOM):
            raise self._unreadable("il commence par une marque d’ordre des octets (UTF-8 sans BOM attendu)")
        if header != ";".join(columns).encode():
            raise FileRefusal(
                RefusalCode.COLUMNS, f"les colonnes de {self.path.name} ne sont pas celles de la version 1 du format."
            )

    def _check_version(self, block: bytes) -> None:
        version = block.partition(b";")[0].strip(b'"')
        if version.isdigit() and version != _VERSION:
            raise FileRefusal(
                RefusalCode.COLUMNS, f"les lignes de {self.path.name} sont d’une autre version du format que la 1."
            )

    def _current_stamp(self) -> tuple[int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns

    def _unreadable(self, why: str) -> FileRefusal:
        return FileRefusal(RefusalCode.UNREADABLE, f"le fichier {self.path.name} n’est pas lisible : {why}.")


def split_row(line: str) -> list[str] | None:
    """The cells of one line, quotes resolved; None when it cannot be read (open quote, control character)."""
    if "\r" in line or "\0" in line:
        return None
    if '"' not in line:
        return line.split(";")
    try:
        rows = list(csv.reader([line], delimiter=";", strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
