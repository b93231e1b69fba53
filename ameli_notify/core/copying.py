"""COPY on Django's connection."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

from ameli_notify.core.sql import Values


@contextmanager
def copying(statement: str, values: Values = ()) -> Iterator[psycopg.Copy]:
    """A COPY under way, in or out. ``values``: of the query that it copies; psycopg quotes them."""
    with connection.cursor() as cursor, cursor.copy(statement, values or None) as copy:
        yield copy


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows of Python values to a table."""
    with copying(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
