"""What an import finds wrong on a line, and the reject file that says so without showing anybody's number."""

import csv
import os
import re
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, NamedTuple, Self

from ameli_notify.core.masking import mask_nir, mask_personal_data

E001_PARSE: Final = "E001_PARSE"
E101_NIR_KEY: Final = "E101_NIR_KEY"
E110_UNKNOWN_PERSON: Final = "E110_UNKNOWN_PERSON"
E111_RPPS_KEY: Final = "E111_RPPS_KEY"
W112_FINESS: Final = "W112_FINESS"

ERROR: Final = "E"
WARNING: Final = "W"

NIR_FIELDS: Final = frozenset({"nir", "policyholder_nir", "insured_nir", "beneficiary_nir"})
WHOLE_LINE: Final = "line"
"""The field of a finding about the number of columns; its value is that number."""

_REJECT_COLUMNS: Final = ("line", "severity", "code", "field", "value_masked")
_SHOWN_CHARACTERS: Final = 24
_MEDICINE_CODE: Final = re.compile(r"34009\d{8}", re.ASCII)
_LONG_NUMBER: Final = re.compile(r"\d{12,}", re.ASCII)

Severity = Literal["E", "W"]


class Finding(NamedTuple):
    """One finding on one line. ``value`` is as delivered and must never be shown: see ``masked_value``."""

    line_number: int
    code: str
    field: str
    value: str

    @property
    def severity(self) -> Severity:
        return ERROR if self.code.startswith(ERROR) else WARNING


def masked_value(field: str, value: str) -> str:
    """A NIR keeps 7 characters in front and 2 at the end; anything else is cleaned of personal data and cut."""
    value = "".join(character if character.isprintable() else "?" for character in value)
    if field in NIR_FIELDS:
        return mask_nir(value)[:_SHOWN_CHARACTERS]
    if _MEDICINE_CODE.fullmatch(value):
        return value
    value = _LONG_NUMBER.sub(lambda number: mask_nir(number[0]), mask_personal_data(value))
    return value if len(value) <= _SHOWN_CHARACTERS else value[: _SHOWN_CHARACTERS - 1] + "…"


class RejectFile:
    """``<file>.rejets.csv``: one row per finding, in the order they are added. It appears only once complete."""

    def __init__(self, folder: Path, *, delivered_name: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / f"{delivered_name}.rejets.csv"
        self._partial = self.path.with_suffix(f".{os.getpid()}.partial")

    def __enter__(self) -> Self:
        self._file = open(self._partial, "w", encoding="utf-8", newline="", opener=_private)
        self._writer = csv.writer(self._file, delimiter=";", lineterminator="\n")
        self._writer.writerow(_REJECT_COLUMNS)
        return self

    def add(self, findings: Iterable[Finding]) -> None:
        self._writer.writerows(
            (found.line_number, found.severity, found.code, found.field, masked_value(found.field, found.value))
            for found in findings
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is None:
            self._partial.replace(self.path)
        else:
            self._partial.unlink()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
