"""Measuring lists and the next call at a tiny size: that it measures, and that nobody is given twice."""

import json
from pathlib import Path
from typing import Any

from tests.bench.test_bench import bench


def test_lists_and_claims_are_measured_and_the_place_is_cleared_up(tmp_path: Path) -> None:
    temporary = tmp_path / "t"
    done = bench(temporary, ONLY="targets,claims", SCALE="0.0002")

    assert done.returncode == 0, done.stderr
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    by_name = {line["name"]: line for line in lines}
    assert list(by_name) == ["targets-count", "targets-freeze", "claims-next-call", "claims-given-twice"]
    listed = by_name["targets-freeze"]
    assert 0 < listed["targets"] < listed["people"] == 2_000
    assert by_name["targets-count"]["targets"] == listed["targets"]
    assert by_name["claims-next-call"]["tasks"] == 500
    assert 0 < by_name["claims-next-call"]["p50"] <= by_name["claims-next-call"]["value"]
    assert by_name["claims-given-twice"]["value"] == 0
    assert list(temporary.iterdir()) == []
