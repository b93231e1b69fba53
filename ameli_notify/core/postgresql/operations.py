"""Emptying the database means every table: Django's own list leaves out those that SQL made."""

from collections.abc import Sequence
from typing import Any, Final

from django.db.backends.postgresql import operations
from django.db.migrations.recorder import MigrationRecorder

TABLES: Final = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> %s
"""


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, style: Any, tables: Sequence[str], **options: Any) -> list[str]:  # noqa: ANN401
        if not tables:
            return []
        with self.connection.cursor() as cursor:
            cursor.execute(TABLES, [MigrationRecorder.Migration._meta.db_table])
            every_table = [name for (name,) in cursor.fetchall()]
        statements: list[str] = super().sql_flush(style, every_table, **options)
        return statements
