"""The project's database backend.

Two additions to Django's PostgreSQL backend, both driven by ``settings.DATABASES``:

* ``EMBEDDED_IN`` (a folder): the server is the embedded one, started at the first connection.
* ``OPTIONS["assume_role"]`` is the restricted runtime role. Work that needs the owner (migrations,
  making a test database) runs inside ``as_owner(connection)``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from ameli_notify.core.embedded_postgres import EmbeddedPostgres
from ameli_notify.core.postgresql.creation import DatabaseCreation
from ameli_notify.core.postgresql.operations import DatabaseOperations


class DatabaseWrapper(base.DatabaseWrapper):
    creation_class = DatabaseCreation
    ops_class = DatabaseOperations

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        folder = self.settings_dict.get("EMBEDDED_IN")
        if folder:
            params["host"] = str(EmbeddedPostgres(Path(folder)).ensure_running())
            params["user"] = "postgres"
        return params


@contextmanager
def as_owner(connection: base.DatabaseWrapper) -> Iterator[None]:
    """Run a block under the login role itself, which owns the tables, on a fresh connection."""
    options = connection.settings_dict["OPTIONS"]
    role = options.pop("assume_role", None)
    connection.close()
    try:
        yield
    finally:
        connection.close()
        if role is not None:
            options["assume_role"] = role
