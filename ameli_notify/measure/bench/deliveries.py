"""Files of lines large enough to measure, joined from the small ones of a simulation."""

import csv
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Final

_PATTERN: Final = "DEC_*.csv"


def joined_deliveries(simulated: Path, out: Path, *, number: int) -> list[Path]:
    """Join the files of each of ``number`` periods into one; the emitters keep their lines, one of them delivers."""
    by_day = [list(files) for _, files in groupby(sorted(simulated.glob(_PATTERN), key=_day_and_name), key=_day)]
    if len(by_day) < number:
        raise ValueError(f"{len(by_day)} days make no {number} deliveries")
    out.mkdir()
    share = len(by_day) / number
    periods = [by_day[round(each * share) : round((each + 1) * share)] for each in range(number)]
    emitter = by_day[0][0].name.split("_")[1]
    return [
        _join([file for day in days for file in day], out, emitter=emitter, day=_day(days[-1][0]), sequence=sequence)
        for sequence, days in enumerate(periods, start=1)
    ]


def delivery_day(file: Path) -> dt.date:
    """The day in the name of a delivered file."""
    return dt.datetime.strptime(_day(file), "%Y%m%d").date()  # noqa: DTZ007 (a date, no time)


def redelivered(file: Path, *, sequence: int) -> Path:
    """The same lines but the last one under the next sequence: other bytes, nothing new in them."""
    lines = file.read_bytes().splitlines(keepends=True)[:-1]
    _, emitter, day, _ = file.stem.split("_")
    return _write(lines, file.parent, emitter=emitter, day=day, sequence=sequence)


def _day(file: Path) -> str:
    return file.name.split("_")[2]


def _day_and_name(file: Path) -> tuple[str, str]:
    return _day(file), file.name


def _join(files: Sequence[Path], out: Path, *, emitter: str, day: str, sequence: int) -> Path:
    lines: list[bytes] = []
    for file in files:
        own = file.read_bytes().splitlines(keepends=True)
        lines += own if not lines else own[1:]
    return _write(lines, out, emitter=emitter, day=day, sequence=sequence)


def _write(lines: Sequence[bytes], out: Path, *, emitter: str, day: str, sequence: int) -> Path:
    content = b"".join(lines)
    file = out / f"DEC_{emitter}_{day}_{sequence:04d}.csv"
    file.write_bytes(content)
    paid, charged = _totals(line.decode() for line in lines)
    manifest = {
        "format": "decompte-lines",
        "format_version": 1,
        "emitter_code": emitter,
        "flow_date": f"{day[:4]}-{day[4:6]}-{day[6:]}",
        "sequence": sequence,
        "previous_sequence": sequence - 1,
        "file": file.name,
        "compression": "none",
        "row_count": len(lines) - 1,
        "control_total_paid": str(paid),
        "control_total_charged": str(charged),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    file.with_suffix(".manifest.json").write_text(json.dumps(manifest))
    return file


def _totals(lines: Iterable[str]) -> tuple[Decimal, Decimal]:
    paid = charged = Decimal(0)
    for row in csv.DictReader(lines, delimiter=";"):
        paid += _amount(row["amount_paid"])
        charged += _amount(row["amount_charged"])
    return paid, charged


def _amount(text: str | None) -> Decimal:
    return Decimal(text) if text else Decimal(0)
