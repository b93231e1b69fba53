"""The bench itself, run at a tiny size: it tells nothing of speed here, only that it measures and clears up."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from ameli_notify.measure.bench.place import run_in_own_place


def bench(temporary: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    temporary.mkdir(exist_ok=True)
    temporary.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name not in ("ONLY", "SCALE")}
    return subprocess.run(
        [sys.executable, "manage.py", "bench"],
        cwd=settings.BASE_DIR, env=environment | {"TMPDIR": str(temporary)} | variables,
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """A folder in which everything that the bench leaves behind would be seen."""
    return tmp_path / "t"


def test_plan_is_measured_beside_copy(temporary: Path) -> None:
    done = bench(temporary, ONLY="plan", SCALE="0.001")

    assert done.returncode == 0, done.stderr
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    by_name = {line["name"]: line for line in lines}
    assert list(by_name) == ["plan-100", "plan-300", "plan-1000", "plan-growth-exponent", "plan-second-run-adds"]
    for size in (100, 300, 1000):
        line = by_name[f"plan-{size}"]
        assert line["unit"] == "people/s"
        assert line["value"] > 0
        assert line["ratio"] > 0
        assert line["against"].startswith("COPY of the same rows: ")
        assert line["cpu_seconds"] >= 0
        assert line["wall_seconds"] > 0
    assert by_name["plan-second-run-adds"]["value"] == 0
    assert by_name["plan-second-run-adds"]["is_met"] is True
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"ONLY": "plan,vitesse"}, "ONLY ne connaît pas vitesse"),
        ({"ONLY": "plan", "SCALE": "0"}, "SCALE"),
        ({"ONLY": "plan", "SCALE": "vite"}, "SCALE"),
    ],
)
def test_what_cannot_be_measured_is_said_at_once(temporary: Path, variables: dict[str, str], complaint: str) -> None:
    done = bench(temporary, **variables)
    assert done.returncode != 0
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(temporary.iterdir()) == []


def test_a_measure_that_fails_shows_the_log_of_its_server_before_it_goes(capfd: pytest.CaptureFixture[str]) -> None:
    failing = (
        "import sys; from django.conf import settings;"
        " from ameli_notify.core.embedded_postgres import EmbeddedPostgres;"
        " EmbeddedPostgres(settings.VAR_DIR).ensure_running(); sys.exit(3)"
    )
    assert run_in_own_place(["shell", "-c", failing]) == 3
    assert "database system is ready to accept connections" in capfd.readouterr().err
