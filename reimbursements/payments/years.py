"""« Ce que vos soins ont coûté »: a year of care and who paid it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest

from reimbursements.explanations.loading import book_for, read_year, secret_natures
from reimbursements.explanations.svg import Svg
from reimbursements.explanations.typography import euros, french_date
from reimbursements.explanations.yearly import TableRow, YearPicture, year_chart, year_picture
from reimbursements.payments.access import reader, reader_of
from reimbursements.payments.periods import kept_years, period_of, whole_period
from reimbursements.payments.querysets import visible_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRow:
    """On a narrow screen a row is a card, and its cells need their labels beside them."""

    header: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CareYear:
    """``rows`` and ``total`` are those of the table, each cell with the label of its column.

    ``since`` is said when the beginning of the year is no longer kept; ``allowances`` are empty
    without any.
    """

    picture: YearPicture
    rows: tuple[LabelledRow, ...]
    total: LabelledRow
    chart: Svg
    years: tuple[int, ...]
    since: str
    is_current: bool
    allowances: str


def year_of_care(request: HttpRequest, year: int) -> CareYear:
    """Raises Http404 for a year of which nothing is kept."""
    who = reader_of(request)
    years = kept_years(who.today)
    if year not in years:
        raise Http404
    secret = secret_natures(today=who.today)
    period = period_of(str(year), today=who.today)
    with reader(request):
        lines = visible_lines(who, period=period, secret_natures=secret)
        groups = read_year(lines, year=year, viewer_id=who.person_id)
    picture = year_picture(groups, book_for((), today=who.today), year=year)
    is_cut = period.first == whole_period(who.today).first and (period.first.month, period.first.day) != (1, 1)
    return CareYear(
        picture=picture,
        rows=tuple(_labelled(row, picture.table.columns) for row in picture.table.rows),
        total=_labelled(picture.table.total, picture.table.columns),
        chart=year_chart(picture, element_id="annee"),
        years=years,
        since=french_date(period.first) if is_cut else "",
        is_current=year == who.today.year,
        allowances=euros(picture.allowances) if picture.allowances else "",
    )


def _labelled(row: TableRow, columns: Sequence[str]) -> LabelledRow:
    return LabelledRow(header=row.header, cells=tuple(zip(columns[1:], row.cells, strict=True)))
