"""``migrate`` as the owner of the tables; everything else runs as the restricted runtime role."""

from typing import Any, cast

from django.core.management.commands import migrate
from django.db import connections

from ameli_notify.core.postgresql.base import DatabaseWrapper, as_owner


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner(cast("DatabaseWrapper", connections[options["database"]])):
            super().handle(*args, **options)
