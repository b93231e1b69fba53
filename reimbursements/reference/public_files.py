"""Public files that extend the acts: the medicines of the BDPM (ANSM) and the CCAM table (Cnam)."""

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from stdnum import ean

from reimbursements.reference.loader import ReferenceFileError
from reimbursements.reference.rows import ActRow

BDPM_SOURCE: Final = "BDPM (ANSM), fichier CIS_CIP_bdpm"
CCAM_SOURCE: Final = "CCAM (Cnam), table publique"
PUBLIC_SOURCES: Final = (BDPM_SOURCE, CCAM_SOURCE)

# The day given to rows whose file does not date them; older than any line we keep.
UNDATED: Final = dt.date(2020, 1, 1)

_CCAM_CODE: Final = re.compile(r"[A-Z]{4}[0-9]{3}")
_CCAM_VERSION: Final = re.compile(r"applicable\s+(?:au|à partir du)\s+(\d{2})/(\d{2})/(\d{4})", re.IGNORECASE)
_BDPM_COLUMNS: Final = 10


def read_bdpm(path: Path) -> list[ActRow]:
    """Presentations of `CIS_CIP_bdpm.txt`: tab separated, UTF-8 or Latin-1, no header; CIP13 in column 7, rate
    ("65%", "65 %" or empty) in column 9, price in column 10 ("1,00"; "1,195,27" means 1195.27).

    The names of the medicines are in `CIS_bdpm.txt`; they are taken when that file lies beside.
    Raises ReferenceFileError.
    """
    names = _bdpm_names(path.with_name("CIS_bdpm.txt"))
    rows: dict[str, ActRow] = {}
    for line, cells in _tab_lines(path, at_least=_BDPM_COLUMNS):
        cis, presentation, marketed_on, cip13 = cells[0], cells[2].strip(), cells[5], cells[6].strip()
        if len(cip13) != 13 or not ean.is_valid(cip13):
            raise ReferenceFileError(path, line, f"CIP13 de forme ou de clé fausse : « {cip13} »")
        name = names.get(cis, "")
        rows[cip13] = ActRow(
            system="CIP13",
            code=cip13,
            label=(f"{name}, {presentation}" if name else presentation)[:300],
            plain_label=name[:300],
            tariff=_french_amount(cells[9], path=path, line=line),
            rate_pct=_percentage(cells[8], path=path, line=line),
            valid_from=_french_date(marketed_on, path=path, line=line),
            valid_to=None,
            source=BDPM_SOURCE,
        )
    return list(rows.values())


def read_ccam(path: Path) -> list[ActRow]:
    """Acts of the CCAM table: CSV with `;` or `,`, a header that names code, text and tariff (with or without a
    preamble), notes between the acts. The first tariff of an act (activity 1, phase 0) is kept; "Non pris en
    charge" gives no tariff. Raises ReferenceFileError.
    """
    text = _decoded(path)
    delimiter = ";" if text.count(";") > text.count(",") else ","
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    valid_from = UNDATED
    header: tuple[int, int, int] | None = None
    rows: dict[str, ActRow] = {}
    for cells in reader:
        if header is None:
            version = _CCAM_VERSION.search(" ".join(cells))
            if version is not None:
                valid_from = dt.date(int(version[3]), int(version[2]), int(version[1]))
            header = _ccam_header(cells)
            continue
        code_at, label_at, tariff_at = header
        if len(cells) <= max(header) or not _CCAM_CODE.fullmatch(cells[code_at].strip()):
            continue
        code = cells[code_at].strip()
        rows.setdefault(
            code,
            ActRow(
                system="CCAM",
                code=code,
                label=" ".join(cells[label_at].split())[:300],
                plain_label="",
                tariff=_plain_amount(cells[tariff_at], path=path, line=reader.line_num),
                rate_pct=None,
                valid_from=valid_from,
                valid_to=None,
                source=CCAM_SOURCE,
            ),
        )
    if header is None:
        raise ReferenceFileError(path, 1, "pas d’en-tête avec une colonne de code, de texte et de tarif")
    return list(rows.values())


def overlay(own: Iterable[ActRow], *, public: Iterable[ActRow]) -> list[ActRow]:
    """Own rows with the public ones laid over: a public row takes the place of our open row of the same act,
    keeps its first day and, where it has none, its plain label and rate; other public rows are added."""
    merged = {(row.system, row.code, row.valid_from): row for row in own}
    open_rows = {(row.system, row.code): row for row in merged.values() if row.valid_to is None}
    for row in public:
        ours = open_rows.get((row.system, row.code))
        valid_from = row.valid_from if ours is None else ours.valid_from
        merged[row.system, row.code, valid_from] = ActRow(
            system=row.system,
            code=row.code,
            label=row.label,
            plain_label=row.plain_label or (ours.plain_label if ours else ""),
            tariff=row.tariff,
            rate_pct=row.rate_pct if row.rate_pct is not None or ours is None else ours.rate_pct,
            valid_from=valid_from,
            valid_to=None,
            source=row.source,
        )
    return list(merged.values())


def _bdpm_names(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    return {cells[0]: cells[1].strip() for _line, cells in _tab_lines(path, at_least=2)}


def _tab_lines(path: Path, *, at_least: int) -> Iterator[tuple[int, list[str]]]:
    for line, text in enumerate(_decoded(path).split("\n"), start=1):
        if not text.strip():
            continue
        cells = text.rstrip("\r").split("\t")
        if len(cells) < at_least:
            raise ReferenceFileError(path, line, f"{len(cells)} colonnes, et il en faut {at_least}")
        yield line, cells


def _decoded(path: Path) -> str:
    """The public files change their encoding from one delivery to the next."""
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _ccam_header(cells: list[str]) -> tuple[int, int, int] | None:
    """Positions of code, label and tariff, when the line is the header."""
    names = [" ".join(cell.lower().split()) for cell in cells]
    code = next((at for at, name in enumerate(names) if name.startswith("code")), None)
    label = next((at for at, name in enumerate(names) if name.startswith(("texte", "libell", "label"))), None)
    tariff = next((at for at, name in enumerate(names) if name.startswith(("tarif", "prix"))), None)
    if code is None or label is None or tariff is None:
        return None
    return code, label, tariff


def _plain_amount(text: str, *, path: Path, line: int) -> Decimal | None:
    """A spreadsheet's number, rounded to the cent (86.400000000000006); words mean that there is no tariff."""
    compact = text.strip().replace(",", ".")
    if not compact or not compact[0].isdigit():
        return None
    try:
        return Decimal(compact).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise ReferenceFileError(path, line, f"tarif illisible : « {text} »") from error


def _french_amount(text: str, *, path: Path, line: int) -> Decimal | None:
    """`1,195,27` is 1195.27: the last comma is the decimal one."""
    compact = text.strip()
    if not compact:
        return None
    whole, _comma, cents = compact.rpartition(",")
    try:
        return Decimal(f"{whole.replace(',', '')}.{cents}" if whole else cents).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise ReferenceFileError(path, line, f"prix illisible : « {text} »") from error


def _percentage(text: str, *, path: Path, line: int) -> Decimal | None:
    compact = text.replace("%", "").replace("\xa0", "").strip()
    if not compact:
        return None
    # Several rates by indication ("15%;65%"): the most favourable one, as the BDPM lists them.
    try:
        return max(Decimal(part.strip().replace(",", ".")) for part in compact.split(";"))
    except InvalidOperation as error:
        raise ReferenceFileError(path, line, f"taux illisible : « {text} »") from error


def _french_date(text: str, *, path: Path, line: int) -> dt.date:
    if not text.strip():
        return UNDATED
    try:
        day, month, year = text.strip().split("/")
        return dt.date(int(year), int(month), int(day))
    except ValueError as error:
        raise ReferenceFileError(path, line, f"date illisible : « {text} »") from error
