"""``migrate`` beside itself: two hosts that start together."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from ameli_notify.core.management.commands.migrate import LOCK_KEY


def test_two_at_once_on_a_new_database_make_it_once(process_environment: dict[str, str]) -> None:
    name = f"twice_migrated_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        url = process_environment["DATABASE_URL"]
        environment = process_environment | {"DATABASE_URL": f"{url.rpartition('/')[0]}/{name}"}
        started = [
            subprocess.Popen(
                [sys.executable, "manage.py", "migrate", "--verbosity", "1"],
                cwd=settings.BASE_DIR, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            for _ in range(2)
        ]  # fmt: skip
        said = [process.communicate(timeout=120) for process in started]
        assert [process.returncode for process in started] == [0, 0], said
        assert sorted("Applying core.0001" in out for out, _ in said) == [False, True], said
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.close()  # and the role that it had taken off


def test_it_waits_for_who_holds_the_lock(process_environment: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
    process = subprocess.Popen(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=settings.BASE_DIR, env=process_environment
    )
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=4)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])
        assert process.wait(timeout=60) == 0
