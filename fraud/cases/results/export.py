"""Tables of results for a spreadsheet: one figure a row, so that all tables fit into one file."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from fraud.cases.results.tables import Blank, Cell, ResultTable, Unit
from reimbursements.payments.exports import BYTE_ORDER_MARK, plain_text

COLUMNS: Final = ("Tableau", "Ligne", "Mesure", "Unité", "Valeur")
UNITS_FR: Final = {Unit.EUROS: "euros", Unit.COUNT: "nombre", Unit.PERCENT: "%", Unit.DAYS: "jours"}


def results_csv(tables: Iterable[ResultTable]) -> str:
    """UTF-8 with a byte order mark, semicolons and decimal commas; no cell that a spreadsheet takes for a formula.

    A negative amount is written from its number, so its minus sign is a minus sign. Hidden is « masqué », nothing to
    count is empty.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for table in tables:
        for row in table.rows:
            for (label, unit), cell in zip(table.columns, row.cells, strict=True):
                writer.writerow((table.caption, plain_text(row.label), label, UNITS_FR[unit], _written(cell)))
    return BYTE_ORDER_MARK + text.getvalue()


def _written(cell: Cell) -> str:
    if cell is Blank.HIDDEN:
        return "masqué"
    return "" if cell is Blank.NOTHING else str(cell).replace(".", ",")
