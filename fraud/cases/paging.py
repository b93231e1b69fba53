"""Long tables of a case, a page at a time: whatever a case holds, its page opens fast and is read to its end."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Window
from django.http import QueryDict

LINES: Final = 50
REPORTS: Final = 25
NOTES: Final = 10
EVENTS: Final = 60
PEOPLE: Final = 10
CHOICES: Final = 100
"""Rows of a page, by table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some rows of a table: which, out of how many, and the addresses of the others.

    ``name`` is the parameter of its page and the anchor of its section; an empty address leads nowhere.
    """

    name: str
    rows: Sequence[Any]
    first: int
    last: int
    total: int
    start: str
    before: str
    after: str
    end: str

    @property
    def is_whole(self) -> bool:
        return self.total == len(self.rows)


def part_of(rows: Any, *, name: str, size: int, query: QueryDict | None) -> Part:  # noqa: ANN401 (rows or a sliceable)
    """The rows of the page that an address asks for; of what is no page, the nearest. Without an address: all.

    An address that asks for none, as nearly all do, gets the first page and the number of rows in one query a table.
    """
    if query is None:
        found = list(rows)
        return Part(
            name=name, rows=found, first=1, last=len(found), total=len(found), start="", before="", after="", end=""
        )
    if name not in query and isinstance(rows, QuerySet | Merged):
        shown, total = first_rows(rows, size) if isinstance(rows, QuerySet) else rows.first_rows(size)
        page: Page[Any] = _Counted(shown, size, total=total).page(1)
    else:
        page = Paginator(rows, size).get_page(query.get(name))
    address = partial(_address, query, name)
    number, last = page.number, page.paginator.num_pages
    return Part(
        name=name,
        rows=list(page.object_list),
        first=page.start_index(),
        last=page.end_index(),
        total=page.paginator.count,
        start=address(1) if number > 2 else "",
        before=address(number - 1) if page.has_previous() else "",
        after=address(number + 1) if page.has_next() else "",
        end=address(last) if number < last - 1 else "",
    )


def first_rows(rows: QuerySet[Any, Any], size: int) -> tuple[list[Any], int]:
    """The first rows of a table, and how many it has: the database counts while it sorts."""
    shown = list(rows.annotate(of_all=Window(Count("*")))[:size])
    return shown, shown[0].of_all if shown else 0


class Merged:
    """Several tables as one, newest first, for ``part_of``: each is read as far as the page goes, and no further."""

    def __init__(self, *tables: QuerySet[Any, Any]) -> None:
        self.tables = tables

    def count(self) -> int:
        return sum(table.count() for table in self.tables)

    def first_rows(self, size: int) -> tuple[list[Any], int]:
        """As of one table."""
        found = [first_rows(table.order_by("-pk"), size) for table in self.tables]
        return _newest_first(row for rows, _ in found for row in rows)[:size], sum(total for _, total in found)

    def __iter__(self) -> Iterator[Any]:
        return iter(self[: self.count()])

    def __getitem__(self, wanted: slice) -> list[Any]:
        return _newest_first(row for table in self.tables for row in table.order_by("-pk")[: wanted.stop])[wanted]


class _Counted(Paginator):  # type: ignore[type-arg] # not subscriptable at run time
    """Pages of rows of which somebody knows already how many there are."""

    def __init__(self, rows: Sequence[Any], size: int, *, total: int) -> None:
        super().__init__(rows, size)
        self._total = total

    @cached_property
    def count(self) -> int:
        return self._total


def _newest_first(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: row.at, reverse=True)


def _address(query: QueryDict, name: str, number: int) -> str:
    others = query.copy()
    others[name] = str(number)
    return f"?{others.urlencode()}#{name}"
