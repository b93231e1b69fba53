"""A database session for an import: no time limits made for pages, one import of a source at a time."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import DataError, connection, transaction

from ameli_notify.core.delivered_files import FileRefusal
from ameli_notify.core.roles import IMPORT
from ameli_notify.core.sql import fetch_value, run

logger = logging.getLogger(__name__)

# An orphan of a killed import must not hold the source's lock until its statement ends.
_SETTINGS: Final = {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "client_connection_check_interval": "2s",
    "work_mem": "128MB",
    # Joins that keep the order of the staged lines: the first of two lines with one key is the one that counts.
    "enable_mergejoin": "off",
    # The planner needs the sizes of the stages, hardly more: a small sample tells as much, in a fraction of the time.
    "default_statistics_target": "10",
}


_TEMP_BUFFERS: Final = "512MB"  # taken as staging grows, given back with the session


@contextmanager
def import_session(source: str) -> Iterator[None]:
    """Settings and the lock of one source (an emitter, a directory) around an import.

    Two imports of one source follow each other: the second waits. The lock ends with the connection at the latest;
    inside somebody's transaction it ends with that.
    """
    for name, value in _SETTINGS.items():
        run("SELECT set_config(%s, %s, false)", [name, value])
    _widen_temp_buffers()
    is_nested = connection.in_atomic_block
    kind, lock = "_xact" if is_nested else "", f"import|{source}"
    if not fetch_value(f"SELECT pg_try_advisory{kind}_lock(hashtextextended(%s, 0))", [lock]):
        logger.warning("another import of the same source is under way: waiting", extra={"source": source})
        run(f"SELECT pg_advisory{kind}_lock(hashtextextended(%s, 0))", [lock])
    try:
        yield
    except FileRefusal:
        _leave(lock, is_nested=is_nested)
        raise
    except BaseException:
        # The session may be in any state: closing it gives back lock, settings and temporary tables.
        if not is_nested:
            connection.close()
        raise
    else:
        _leave(lock, is_nested=is_nested)


def _leave(lock: str, *, is_nested: bool) -> None:
    if not is_nested:
        run("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [lock])
    for name in _SETTINGS:
        run(f"RESET {name}")


def _widen_temp_buffers() -> None:
    """Can only be chosen before the session's first temporary table, also one of a transaction rolled back since."""
    try:
        with transaction.atomic():
            run("SELECT set_config('temp_buffers', %s, false) WHERE pg_my_temp_schema() = 0", [_TEMP_BUFFERS])
    except DataError:
        logger.info("this session had temporary tables before: it keeps its smaller buffers")


@contextmanager
def import_role() -> Iterator[None]:
    """Inside a transaction: the role that alone may touch raw rejected lines, for as short as can be."""
    before = fetch_value("SELECT current_user")
    run("SELECT set_config('role', %s, true)", [IMPORT])
    yield
    run("SELECT set_config('role', %s, true)", [before])
