"""Loading lines: with every check, from the file on disk, against COPY and bulk_create of the rows it makes."""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command

from ameli_notify.core.sql import fetch_one, fetch_value
from ameli_notify.measure.bench.clock import Spent
from ameli_notify.measure.bench.deliveries import delivery_day, joined_deliveries, redelivered
from ameli_notify.measure.bench.history import fill_history
from ameli_notify.measure.bench.report import (
    Line,
    Measure,
    at_least,
    at_most,
    cpu_ratio,
    median_round,
    paired_ratio,
    rate,
)
from ameli_notify.measure.bench.run import ROUNDS, Run, settle_server
from ameli_notify.measure.bench.twins import (
    copy_in,
    copy_out,
    make_leaves,
    make_twin,
    owner_cursor,
    twin_model,
)
from reimbursements.lines.models import ReimbursementLine
from reimbursements.lines.schema import TABLE
from reimbursements.payments.periods import Period

PERSONS: Final = 100_000
DAYS: Final = 30
"""So many people have about 500,000 lines in thirty days: three deliveries of ten days."""
SEED: Final = 20_260_101
COPY_RATIO: Final = 0.5
BULK_CREATE_RATIO: Final = 4
REPLAY_RATIO: Final = 0.5
"""A replay only compares; were it much slower than a first import, comparing would have gone wrong."""
BULK_CREATE_BATCH: Final = 5_000
BULK_CREATE_ROWS: Final = 30_000
"""bulk_create is measured on the first rows of each delivery: it takes its time."""
EARLIER_LINES: Final = 2_000_000
"""Lines that the months of the deliveries hold before the first of them."""
DAY_OF_FRANCE: Final = 8_000_000
"""Lines of one day of the whole country."""

_COPIED: Final = "bench_line"
_CREATED: Final = "bench_line_django"
_TwinLine: Final = twin_model(ReimbursementLine, table=_CREATED)


@dataclass(slots=True)
class _Rounds:
    lines: int = 0
    created: int = 0
    imported: list[Spent] = field(default_factory=list)
    copied: list[Spent] = field(default_factory=list)
    bulk: list[Spent] = field(default_factory=list)


def bench_import(run: Run) -> Iterator[Line]:
    """Yields lines a second against COPY and bulk_create, what a replay adds, and a day of the country."""
    deliveries = _prepare(run)
    for twin in (_COPIED, _CREATED):
        make_twin(TABLE, twin)
    _fill_earlier_lines(run, deliveries)
    rounds = _Rounds()
    for file in deliveries:
        with run.step(f"importer {file.name}, puis COPY et bulk_create des mêmes lignes"):
            _measure(run, file, rounds)
    mean_lines = rounds.lines // ROUNDS
    ours, spent = rate(mean_lines, rounds.imported), median_round(rounds.imported)
    share = rounds.created / rounds.lines
    bulk_rate = rate(rounds.created // ROUNDS, rounds.bulk)
    yield Measure(
        name="import-against-copy", value=ours, unit="lines/s", ratio=paired_ratio(rounds.imported, rounds.copied),
        cpu_ratio=cpu_ratio(rounds.imported, rounds.copied),
        against=f"bare COPY of the same rows: {rate(mean_lines, rounds.copied):.0f} lines/s",
        spent=spent, goals=[at_least(COPY_RATIO)], details={"lines": rounds.lines},
    )  # fmt: skip
    yield Measure(
        name="import-against-bulk-create", value=ours, unit="lines/s",
        ratio=paired_ratio(rounds.imported, rounds.bulk, share=share),
        cpu_ratio=cpu_ratio(rounds.imported, rounds.bulk, share=share),
        against=f"bulk_create in batches of {BULK_CREATE_BATCH}: {bulk_rate:.0f} lines/s",
        spent=spent, goals=[at_least(BULK_CREATE_RATIO)],
    )  # fmt: skip
    yield from _replay(run, deliveries[-1], imported=spent)
    yield Measure(
        name="import-minutes-of-8M-lines", value=DAY_OF_FRANCE / ours / 60, unit="min",
        against="one import on this machine",
    )  # fmt: skip


def _prepare(run: Run) -> list[Path]:
    """A simulated population with its lines, the directories loaded; returns the deliveries to measure."""
    simulated = Path(settings.VAR_DIR) / "simulated"
    persons = run.size(PERSONS, least=1_000)
    with run.step(f"simuler {persons} personnes et charger les annuaires"):
        _call("simulate", "--persons", persons, "--days", DAYS, "--seed", SEED, "--out", simulated)
        _call("load_reference_data")
        _call("import_persons", simulated)
        _call("import_professionals", simulated)
        return joined_deliveries(simulated, simulated / "joined", number=ROUNDS)


def _fill_earlier_lines(run: Run, deliveries: Sequence[Path]) -> None:
    """The same lines into all three tables: in real life no month is empty when a file comes, and no index small."""
    number = run.size(EARLIER_LINES, least=1_000)
    with run.step(f"{number} lignes plus anciennes dans chacune des trois tables"):
        people = range(*fetch_one("SELECT min(id), max(id) + 1 FROM accounts_insuredperson") or (0, 0))
        first, last = delivery_day(deliveries[0]), delivery_day(deliveries[-1])
        fill_history(people, lines=number, period=Period(first.replace(day=1), last), say=run.say)
        for twin in (_COPIED, _CREATED):
            make_leaves(TABLE, twin)
            with owner_cursor() as cursor:
                cursor.execute(f"INSERT INTO {twin} SELECT * FROM {TABLE}")


def _measure(run: Run, file: Path, rounds: _Rounds) -> None:
    """One delivery: import it, then put the rows that it became into equal tables by COPY and by Django."""
    settle_server(TABLE)
    said: list[str] = []
    rounds.imported.append(run.clock.time(lambda: said.append(_import(file))))
    report: dict[str, Any] = json.loads(said[0])
    for twin in (_COPIED, _CREATED):
        make_leaves(TABLE, twin)
    rows = copy_out(f"SELECT * FROM {TABLE} WHERE batch_id = %s ORDER BY id", [report["batch"]])
    settle_server(_COPIED)
    rounds.copied.append(run.clock.time(lambda: copy_in(_COPIED, rows)))
    names = [each.attname for each in ReimbursementLine._meta.local_fields if not each.primary_key]
    lines = ReimbursementLine.objects.filter(batch_id=report["batch"]).order_by("id").values(*names)
    first_lines = list(lines[:BULK_CREATE_ROWS])
    settle_server(_CREATED)
    rounds.bulk.append(run.clock.time(lambda: _bulk_create(first_lines)))
    rounds.lines += report["lines_good"]
    rounds.created += len(first_lines)


def _bulk_create(lines: Sequence[dict[str, Any]]) -> None:
    """Django's own way for rows that are already read and typed: instances, then bulk_create."""
    objects = (_TwinLine(**line) for line in lines)
    _TwinLine._default_manager.bulk_create(objects, batch_size=BULK_CREATE_BATCH)


def _replay(run: Run, file: Path, *, imported: Spent) -> Iterator[Line]:
    """The same bytes again, then the same lines in another file: neither adds a row, nor takes long."""
    count = f"SELECT count(*) FROM {TABLE}"
    again = redelivered(file, sequence=ROUNDS + 1)
    before = int(fetch_value(count))
    said: list[str] = []
    with run.step("rejouer la dernière livraison"):
        _import(file)
        spent = run.clock.time(lambda: said.append(_import(again)))
    yield Measure(
        name="import-replay-adds", value=int(fetch_value(count)) - before, unit="rows",
        against="the same file, and its lines in another file", goals=[at_most(0)],
    )  # fmt: skip
    yield Measure(
        name="import-replay", value=json.loads(said[0])["duplicates"] / spent.wall, unit="lines/s",
        ratio=imported.wall / spent.wall, against="importing the lines for the first time",
        spent=spent, goals=[at_least(REPLAY_RATIO)],
    )  # fmt: skip


def _import(file: Path) -> str:
    return _call("import_feed", file, "--json")


def _call(command: str, *arguments: object) -> str:
    said = io.StringIO()
    call_command(command, *map(str, arguments), stdout=said)
    return said.getvalue()
