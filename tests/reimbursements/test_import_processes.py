"""Imports as processes: killed, side by side, and seen from outside while under way."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum

from ameli_notify.core.import_session import import_role
from reimbursements.feed.models import ImportBatch, ImportReject, RejectedLine
from reimbursements.lines.models import ReimbursementLine
from tests.reimbursements.feed_files import CHILD, OTHER_EMITTER, deliver, row

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("committed_directories"),
]

ROWS = 40_000
NOTHING = {"batches": [], "lines": 0, "paid": None, "findings": 0, "raw": 0}
# Statements that an import can be seen in, from its first to its last but one.
KILLED_IN = (
    "COPY feed_stage",
    "INSERT INTO feed_finding",
    "INSERT INTO reimbursements_line",
    "COPY reimbursements_rejectedline",
)
PATIENCE_SECONDS = 60


def start_import(path: Path, *, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "django", "import_feed", str(path), "--json", "--rejects-dir", str(path.parent)],
        cwd=settings.BASE_DIR, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, stderr
    result: dict[str, Any] = json.loads(stdout)
    return result


def loaded() -> dict[str, Any]:
    """Everything that an import leaves behind."""
    with transaction.atomic(), import_role():
        raw = RejectedLine.objects.count()
    return {
        "batches": list(ImportBatch.objects.values_list("status", "lines_good", "paid_total")),
        "lines": ReimbursementLine.objects.count(),
        "paid": ReimbursementLine.objects.aggregate(paid=Sum("amount_paid"))["paid"],
        "findings": ImportReject.objects.count(),
        "raw": raw,
    }


def large_file(folder: Path) -> Path:
    rows = [row(number, **({"nature_code": "9999"} if number % 100 == 0 else {})) for number in range(1, ROWS)]
    rows += [row(1), row(2, settlement_ref="other")]
    return deliver(folder, rows)


@pytest.mark.chaos
def test_a_killed_import_leaves_nothing_and_can_be_run_again(
    tmp_path: Path, process_environment: dict[str, str], watched: psycopg.Connection
) -> None:
    path = large_file(tmp_path)
    for phase in KILLED_IN:
        process = start_import(path, env=process_environment)
        _wait_for(watched, phase, process)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE_SECONDS)
        _wait_for_its_back_end()
        assert loaded() == NOTHING, phase
    result = finish(start_import(path, env=process_environment))
    assert (result["lines_good"], result["duplicates"]) == (ROWS - 400, 1)
    after_kills = loaded()
    assert after_kills["lines"] == ROWS - 400
    assert (after_kills["findings"], after_kills["raw"]) == (400, 400)

    _forget_everything()
    finish(start_import(path, env=process_environment))
    assert loaded() == after_kills, "as if nobody had been killed"


def test_two_imports_of_the_same_file_load_it_once(tmp_path: Path, process_environment: dict[str, str]) -> None:
    path = deliver(tmp_path, [row(number) for number in range(1, 2000)])
    processes = [start_import(path, env=process_environment) for _ in range(3)]
    results = [finish(process) for process in processes]
    assert sorted(result["lines_good"] for result in results) == [0, 0, 1999]
    assert sorted(result["batches"][0]["status"] for result in results) == ["loaded", "nothing_to_do", "nothing_to_do"]
    assert ReimbursementLine.objects.count() == 1999


def test_two_emitters_at_once(tmp_path: Path, process_environment: dict[str, str]) -> None:
    first = deliver(tmp_path, [row(number) for number in range(1, 2000)])
    rows = [row(number, emitter_code=OTHER_EMITTER, insured_nir=CHILD) for number in range(1, 2000)]
    second = deliver(tmp_path, rows, emitter=OTHER_EMITTER)
    for process in [start_import(path, env=process_environment) for path in (first, second)]:
        finish(process)
    assert ReimbursementLine.objects.count() == 2 * 1999


def test_no_bar_off_a_terminal_and_a_readable_summary(tmp_path: Path, process_environment: dict[str, str]) -> None:
    path = deliver(tmp_path, [row(1), row(2), row(2)])
    done = subprocess.run(
        [sys.executable, "-m", "django", "import_feed", str(path), "--rejects-dir", str(tmp_path)],
        cwd=settings.BASE_DIR, env=process_environment, text=True, capture_output=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    assert f"{path.name} : 2 lignes chargées sur 3" in done.stdout
    assert "remboursé : 42,00\u00a0€" in done.stdout


@pytest.fixture
def watched() -> Iterator[psycopg.Connection]:
    """The server seen by its owner, who may read what other sessions are doing."""
    params = connection.get_connection_params()
    login = {name: params[name] for name in ("host", "port", "user", "password", "dbname") if name in params}
    with psycopg.connect(**login, autocommit=True) as owner:
        yield owner


def _wait_for(watched: psycopg.Connection, phase: str, process: subprocess.Popen[str]) -> None:
    seen = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE state = 'active' AND ltrim(query, E' \\n') LIKE %s)"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if watched.execute(seen, [f"{phase}%"]).fetchone() == (True,):
            return
    process.kill()
    pytest.fail(f"the import was not seen in {phase}: {process.communicate()[1]}")


def _forget_everything() -> None:
    with transaction.atomic(), import_role(), connection.cursor() as cursor:
        for table in ("rejectedline", "importreject", "importbatch", "line"):
            cursor.execute(f"DELETE FROM reimbursements_{table}")


def _wait_for_its_back_end() -> None:
    """The server notices a vanished client within seconds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
                "(SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.1)
    pytest.fail("the back end of a killed import still holds its lock")
