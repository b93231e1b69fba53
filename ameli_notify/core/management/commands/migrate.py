"""``migrate`` as the owner of the tables, one at a time; everything else runs as the restricted runtime role."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

from django.core.management.commands import migrate
from django.db import connections

from ameli_notify.core.postgresql.base import DatabaseWrapper, as_owner
from ameli_notify.core.postgresql.rendering import rendering_less

LOCK_KEY: Final = 0x616D656C69  # « ameli » in ASCII: any number that nobody else locks in this database
LOOK_EVERY_SECONDS: Final = 0.2


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = cast("DatabaseWrapper", connections[options["database"]])
        with as_owner(connection), _alone(connection), rendering_less():
            super().handle(*args, **options)


@contextmanager
def _alone(connection: DatabaseWrapper) -> Iterator[None]:
    """Hold an advisory lock, so that a second ``migrate`` waits for the first and then finds the work done.

    On a connection of its own, for the lock goes with its session. It is asked for again and again: a statement
    that waits for the lock would hold a snapshot, for which the first one's CREATE INDEX CONCURRENTLY waits in turn.
    """
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            while True:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
                if cursor.fetchone() == (True,):
                    break
                time.sleep(LOOK_EVERY_SECONDS)
        yield
    finally:
        own.close()
