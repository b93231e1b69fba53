"""What migrations and roles write is there in every test, also after one that committed; all else it wrote is gone.

Django empties every table behind such a test, then makes its content types and permissions anew. Here that costs
more than the test: among two hundred tables with their partitions only those that hold something are emptied, and
what was kept aside is given back only where it was touched.
"""

from collections.abc import Sequence
from io import StringIO
from typing import Any, Final

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper

from ameli_notify.core.postgresql.base import as_owner
from ameli_notify.core.postgresql.operations import DatabaseOperations

_RECORD: Final = "django_migrations"
_TABLES: Final = f"""
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> '{_RECORD}'
ORDER BY 1
"""
_GIVE_BACK: Final = "INSERT INTO public.{name} OVERRIDING SYSTEM VALUE TABLE kept.{name}"
# A flush may have begun the numbers anew.
_NUMBER_ON: Final = """
SELECT setval(numbers.name, greatest(nextval(numbers.name), (SELECT max(id) FROM public.{name})))
FROM (SELECT pg_get_serial_sequence('public.{name}', 'id')::regclass AS name) AS numbers
"""

_MOST_BYTES: Final = 64 * 1024 * 1024
"""Rows that are deleted or rolled back keep their room: past that much of it, tables are truncated as Django does."""
# As on a replica: neither foreign keys nor the triggers that keep what may only be added to. The lock waits for
# whoever is still writing, as TRUNCATE does.
_MAY_DELETE: Final = """
SELECT has_parameter_privilege(current_user, 'session_replication_role', 'SET'), sum(pg_relation_size(oid))
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
"""
_DELETE: Final = f"""
DO $$
DECLARE held regclass; kept_name name; is_touched boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR held IN
        SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '{_RECORD}'
            AND pg_relation_size(oid) > 0
        ORDER BY oid
    LOOP
        EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', held);
        IF to_regclass(format('kept.%s', held)) IS NULL THEN
            EXECUTE format('DELETE FROM %s', held);
        END IF;
    END LOOP;
    FOR kept_name IN SELECT relname FROM pg_class WHERE relnamespace = 'kept'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format(
            'SELECT (SELECT count(*) FROM public.%1$I) <> (SELECT count(*) FROM kept.%1$I)'
            ' OR EXISTS (SELECT here::text FROM public.%1$I here EXCEPT SELECT aside::text FROM kept.%1$I aside)',
            kept_name) INTO is_touched;
        IF is_touched THEN
            EXECUTE format('DELETE FROM public.%I', kept_name);
            EXECUTE format('INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE TABLE kept.%1$I', kept_name);
        END IF;
    END LOOP;
END $$
"""


def keep_migrated_rows(patch: pytest.MonkeyPatch) -> list[str]:
    """Copy them aside in the new database, and give them back behind each flush; returns their tables."""
    call_command("sync_roles", stdout=StringIO())
    with as_owner(connection), connection.cursor() as cursor:  # type: ignore[arg-type] # our own wrapper
        cursor.execute("DROP SCHEMA IF EXISTS kept CASCADE")
        cursor.execute("CREATE SCHEMA kept")
        cursor.execute(_TABLES)
        kept = [name for (name,) in cursor.fetchall() if _has_rows(cursor, name)]
        for name in kept:
            cursor.execute(f"CREATE TABLE kept.{name} AS TABLE public.{name}")
    empty, database = DatabaseOperations.execute_sql_flush, connection.settings_dict["NAME"]
    statements = [statement.format(name=name) for name in kept for statement in (_GIVE_BACK, _NUMBER_ON)]

    def empty_and_give_back(self: DatabaseOperations, sql_list: Sequence[str]) -> Any:  # noqa: ANN401 (Django's own)
        is_ours = self.connection.settings_dict["NAME"] == database
        return empty(self, [*sql_list, *statements] if is_ours else sql_list)

    patch.setattr(DatabaseOperations, "execute_sql_flush", empty_and_give_back)
    patch.setattr("django.test.TransactionTestCase._fixture_teardown", lambda _: empty_every_table())
    return kept


def empty_every_table() -> None:
    """Behind a test that committed. By TRUNCATE where the owner may do no more, or where much room is taken."""
    with as_owner(connection), connection.cursor() as cursor:  # type: ignore[arg-type] # our own wrapper
        cursor.execute(_MAY_DELETE)
        is_allowed, held_bytes = cursor.fetchone()
        if is_allowed and held_bytes <= _MOST_BYTES:
            cursor.execute(_DELETE)
            return
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)


def _has_rows(cursor: CursorWrapper, name: str) -> bool:
    cursor.execute(f"SELECT EXISTS (SELECT FROM {name})")
    return bool(cursor.fetchone()[0])
