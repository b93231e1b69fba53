"""One file of an export: rows out of PostgreSQL, with their identifiers, compressed and enciphered as they come."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from django.conf import settings

from ameli_notify.core.copying import copying
from ameli_notify.core.enciphered_files import EncipheredWriter
from reimbursements.partner_api.exports.models import ExportShape, PartnerExport
from reimbursements.partner_api.exports.selecting import Values, fhir_rows, json_rows
from reimbursements.partner_api.fhir.resources import explanation_of_benefit
from reimbursements.partner_api.identifiers import line_identifiers
from reimbursements.partner_api.line_texts import HEAD_DIGITS, KEY_DIGITS

FOLDER: Final = "exports"
GZIP: Final = 16 + zlib.MAX_WBITS
FASTEST: Final = 1
"""Of the levels of compression: one more costs as much time as all the rest."""
ROWS_AT_ONCE: Final = 250
"""Few: while they are compressed PostgreSQL writes the next ones, as far as the socket takes them."""

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a file holds; ``consents``: whose."""

    rows: int
    size: int
    sha256: bytes
    key: bytes
    consents: frozenset[int]


class ExportWriter:
    """Takes batches of lines of text, and compresses them without a date, so that the same rows are the same bytes."""

    def __init__(self, path: Path) -> None:
        self._file = EncipheredWriter(path)
        self._gzip = zlib.compressobj(FASTEST, zlib.DEFLATED, GZIP)
        self._rows = 0

    def write(self, pieces: Iterable[bytes], *, rows: int) -> None:
        self._rows += rows
        self._file.write(self._gzip.compress(b"".join(pieces)))

    def end(self, consents: Iterable[int]) -> Written:
        self._file.write(self._gzip.flush())
        file = self._file
        return Written(rows=self._rows, size=file.size, sha256=file.sha256, key=file.key, consents=frozenset(consents))

    def __enter__(self) -> "ExportWriter":
        self._file.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._file.__exit__(*error)


def path_of(name: object) -> Path:
    """Where a file of that name lies."""
    return settings.VAR_DIR / FOLDER / str(name)


def write_lines(path: Path, export: PartnerExport, values: Values) -> Written:
    """The lines up to the bound in ``values``. Within ``as_partner``."""
    write = _write_json if export.shape == ExportShape.NDJSON else _write_fhir
    with ExportWriter(path) as writer:
        return writer.end(write(writer, export, values))


def _write_json(writer: ExportWriter, export: PartnerExport, values: Values) -> set[int]:
    consents: set[int] = set()
    with copying(json_rows(is_by_period=export.is_by_period), values) as copy:
        for rows in _batches(bytes(row) for row in copy):
            heads = bytes.fromhex(b"".join(row[:HEAD_DIGITS] for row in rows).decode())
            pieces: list[bytes] = []
            for identifier, row in zip(_identifiers(heads, export, consents), rows, strict=True):
                rest = row[HEAD_DIGITS:]
                pieces += (b'{"id":"', identifier.encode(), rest.replace(b"\\\\", b"\\") if b"\\" in rest else rest)
            writer.write(pieces, rows=len(rows))
    return consents


def _write_fhir(writer: ExportWriter, export: PartnerExport, values: Values) -> set[int]:
    consents: set[int] = set()
    with copying(fhir_rows(is_by_period=export.is_by_period), values) as copy:
        for rows in _batches(copy.rows()):
            heads = bytes.fromhex("".join(row[0] for row in rows))
            told = (
                explanation_of_benefit(identifier, row[1:])
                for identifier, row in zip(_identifiers(heads, export, consents), rows, strict=True)
            )
            writer.write(["\n".join(told).encode(), b"\n"], rows=len(rows))
    return consents


def write_texts(path: Path, texts: Iterable[str], *, consents: Callable[[], Iterable[int]]) -> Written:
    """Resources that are written down already, a line each. ``consents``: whose, once all were read."""
    with ExportWriter(path) as writer:
        for batch in _batches(texts):
            writer.write(["\n".join(batch).encode(), b"\n"], rows=len(batch))
        return writer.end(consents())


def _identifiers(heads: bytes, export: PartnerExport, consents: set[int]) -> list[str]:
    """The identifiers of a batch; its consents are added to ``consents``."""
    size, key = HEAD_DIGITS // 2, KEY_DIGITS // 2
    starts = range(0, len(heads), size)
    consents |= {int.from_bytes(consent) for consent in {heads[start + key : start + size] for start in starts}}
    packed = b"".join([heads[start : start + key] for start in starts])
    return line_identifiers(packed, partner_id=export.partner_id)


def _batches(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    batch: list[_Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
