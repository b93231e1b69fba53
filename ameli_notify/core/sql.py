"""Running the named SQL of the set-based rooms on Django's connection, typed."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

Values = Sequence[Any] | Mapping[str, Any]


def run(statement: str, values: Values = ()) -> int:
    """Execute a statement; returns the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def fetch_all(statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def fetch_one(statement: str, values: Values = ()) -> tuple[Any, ...] | None:
    """The first row of a query, or None."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def fetch_value(statement: str, values: Values = ()) -> Any:  # noqa: ANN401 (a column of any type)
    """The first column of the only row. Raises LookupError without a row."""
    row = fetch_one(statement, values)
    if row is None:
        raise LookupError("the query gave no row")
    return row[0]
