"""Names of test databases on the shared embedded server, and the end of those whose run was killed."""

import os
import re
from pathlib import Path

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from ameli_notify.core.postgresql.base import as_owner

_NAME = re.compile(r"test_ameli_(?P<pid>\d+)(?:_\w+)?")


def own_database_name(worker: str) -> str:
    """Holds the process id, so that a later run can tell whether its maker still lives."""
    return f"test_ameli_{os.getpid()}" + (f"_{worker}" if worker else "")


def forgo_durability(connection: BaseDatabaseWrapper) -> None:
    """This one database need not survive a crash: tests that crash a server have one of their own."""
    with as_owner(connection), connection.cursor() as cursor:  # type: ignore[arg-type] # our own wrapper
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")


def drop_abandoned_databases(connection: BaseDatabaseWrapper) -> list[str]:
    """Drop the test databases of dead processes on the embedded server; returns their names."""
    if not connection.settings_dict.get("EMBEDDED_IN"):
        return []
    owner = connections.create_connection("default")
    options = {key: value for key, value in connection.settings_dict["OPTIONS"].items() if key != "assume_role"}
    owner.settings_dict = connection.settings_dict | {"OPTIONS": options}
    dropped = []
    with owner.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_ameli\\_%'")
        for (name,) in cursor.fetchall():
            found = _NAME.fullmatch(name)
            if found and not Path(f"/proc/{found['pid']}").exists():
                # Another worker may clean up at the same moment.
                cursor.execute(f"DROP DATABASE IF EXISTS {owner.ops.quote_name(name)} WITH (FORCE)")
                dropped.append(name)
    owner.close()
    return dropped
