"""What every test runs under. The guards are in tests/guards; each of them is itself tested in tests/test_guards.py."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.template import Engine
from pytest_django import DjangoDbBlocker

from tests.guards.databases import drop_abandoned_databases, forgo_durability, own_database_name
from tests.guards.migrated_rows import keep_migrated_rows
from tests.guards.personal_data import PersonalDataGuard
from tests.guards.role import refuse_privileged_role
from tests.guards.template_variables import UndefinedVariable

LONG: Final = (
    "tests/bench/",
    "tests/browser/",
    "tests/chaos/",
    "tests/core/test_migrate.py",
    "tests/demo/",
    "tests/outreach/campaigns/test_many_at_once.py",
    "tests/outreach/test_dispatch_",
    "tests/partners/test_openapi.py",
    "tests/reimbursements/test_import_processes.py",
    "tests/security/test_sealing_follow.py",
)
"""What takes long begins early, in whatever order: what begins last leaves the other core idle to its end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(scope="session", autouse=True)
def _undefined_template_variables_fail() -> None:
    Engine.get_default().string_if_invalid = UndefinedVariable()


@pytest.fixture(scope="session", autouse=True)
def _hashes_are_cheap() -> Iterator[None]:
    """A hash of production takes a tenth of a second on every core; the real programs that tests start keep it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, cost in {"time_cost": 1, "memory_cost": 64, "parallelism": 1}.items():
            patch.setattr(Argon2PasswordHasher, name, cost)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Two runs in one checkout do not meet: on the embedded server each has databases of its own."""
    database = settings.DATABASES["default"]
    if database.get("EMBEDDED_IN"):
        database["TEST"]["NAME"] = own_database_name(os.environ.get("PYTEST_XDIST_WORKER", ""))
        connection.settings_dict["TEST"]["NAME"] = database["TEST"]["NAME"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The databases, seen as the role that production uses."""
    with django_db_blocker.unblock():
        refuse_privileged_role(connection)
        drop_abandoned_databases(connection)
        forgo_durability(connection)
    with pytest.MonkeyPatch.context() as patch:
        with django_db_blocker.unblock():
            keep_migrated_rows(patch)
        yield


@pytest.fixture(autouse=True)
def _personal_data_stays_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    guard = PersonalDataGuard()
    guard.install(monkeypatch)
    yield
    if guard.findings and request.node.get_closest_marker("shows_personal_data") is None:
        pytest.fail("personal data left the house:\n" + "\n".join(guard.findings), pytrace=False)


@pytest.fixture
def process_environment(transactional_db: None, tmp_path: Path) -> dict[str, str]:
    """Environment for real processes (``python -m django …`` in BASE_DIR) that work on this test's database.

    They see only what is committed, hence the transactional database. VAR_DIR is a folder of this test.
    """
    params: dict[str, Any] = connection.get_connection_params()
    host, port = params.get("host", ""), params.get("port", "")
    server = f"/{host}/" if str(host).startswith("/") else f"{host}{f':{port}' if port else ''}/"
    login = params["user"] + (f":{params['password']}" if params.get("password") else "")
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "ameli_notify.settings.test",
        "DATABASE_URL": f"postgres://{login}@{server}{params['dbname']}",
        "VAR_DIR": str(tmp_path / "var"),
        "PYTHONWARNINGS": "error",
    }
