"""Measuring the links of a professional at a tiny size: it tells nothing of speed here."""

import json
from pathlib import Path
from typing import Any

from tests.bench.test_bench import bench


def test_links_are_measured_on_what_the_job_counted(tmp_path: Path) -> None:
    done = bench(tmp_path / "t", ONLY="links", SCALE="0.004")

    assert done.returncode == 0, done.stderr
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    by_name = {line["name"]: line for line in lines}
    assert list(by_name) == ["links-count", "links-patients", "links-page", "profile-page"]
    assert by_name["links-count"]["lines"] > 200 * 20
    assert by_name["links-patients"]["value"] == 20
    for name in ("links-page", "profile-page"):
        assert 0 < by_name[name]["p50"] <= by_name[name]["value"] <= by_name[name]["longest"]
        assert by_name[name]["cpu"] >= 0
    assert list((tmp_path / "t").iterdir()) == []
