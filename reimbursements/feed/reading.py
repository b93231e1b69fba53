"""The slow path: one line that is not plainly written, read cell by cell."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from ameli_notify.core.delivered_files import split_row
from ameli_notify.core.findings import E001_PARSE, WHOLE_LINE, Finding
from reimbursements.feed.layout import AMOUNT_CHARGED, AMOUNT_PAID, COLUMNS, Column

_GRAMMARS: Final = tuple(re.compile(column.grammar, re.ASCII) for column in COLUMNS)
_WRITTEN_AMOUNT: Final = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?", re.ASCII)
_COPY_SPECIAL: Final = re.compile(r"[\\;]")
EMPTY_ROW: Final = b";" * (len(COLUMNS) - 1) + b"\n"
"""Staged in place of an unreadable line, so that staged rows and lines of the file keep step."""


class SlowLine(NamedTuple):
    """``staged``: the row for COPY, EMPTY_ROW when the line is unreadable. The totals are what an unreadable
    line adds to the control totals: its amounts as written, as far as they can be read."""

    staged: bytes
    findings: list[Finding]
    unread_paid: Decimal
    unread_charged: Decimal


def read_slowly(text: str, *, line_number: int) -> SlowLine:
    """Read a line with quotes, unusual characters or something wrong in it."""
    cells = split_row(text)
    if cells is None:
        return _unreadable([Finding(line_number, E001_PARSE, WHOLE_LINE, "")], cells=text.split(";"))
    if len(cells) != len(COLUMNS):
        return _unreadable([Finding(line_number, E001_PARSE, WHOLE_LINE, str(len(cells)))], cells=cells)
    findings: list[Finding] = []
    staged: list[str] = []
    for column, grammar, cell in zip(COLUMNS, _GRAMMARS, cells, strict=True):
        if grammar.fullmatch(cell) or _is_short_text(column, cell):
            staged.append(_COPY_SPECIAL.sub(r"\\\g<0>", cell))
        else:
            findings.append(Finding(line_number, column.code, column.name, cell))
            staged.append("")
    unreadable = [finding for finding in findings if finding.code == E001_PARSE]
    if unreadable:
        return _unreadable(unreadable, cells=cells)
    return SlowLine(";".join(staged).encode() + b"\n", findings, Decimal(0), Decimal(0))


def _is_short_text(column: Column, cell: str) -> bool:
    return 0 < column.length >= len(cell) and cell.isprintable()


def _unreadable(findings: list[Finding], *, cells: Sequence[str]) -> SlowLine:
    return SlowLine(EMPTY_ROW, findings, _written(cells, AMOUNT_PAID), _written(cells, AMOUNT_CHARGED))


def _written(cells: Sequence[str], position: int) -> Decimal:
    if position < len(cells) and _WRITTEN_AMOUNT.fullmatch(cells[position]):
        return Decimal(cells[position])
    return Decimal(0)
