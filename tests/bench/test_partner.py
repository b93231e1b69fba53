"""Measuring what a partner reads at a tiny size: it tells nothing of speed here."""

import json
from pathlib import Path
from typing import Any

from tests.bench.test_bench import bench


def test_a_partner_is_measured_beside_copy(tmp_path: Path) -> None:
    done = bench(tmp_path / "t", ONLY="changes,export,eob", SCALE="0.0005")

    assert done.returncode == 0, done.stderr
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    by_name = {line["name"]: line for line in lines}
    assert list(by_name) == ["changes-page", "export", "eob"]
    assert 0 < by_name["changes-page"]["p50"] <= by_name["changes-page"]["value"] <= by_name["changes-page"]["longest"]
    assert by_name["export"]["lines"] > 500
    for name in ("changes-page", "export"):
        assert by_name[name]["ratio"] > 0
        assert by_name[name]["against"].startswith("COPY of the same rows: ")
    assert by_name["eob"]["resources"] == 1_000
    assert list((tmp_path / "t").iterdir()) == []
