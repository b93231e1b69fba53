"""Reading of our own reference files (UTF-8, `;`, header line) into typed rows."""

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

from reimbursements.reference.rows import (
    ActRow,
    CodedRow,
    CopayRuleRow,
    DatedRow,
    FundRow,
    NatureRow,
    PayeeRow,
    SpecialtyRow,
)

DATA_DIRECTORY: Final = Path(__file__).parent / "data"

Row = TypeVar("Row", bound=DatedRow)
Cell = str | int | bool | Decimal | dt.date | None


class ReferenceFileError(ValueError):
    """A reference file cannot be read. Says in French which file, which line (header = 1) and why."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path.name}, ligne {line} : {reason}")
        self.path = path
        self.line = line
        self.reason = reason


def funds() -> list[FundRow]:
    return read_table(DATA_DIRECTORY / "funds.csv", row_type=FundRow)


def natures() -> list[NatureRow]:
    return read_table(DATA_DIRECTORY / "natures.csv", row_type=NatureRow)


def acts() -> list[ActRow]:
    return read_table(DATA_DIRECTORY / "acts.csv", row_type=ActRow)


def specialties() -> list[SpecialtyRow]:
    return read_table(DATA_DIRECTORY / "specialties.csv", row_type=SpecialtyRow)


def payees() -> list[PayeeRow]:
    return read_table(DATA_DIRECTORY / "payees.csv", row_type=PayeeRow)


def exemptions() -> list[CodedRow]:
    return read_table(DATA_DIRECTORY / "exemptions.csv", row_type=CodedRow)


def care_paths() -> list[CodedRow]:
    return read_table(DATA_DIRECTORY / "care_paths.csv", row_type=CodedRow)


def insurance_natures() -> list[CodedRow]:
    return read_table(DATA_DIRECTORY / "insurance_natures.csv", row_type=CodedRow)


def conditions() -> list[CodedRow]:
    """Long-term conditions (ALD list)."""
    return read_table(DATA_DIRECTORY / "ald.csv", row_type=CodedRow)


def copay_rules() -> list[CopayRuleRow]:
    return read_table(DATA_DIRECTORY / "copay_rules.csv", row_type=CopayRuleRow)


def read_table(path: Path, *, row_type: type[Row]) -> list[Row]:
    """Read one file. Raises ReferenceFileError on a missing column, an unreadable value, a missing source, a
    period that ends before it starts or a key given twice."""
    readers = _field_readers(row_type)
    rows: list[Row] = []
    seen: dict[tuple[Any, ...], int] = {}
    for line, cells in _numbered_lines(path, columns=list(readers)):
        values: dict[str, Any] = {
            name: _read(cells[name], reader=reader, column=name, path=path, line=line)
            for name, reader in readers.items()
        }
        row = row_type(**values)
        key = tuple(getattr(row, name) for name in row_type.key)
        if key in seen:
            raise ReferenceFileError(path, line, f"même {', '.join(row_type.key)} qu’à la ligne {seen[key]}")
        if not row.source:
            raise ReferenceFileError(path, line, "la source manque")
        if row.valid_to is not None and row.valid_to < row.valid_from:
            raise ReferenceFileError(path, line, "valid_to précède valid_from")
        seen[key] = line
        rows.append(row)
    return rows


def _numbered_lines(path: Path, *, columns: list[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream, delimiter=";", strict=True)
            header = next(reader, None)
            if header is None:
                raise ReferenceFileError(path, 1, "le fichier est vide")
            missing = [name for name in columns if name not in header]
            if missing:
                raise ReferenceFileError(path, 1, f"colonnes manquantes : {', '.join(missing)}")
            for cells in reader:
                if len(cells) != len(header):
                    raise ReferenceFileError(
                        path, reader.line_num, f"{len(cells)} colonnes, et l’en-tête en a {len(header)}"
                    )
                yield reader.line_num, dict(zip(header, cells, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReferenceFileError(path, 1, f"ce n’est pas un CSV en UTF-8 ({error})") from error


def _read(text: str, *, reader: Callable[[str], Cell], column: str, path: Path, line: int) -> Cell:
    try:
        return reader(text)
    except (ValueError, InvalidOperation) as error:
        raise ReferenceFileError(path, line, f"{column} illisible : « {text} »") from error


def _field_readers(row_type: type[DatedRow]) -> dict[str, Callable[[str], Cell]]:
    hints = get_type_hints(row_type)
    return {field.name: _READERS[hints[field.name]] for field in fields(row_type)}


def _boolean(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("neither 0 nor 1")
    return text == "1"


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError("not a finite number")
    return value


_READERS: Final[dict[Any, Callable[[str], Cell]]] = {
    str: str,
    int: int,
    bool: _boolean,
    Decimal: _decimal,
    Decimal | None: lambda text: _decimal(text) if text else None,
    dt.date: dt.date.fromisoformat,
    dt.date | None: lambda text: dt.date.fromisoformat(text) if text else None,
}
