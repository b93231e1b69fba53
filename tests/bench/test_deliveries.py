"""Joining small simulated files into large deliveries."""

import json
from pathlib import Path

import pytest

from ameli_notify.measure.bench.deliveries import joined_deliveries, redelivered

HEADER = "emitter_code;amount_paid;amount_charged\n"


def _write(folder: Path, emitter: str, day: str, *rows: str) -> None:
    (folder / f"DEC_{emitter}_{day}_0001.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))


@pytest.fixture
def simulated(tmp_path: Path) -> Path:
    _write(tmp_path, "01C000001", "20260101", "01C000001;1.50;2.00")
    _write(tmp_path, "01C000002", "20260101", "01C000002;-0.50;0.00", "01C000002;;9.99")
    _write(tmp_path, "01C000001", "20260102", "01C000001;10.00;10.00")
    return tmp_path


def test_each_period_becomes_one_delivery_with_its_totals(simulated: Path) -> None:
    first, second = joined_deliveries(simulated, simulated / "joined", number=2)

    assert [first.name, second.name] == ["DEC_01C000001_20260101_0001.csv", "DEC_01C000001_20260102_0002.csv"]
    assert first.read_text() == HEADER + "01C000001;1.50;2.00\n01C000002;-0.50;0.00\n01C000002;;9.99\n"
    manifest = json.loads(first.with_suffix(".manifest.json").read_text())
    assert manifest["row_count"] == 3
    assert manifest["control_total_paid"] == "1.00"
    assert manifest["control_total_charged"] == "11.99"
    assert (manifest["sequence"], manifest["previous_sequence"]) == (1, 0)


def test_a_redelivery_has_other_bytes_and_nothing_new(simulated: Path) -> None:
    first, second = joined_deliveries(simulated, simulated / "joined", number=2)
    again = redelivered(first, sequence=3)
    assert again != first
    assert again.read_bytes() != first.read_bytes()
    assert first.read_text().startswith(again.read_text())


def test_too_few_days_are_refused(simulated: Path) -> None:
    with pytest.raises(ValueError, match="2 days"):
        joined_deliveries(simulated, simulated / "joined", number=3)
