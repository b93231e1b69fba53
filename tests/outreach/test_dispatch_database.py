"""The database goes away while senders work: they wait, nothing is lost, nothing goes out twice."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

from ameli_notify.core.embedded_postgres import DATABASE, EmbeddedPostgres
from tests.outreach.outbox import start_manage, start_python, successful, wait_until
from tests.outreach.sinks import RunningSink, running_sink

FILL: Final = """
import datetime as dt, sys
import django
django.setup()
from ameli_notify.measure.population import fill_people, make_due
from outreach.digest.planning import cohort_of, plan_digest
day = dt.date(2026, 3, 16)
make_due(fill_people(int(sys.argv[1]), same_cohort=cohort_of(day)), day=day)
assert plan_digest(day).run.people == int(sys.argv[1])
"""

DOWN: Final = """
import datetime as dt
import django
django.setup()
from django.db import OperationalError
from outreach.digest.planning import plan_digest
try:
    plan_digest(dt.date(2026, 3, 17))
except OperationalError:
    print("refused")
"""


@dataclass
class PrivateServer:
    """A PostgreSQL of its own, which may be stopped; processes reach it by URL, so that none starts it again."""

    postgres: EmbeddedPostgres
    env: dict[str, str]
    sink: RunningSink

    def statuses(self) -> dict[str, int]:
        out = successful(start_manage("digest_status", "--json", env=self.env))
        found: dict[str, int] = json.loads(out)["notifications"]
        return found


@pytest.fixture
def private_server() -> Iterator[PrivateServer]:
    folder = Path(tempfile.mkdtemp(prefix="ameli-pg-"))
    postgres = EmbeddedPostgres(folder)
    try:
        url = f"postgres://postgres@/{postgres.ensure_running()}/{DATABASE}"
        with running_sink(folder, "--delay", "0.02") as sink:
            env = os.environ | {
                "DJANGO_SETTINGS_MODULE": "ameli_notify.settings.dev",
                "VAR_DIR": str(folder),
                "DATABASE_URL": url,
                "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}?connections=2",
                "DISPATCH_WINDOW": "20",
                "DISPATCH_LEASE_SECONDS": "10",
            }
            successful(start_manage("migrate", "--verbosity", "0", env=env))
            yield PrivateServer(postgres, env, sink)
    finally:
        postgres.stop(mode="immediate")
        shutil.rmtree(folder)


def sender(env: dict[str, str]) -> subprocess.Popen[str]:
    return start_manage("send_notifications", "--channel", "email", "--until-empty", "--json", env=env)


def test_a_sender_survives_restarts_of_the_database(private_server: PrivateServer) -> None:
    server, sink = private_server, private_server.sink
    successful(start_python("-c", FILL, "400", env=server.env))
    process = sender(server.env)
    try:
        for accepted in (60, 180):
            wait_until(lambda: len(sink.accepted_ids()) >= accepted)  # noqa: B023  (called before the next turn)
            assert server.postgres.stop(mode="immediate")
            time.sleep(0.5)
            server.postgres.ensure_running()
        out = successful(process)
    finally:
        process.kill()

    assert json.loads(out)["channels"]["email"]["taken-over"] >= 1
    found = server.statuses()
    assert set(found) <= {"sending", "unknown"}
    assert sum(found.values()) == 400
    assert found.get("unknown", 0) <= 2 * 20, "more than one window a restart"
    accepted_ids = Counter(sink.accepted_ids())
    assert set(accepted_ids.values()) == {1}, "handed over twice"
    assert found["sending"] <= len(accepted_ids) <= 400


def test_nothing_is_sent_while_nothing_can_be_written(private_server: PrivateServer) -> None:
    server, sink = private_server, private_server.sink
    successful(start_python("-c", FILL, "300", env=server.env))
    process = sender(server.env)
    try:
        wait_until(lambda: len(sink.accepted_ids()) >= 40)
        server.postgres.stop(mode="immediate")
        time.sleep(0.5)
        during = len(sink.accepted_ids())
        time.sleep(1.5)
        assert len(sink.accepted_ids()) == during, "it went on sending blindly"
        assert successful(start_python("-c", DOWN, env=server.env)).strip() == "refused"
        assert process.poll() is None, "it gave up at once"
        server.postgres.ensure_running()
        wait_until(lambda: len(sink.accepted_ids()) > during)
        successful(process)
    finally:
        process.kill()

    found = server.statuses()
    assert sum(found.values()) == 300
    assert found.get("unknown", 0) <= 20
    assert len(sink.accepted_ids()) == len(set(sink.accepted_ids()))


def test_an_idle_sender_waits_for_the_database_too(private_server: PrivateServer) -> None:
    server = private_server
    successful(start_python("-c", FILL, "5", env=server.env))
    slow = [sys.executable, "-m", "outreach.channels.sink", "--tempfail", "1", "--max-seconds", "60"]
    with subprocess.Popen(slow, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR) as refusing:
        try:
            assert refusing.stdout is not None
            port = json.loads(refusing.stdout.readline())["port"]
            env = server.env | {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "DISPATCH_FIRST_RETRY_SECONDS": "6"}
            with sender(env) as process:
                try:
                    wait_until(lambda: server.statuses() == {"created": 5})
                    server.postgres.stop(mode="immediate")
                    time.sleep(1)
                    assert process.poll() is None
                    server.postgres.ensure_running()
                    time.sleep(1.5)
                    assert process.poll() is None, "the restart ended an idle sender"
                finally:
                    process.kill()
        finally:
            refusing.kill()
