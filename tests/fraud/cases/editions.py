"""Published figures for pages to show."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from fraud.cases.results.models import ResultsEdition
from fraud.cases.results.periods import Period
from fraud.cases.results.tables import Blank, Cell, ResultRow, ResultTable, Unit, as_json, result_tables


def make_edition(year: int) -> ResultsEdition:
    """An edition in which every table has figures, hidden cells and cells with nothing to count."""
    tables = [_filled(table) for table in result_tables(Period.of_year(year))]
    return ResultsEdition.objects.create(year=year, published_on=dt.date(year + 1, 3, 1), content=as_json(tables))


def _filled(table: ResultTable) -> ResultTable:
    rows = table.rows or (ResultRow(label="omnipraticien", cells=()), ResultRow(label="dentiste", cells=()))
    return replace(table, rows=tuple(_row(table, row, number) for number, row in enumerate(rows)))


def _row(table: ResultTable, row: ResultRow, number: int) -> ResultRow:
    cells: list[Cell] = []
    for place, (_, unit) in enumerate(table.columns):
        figure: Cell = Decimal(f"{416123.5 * (number + 1):.2f}") if unit is Unit.EUROS else 40 - number - place
        cells.append(Blank.HIDDEN if number == 2 else Blank.NOTHING if number == 3 and place else figure)
    return replace(row, cells=tuple(cells))
