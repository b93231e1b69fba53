"""Equal tables to measure ceilings against: same columns, constraints, indexes and partitions, filled by COPY."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, cast

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from ameli_notify.core.postgresql.base import DatabaseWrapper, as_owner
from ameli_notify.core.sql import fetch_all

_LEAVES: Final = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(%s) ORDER BY 1
"""
_KEY: Final = "SELECT pg_get_partkeydef(to_regclass(%s))"


@contextmanager
def owner_cursor() -> Iterator[CursorWrapper]:
    """A cursor of the tables' owner: the runtime role can make no tables."""
    with as_owner(cast("DatabaseWrapper", connection)), connection.cursor() as cursor:
        yield cursor


def make_twin(table: str, twin: str) -> None:
    """Make an empty partitioned table equal to another one; its partitions follow with ``make_leaves``."""
    with owner_cursor() as cursor:
        cursor.execute(_KEY, [table])
        (key,) = cursor.fetchone()
        cursor.execute(f"CREATE TABLE {twin} (LIKE {table} INCLUDING ALL) PARTITION BY {key}")
    make_leaves(table, twin)


def make_leaves(table: str, twin: str) -> None:
    """Give the twin the partitions that the table has and it has not."""
    bounds = {bound for _, bound in fetch_all(_LEAVES, [twin])}
    with owner_cursor() as cursor:
        cursor.execute(_LEAVES, [table])
        for name, bound in cursor.fetchall():
            if bound not in bounds:
                leaf = name.replace(table, twin, 1)
                cursor.execute(f"CREATE TABLE {leaf} PARTITION OF {twin} {bound}")


def copy_out(query: str, values: Sequence[object] = ()) -> list[bytes]:
    """The rows of a query as COPY writes them."""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT", values) as copy:
        return _joined([bytes(piece) for piece in copy])


def copy_in(table: str, pieces: Sequence[bytes]) -> None:
    """COPY into a table what ``copy_out`` read with all of its columns in order."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for piece in pieces:
            copy.write(piece)


def _joined(pieces: Sequence[bytes], size: int = 1 << 20) -> list[bytes]:
    """The same bytes in large pieces: one row each would measure Python instead of COPY."""
    joined: list[bytes] = []
    waiting: list[bytes] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= size:
            joined.append(b"".join(waiting))
            waiting, length = [], 0
    return [*joined, b"".join(waiting)]


def twin_model(model: type[models.Model], *, table: str) -> type[models.Model]:
    """The same fields as a model's on another table, for measuring Django's own way."""
    fields = {each.name: each.clone() for each in model._meta.local_fields}
    meta = type("Meta", (), {"app_label": "bench", "managed": False, "db_table": table})
    return type("TwinOf" + model.__name__, (models.Model,), fields | {"Meta": meta, "__module__": __name__})
