"""The bench of the console, small: its answers come from the real server, and its caseload is believable."""

import json
from pathlib import Path
from typing import Any

import pytest

from accounts.staff.roles import Role
from ameli_notify.core.sql import fetch_all, fetch_value
from ameli_notify.measure.bench.case_history import fill_cases
from ameli_notify.measure.population import fill_people
from tests.bench.test_bench import bench
from tests.staff import make_staff


def test_the_console_is_measured_and_the_place_is_cleared_up(tmp_path: Path) -> None:
    temporary = tmp_path / "t"
    done = bench(temporary, ONLY="cases", SCALE="0.001")

    assert done.returncode == 0, done.stderr
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["name"] for line in lines] == ["cases-inbox", "cases-case-page"]
    for line in lines:
        assert line["reports"] == 1_000
        assert line["visits"] == 20
        assert 0 < line["server_p50"] <= line["value"] <= line["server_p99"] <= line["server_longest"]
    assert list(temporary.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_the_caseload_is_believable() -> None:
    fill_people(50)
    holder = make_staff(role=Role.INVESTIGATOR)
    load = fill_cases(reports=5_000, cases=500, people=50, holder=holder)

    assert fetch_value("SELECT count(*) FROM fraud_casereport") == load.reports
    assert fetch_value("SELECT count(*) FROM fraud_reportedline") == load.reports
    assert fetch_value("SELECT count(*) FROM fraud_fraudreport") == load.reports
    assert len(load.open_cases) == fetch_value("SELECT count(*) FROM fraud_caseassignment") == 100
    held = [number for (number,) in fetch_all("SELECT count(*) FROM fraud_casereport GROUP BY case_id ORDER BY 1")]
    assert held[-1] > 5 * held[len(held) // 2], "few cases hold many reports"
    stakes = "SELECT sum(amount_at_stake) FROM"
    assert fetch_value(f"{stakes} fraud_fraudcase") == fetch_value(f"{stakes} fraud_fraudreport")
