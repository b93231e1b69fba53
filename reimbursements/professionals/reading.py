"""One row of professionnels-v1 read and judged."""

import datetime as dt
import re
from typing import Final, NamedTuple

from ameli_notify.core.delivered_files import RawLine, split_row
from ameli_notify.core.findings import E001_PARSE, E111_RPPS_KEY, W112_FINESS, WHOLE_LINE, Finding
from reimbursements.professionals.numbers import is_finess, is_rpps

COLUMNS: Final = (
    "format_version", "rpps", "am_no", "finess", "last_name", "first_name", "specialty", "department", "convention",
    "active_from", "active_to",
)  # fmt: skip

_DATE: Final = r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_FORMS: Final = tuple(
    re.compile(form, re.ASCII)
    for form in (
        "1", ".{0,40}", r"[0-9AB]{0,9}", ".{0,40}", r".{1,80}", r".{0,80}", r"[0-9A-Z]{0,2}", r"[0-9AB]{0,3}",
        r"\d{0,4}", _DATE, f"(?:{_DATE})?",
    )
)  # fmt: skip
_FINESS_LENGTH: Final = 9


class ProfessionalRow(NamedTuple):
    """One accepted row, in the order of the staging table."""

    row_no: int
    rpps: int
    am_no: str
    finess: str
    last_name: str
    first_name: str
    specialty: str
    department: str
    convention: int | None
    active_from: dt.date
    active_to: dt.date | None


def read_professional(line: RawLine) -> tuple[ProfessionalRow | None, list[Finding]]:
    """The row, unless a finding rejects it, and the findings."""
    cells = split_row(line.text)
    if cells is None or len(cells) != len(COLUMNS):
        return None, [Finding(line.number, E001_PARSE, WHOLE_LINE, "" if cells is None else str(len(cells)))]
    findings = [
        Finding(line.number, E001_PARSE, name, cell)
        for name, form, cell in zip(COLUMNS, _FORMS, cells, strict=True)
        if not (form.fullmatch(cell) and (not cell or cell.isprintable()))
    ]
    active_from, active_to = _date(cells[9]), _date(cells[10])
    if not findings and (active_from is None or (cells[10] and active_to is None)):
        name = "active_from" if active_from is None else "active_to"
        findings = [Finding(line.number, E001_PARSE, name, cells[COLUMNS.index(name)])]
    if not findings and not is_rpps(cells[1]):
        findings = [Finding(line.number, E111_RPPS_KEY, "rpps", cells[1])]
    if findings or active_from is None:
        return None, findings
    finess = cells[3]
    if finess and not is_finess(finess):
        findings = [Finding(line.number, W112_FINESS, "finess", finess)]
        finess = finess if len(finess) <= _FINESS_LENGTH else ""
    convention = int(cells[8]) if cells[8] else None
    row = ProfessionalRow(
        line.number, int(cells[1]), cells[2], finess, cells[4], cells[5], cells[6], cells[7], convention,
        active_from, active_to,
    )  # fmt: skip
    return row, findings


def _date(text: str) -> dt.date | None:
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:])) if text else None
    except ValueError:
        return None
