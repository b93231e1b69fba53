"""One file of an export: rows out of PostgreSQL, with their identifiers, compressed and enciphered as they come."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from django.conf import settings

from ameli_notify.core.copying import copying
from ameli_notify.core.enciphered_files import EncipheredWriter
from reimbursements.partner_api.exports.models import ExportShape, PartnerExport
from reimbursements.partner_api.exports.selecting import Cut
from reimbursements.partner_api.fhir.resources import LINE_FIELDS, explanation_of_benefit
from reimbursements.partner_api.identifiers import line_identifiers

FOLDER: Final = "exports"
GZIP: Final = 16 + zlib.MAX_WBITS
FASTEST: Final = 1
"""Of the levels of compression: one more costs as much time as all the rest."""
ROWS_AT_ONCE: Final = 250
"""Few: while they are compressed PostgreSQL writes the next ones, as far as the socket takes them."""

_HEAD_TYPES: Final = ("bytea", "int8")
_JSON_TYPES: Final = (*_HEAD_TYPES, "bytea")
"""The text stays as it comes: bytes that go into the file."""
FHIR_TYPES: Final = (*_HEAD_TYPES, *("text" for _ in LINE_FIELDS))
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


def write_lines(path: Path, export: PartnerExport, cut: Cut) -> Written:
    """The lines of one file. Within ``as_partner``."""
    is_json = export.shape == ExportShape.NDJSON
    statement, types, spell = (
        (cut.json_rows, _JSON_TYPES, _spelt_as_json) if is_json else (cut.fhir_rows, FHIR_TYPES, _spelt_as_fhir)
    )
    consents: set[int] = set()
    with ExportWriter(path) as writer, copying(statement, cut.values) as copy:
        copy.set_types(types)
        for rows in _batches(copy.rows()):
            consents.update(row[1] for row in rows)
            identifiers = line_identifiers((row[0] for row in rows), partner_id=export.partner_id)
            writer.write(spell(identifiers, rows), rows=len(rows))
        return writer.end(consents)


def _spelt_as_json(identifiers: Iterable[str], rows: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    for identifier, row in zip(identifiers, rows, strict=True):
        yield from (b'{"id":"', identifier.encode(), row[2], b"\n")


def _spelt_as_fhir(identifiers: Iterable[str], rows: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    for identifier, row in zip(identifiers, rows, strict=True):
        yield explanation_of_benefit(identifier, row[2:]).encode()
        yield b"\n"


def write_texts(path: Path, texts: Iterable[str], *, consents: Callable[[], Iterable[int]]) -> Written:
    """Resources that are written down already, a line each. ``consents``: whose, once all were read."""
    with ExportWriter(path) as writer:
        for batch in _batches(texts):
            writer.write(["\n".join(batch).encode(), b"\n"], rows=len(batch))
        return writer.end(consents())


def _batches(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    batch: list[_Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
