"""The demo's database: empty, or made by an earlier demo and then emptied. Anything else is left alone."""

from typing import Final, cast

from django.db import DatabaseError, OperationalError, connection

from ameli_notify.core.postgresql.base import DatabaseWrapper, as_owner
from ameli_notify.core.sql import fetch_value, run

MARK: Final = "made by the ameli_notify demo"
"""Comment of the schema ``public``; it goes when the schema is dropped."""

_MARKED: Final = "SELECT coalesce(obj_description(to_regnamespace('public'), 'pg_namespace') = %s, false)"
_OBJECTS: Final = """
SELECT (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%%')
     + (SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema'))
"""


class ForeignDatabaseError(RuntimeError):
    """The database holds something that no demo made; the message is one French sentence."""


def start_empty() -> None:
    """Leave an empty, marked schema. Raises ForeignDatabaseError, and then has changed nothing."""
    with as_owner(cast("DatabaseWrapper", connection)):
        try:
            if fetch_value(_MARKED, [MARK]):
                run("DROP SCHEMA public CASCADE")
                run("CREATE SCHEMA public")
            elif fetch_value(_OBJECTS):
                raise ForeignDatabaseError(
                    "La base que nomme DATABASE_URL n’est pas vide et ne vient pas d’une démonstration : "
                    "rien n’y a été changé."
                )
            run(f"COMMENT ON SCHEMA public IS '{MARK}'")
        except OperationalError as error:
            raise ForeignDatabaseError(
                f"La base de données ne répond pas ({type(error.__cause__ or error).__name__})."
            ) from error
        except DatabaseError as error:
            raise ForeignDatabaseError(
                "La démonstration veut une base vide dont le compte de DATABASE_URL soit propriétaire "
                f"({type(error.__cause__ or error).__name__})."
            ) from error
