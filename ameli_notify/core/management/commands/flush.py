"""``flush`` as the owner of the tables, who alone may truncate them."""

from typing import Any, cast

from django.core.management.commands import flush
from django.db import connections

from ameli_notify.core.postgresql.base import DatabaseWrapper, as_owner


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        with as_owner(cast("DatabaseWrapper", connections[options["database"]])):
            super().handle(**options)
