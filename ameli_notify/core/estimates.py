"""How many rows a table holds, at a bounded price."""

from dataclasses import dataclass
from typing import Final

from django.db import connection, models

EXACT_UP_TO: Final = 10_000


@dataclass(frozen=True, slots=True)
class RowCount:
    """A number of rows; ``is_exact`` is False when PostgreSQL's planner guessed it."""

    rows: int
    is_exact: bool


def row_count(model: type[models.Model]) -> RowCount:
    """Exact up to 10,000 rows, beyond that the planner's estimate: the table is never read to its end."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {EXACT_UP_TO + 1}) AS first_rows")
        counted = int(cursor.fetchone()[0])
        if counted <= EXACT_UP_TO:
            return RowCount(rows=counted, is_exact=True)
        cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {table}")
        plan = cursor.fetchone()[0][0]["Plan"]
    return RowCount(rows=max(counted, int(plan["Plan Rows"])), is_exact=False)
