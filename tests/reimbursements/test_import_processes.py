"""Imports as processes: killed, side by side, and seen from outside while under way."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

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
    tmp_path: Path, process_environment: dict[str, str]
) -> None:
    path = large_file(tmp_path)
    started = time.monotonic()
    begun = start_import(path, env=process_environment)
    undisturbed = finish(begun)
    took = time.monotonic() - started
    expected = loaded()
    assert expected["lines"] == undisturbed["lines_good"] == ROWS - 1 - 399
    _forget_everything()

    chance = random.Random(2)
    killed = 0
    for _ in range(6):
        process = start_import(path, env=process_environment)
        time.sleep(took * chance.uniform(0.3, 0.95))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE_SECONDS)
        if process.returncode != -signal.SIGKILL:
            break
        killed += 1
        _wait_for_its_back_end()
        if ImportBatch.objects.exists():  # killed between its commit and its end
            break
        assert loaded() == {"batches": [], "lines": 0, "paid": None, "findings": 0, "raw": 0}
    assert killed >= 3
    if not ImportBatch.objects.exists():
        finish(start_import(path, env=process_environment))
    assert loaded() == expected


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
    assert "42,00\u00a0€ remboursés" in done.stdout


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
