"""The dated figures that migrations write are there in every test, also after one that emptied every table."""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper

from ameli_notify.core.postgresql.base import as_owner
from ameli_notify.core.postgresql.operations import DatabaseOperations

MADE_BY_DJANGO: Final = {"django_migrations", "django_content_type", "auth_permission"}
_TABLES: Final = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1
"""
_GIVE_BACK: Final = "INSERT INTO public.{name} OVERRIDING SYSTEM VALUE TABLE kept.{name}"
# A flush may have begun the numbers anew.
_NUMBER_ON: Final = """
SELECT setval(numbers.name, greatest(nextval(numbers.name), (SELECT max(id) FROM public.{name})))
FROM (SELECT pg_get_serial_sequence('public.{name}', 'id')::regclass AS name) AS numbers
"""


def keep_migrated_rows(patch: pytest.MonkeyPatch) -> list[str]:
    """Copy them aside in the new database, and give them back behind each flush; returns their tables."""
    with as_owner(connection), connection.cursor() as cursor:  # type: ignore[arg-type] # our own wrapper
        cursor.execute("DROP SCHEMA IF EXISTS kept CASCADE")
        cursor.execute("CREATE SCHEMA kept")
        cursor.execute(_TABLES)
        kept = [name for (name,) in cursor.fetchall() if name not in MADE_BY_DJANGO and _has_rows(cursor, name)]
        for name in kept:
            cursor.execute(f"CREATE TABLE kept.{name} AS TABLE public.{name}")
    empty, database = DatabaseOperations.execute_sql_flush, connection.settings_dict["NAME"]
    statements = [statement.format(name=name) for name in kept for statement in (_GIVE_BACK, _NUMBER_ON)]

    def empty_and_give_back(self: DatabaseOperations, sql_list: Sequence[str]) -> Any:  # noqa: ANN401 (Django's own)
        is_ours = self.connection.settings_dict["NAME"] == database
        return empty(self, [*sql_list, *statements] if is_ours else sql_list)

    patch.setattr(DatabaseOperations, "execute_sql_flush", empty_and_give_back)
    return kept


def _has_rows(cursor: CursorWrapper, name: str) -> bool:
    cursor.execute(f"SELECT EXISTS (SELECT FROM {name})")
    return bool(cursor.fetchone()[0])
