"""The walls cost the application nothing: PostgreSQL runs its statements by the same plans as without them."""

import datetime as dt
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.backends.utils import CursorWrapper
from pytest_django import Settings

from ameli_notify.core.sql import Values
from outreach.digest.planning import plan_digest
from outreach.notifications.tasks import drain
from tests.core.test_roles import analyze
from tests.security.test_walls import walled_tables

START: Final = dt.date(2026, 10, 22)
HOT: Final = (
    "INSERT INTO accounts_insuredperson", "INSERT INTO accounts_contactchannel", "INSERT INTO feed_person",
    "INSERT INTO reimbursements_line", "INSERT INTO outreach_digestdue", "DELETE FROM outreach_digestdue",
    "INSERT INTO outreach_notification", "UPDATE outreach_notification n",
)  # fmt: skip
_EXPLAINABLE: Final = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


class Plans:
    """Explains each statement that names a walled table twice: as the application, and as who passes every wall."""

    def __init__(self, tables: set[str]) -> None:
        self._names = re.compile(rf"\b(?:{'|'.join(sorted(tables))})\b")
        self._thread = threading.local()
        self.compared: dict[str, tuple[str, str]] = {}

    def __call__(
        self, execute: Callable[..., object], sql: str, params: Values, many: bool, context: dict[str, Any]
    ) -> object:
        is_busy = getattr(self._thread, "is_busy", False)
        if not is_busy and not many and _EXPLAINABLE.match(sql) and self._names.search(sql):
            self._thread.is_busy = True
            try:
                self.compared[sql] = self._compare(context["connection"], sql, params)
            finally:
                self._thread.is_busy = False
        return execute(sql, params, many, context)

    def _compare(self, used: BaseDatabaseWrapper, sql: str, params: Values) -> tuple[str, str]:
        scope = "LOCAL" if used.in_atomic_block else "SESSION"
        with used.cursor() as cursor:
            cursor.execute("SELECT current_user")
            (role,) = cursor.fetchone()
            walled = self._explain(cursor, sql, params)
            cursor.execute(f"SET {scope} ROLE NONE")
            free = self._explain(cursor, sql, params)
            cursor.execute(f"SET {scope} ROLE {role}")
        return walled, free

    def _explain(self, cursor: CursorWrapper, sql: str, params: Values) -> str:
        cursor.execute(f"EXPLAIN {sql}", params)
        return "\n".join(line for (line,) in cursor.fetchall())


@contextmanager
def compared_plans() -> Iterator[Plans]:
    """Of this thread's connection, and of every one that is made meanwhile."""
    plans = Plans(walled_tables())

    def watch(connection: BaseDatabaseWrapper, **_: object) -> None:
        connection.execute_wrappers.append(plans)

    connection_created.connect(watch)
    try:
        with connection.execute_wrapper(plans):
            yield plans
    finally:
        connection_created.disconnect(watch)


@pytest.mark.django_db(transaction=True)
def test_importing_planning_and_sending_run_by_the_same_plans(tmp_path: Path, settings: Settings) -> None:
    settings.VAR_DIR = tmp_path / "var"
    files = str(tmp_path / "files")
    call_command("load_reference_data", stdout=StringIO())
    size = ("--seed", "1", "--persons", "400", "--days", "2", "--start", START.isoformat())
    call_command("simulate", *size, "--out", files, stdout=StringIO())
    with compared_plans() as plans:
        for command in ("import_persons", "import_professionals", "import_feed"):
            call_command(command, files, "--json", stdout=StringIO())
        with transaction.atomic():
            analyze("accounts_insuredperson", "accounts_contactchannel", "reimbursements_line")
        plan_digest(START + dt.timedelta(days=1))
        drain("email")
    assert {sql: plan for sql, plan in plans.compared.items() if plan[0] != plan[1]} == {}
    touched = " ".join(plans.compared)
    assert len(plans.compared) > 20
    for words in HOT:
        assert words in touched, "the walk saw the statement"
