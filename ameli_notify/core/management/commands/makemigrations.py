"""``makemigrations`` as the owner: on a new database the runtime role does not exist yet."""

from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django_linear_migrations.management.commands import makemigrations

from ameli_notify.core.postgresql.base import DatabaseWrapper, as_owner


class Command(makemigrations.Command):
    def handle(self, *app_labels: Any, **options: Any) -> None:
        with as_owner(cast("DatabaseWrapper", connections[DEFAULT_DB_ALIAS])):
            super().handle(*app_labels, **options)
