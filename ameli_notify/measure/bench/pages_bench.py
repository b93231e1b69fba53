"""« Mes paiements » on ten million lines: how long the server works for a page while others arrive too."""

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ameli_notify.core.embedded_postgres import EmbeddedPostgres
from ameli_notify.measure.bench.arrivals import Visit, arrive, percentiles
from ameli_notify.measure.bench.clock import Clock, family_seconds
from ameli_notify.measure.bench.history import HEAVY_EVERY, HEAVY_LINES, add_children, fill_history
from ameli_notify.measure.bench.report import Line, Measure, at_most
from ameli_notify.measure.bench.run import Run, settle_server
from ameli_notify.measure.bench.site import logged_seconds, make_cold, served, web_seconds
from ameli_notify.measure.bench.visitors import sign_in_people
from ameli_notify.measure.population import fill_people
from reimbursements.lines.schema import TABLE

PEOPLE: Final = 400_000
LINES_EACH: Final = 25
VISITORS: Final = 1_500
HEAVY_SHARE: Final = 0.05
"""Of the visitors: whoever has much comes more often."""
RATE: Final = 50.0
"""Arrivals a second."""
WARM_VISITS: Final = 2
"""Of each visitor, once the caches are full."""
SERVER_MILLISECONDS: Final = 100
PDF_SECONDS: Final = 10
_SEED: Final = 20_261_122


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """``cookies``: of every visitor; ``heavy``: of one with about HEAVY_LINES lines, ``ordinary``: of one with few."""

    lines: int
    people: int
    cookies: Sequence[str]
    heavy: str
    ordinary: str


def bench_pages(run: Run) -> Iterator[Line]:
    """Yields the page's queries, its time from cold and with warm caches, and the time of a long PDF."""
    stage = _prepare(run)
    yield _queries(stage)
    log = Path(settings.VAR_DIR) / "web.log"
    with run.step("redémarrer la base, mémoire vidée"):
        make_cold()
    run.clock = Clock(server_pid=EmbeddedPostgres(settings.VAR_DIR).pid)
    visits = [cookie for cookie in stage.cookies for _ in range(WARM_VISITS)]
    random.Random(_SEED).shuffle(visits)  # noqa: S311 (no secret)
    with served(log) as port:
        with run.step(f"{len(stage.cookies)} premières visites"):
            yield _measure("pages-payments-cold", stage, log, port=port, cookies=stage.cookies, after=0)
        with run.step(f"{len(visits)} visites de plus"):
            after = len(stage.cookies)
            yield _measure("pages-payments-warm", stage, log, port=port, cookies=visits, after=after)
        with run.step("un relevé PDF"):
            yield _pdf(stage, log, port=port)


def _prepare(run: Run) -> _Stage:
    number = run.size(PEOPLE, least=2 * HEAVY_EVERY)
    call_command("load_reference_data", stdout=io.StringIO())
    with run.step(f"{number} personnes"):
        people = fill_people(number)
        add_children(people)
    with run.step(f"leurs paiements ({number * LINES_EACH} lignes environ)"):
        lines = fill_history(people, lines=number * LINES_EACH, say=run.say)
    with run.step("mettre la base au repos"):
        settle_server(TABLE, "accounts_insuredperson")
    draw = random.Random(_SEED)  # noqa: S311 (no secret)
    heavy = [each for each in people if each % HEAVY_EVERY == 1]
    visitors = run.size(VISITORS, least=40)
    heavy = draw.sample(heavy, min(len(heavy), max(1, round(visitors * HEAVY_SHARE))))
    ordinary = [each for each in draw.sample(people, visitors) if each % HEAVY_EVERY != 1]
    with run.step(f"ouvrir {len(heavy) + len(ordinary)} sessions"):
        keys = sign_in_people([*heavy, *ordinary])
    cookies = [f"{settings.SESSION_COOKIE_NAME}={key}" for key in keys]
    shuffled = draw.sample(cookies, len(cookies))
    return _Stage(lines=lines, people=number, cookies=shuffled, heavy=cookies[0], ordinary=cookies[-1])


def _queries(stage: _Stage) -> Measure:
    few, many = (_count_queries(cookie) for cookie in (stage.ordinary, stage.heavy))
    return Measure(
        name="pages-payments-queries", value=many, unit="queries", ratio=many / few,
        against=f"the page of somebody with few lines; this one has about {HEAVY_LINES}",
        goals=[at_most(1, of="ratio")],
    )  # fmt: skip


def _count_queries(cookie: str) -> int:
    """Of the second visit: the first reads the reference data, and notes that somebody is there."""
    client, path = Client(headers={"host": "127.0.0.1", "cookie": cookie}), reverse("payments")
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        status = client.get(path).status_code
    if status != 200:
        raise RuntimeError(f"the page answered {status}")
    return len(captured)


def _measure(name: str, stage: _Stage, log: Path, *, port: int, cookies: Sequence[str], after: int) -> Measure:
    path = reverse("payments")
    database = EmbeddedPostgres(settings.VAR_DIR).pid
    web, data = web_seconds(), family_seconds(database)
    answers = arrive(port, [Visit(path=path, cookie=cookie) for cookie in cookies], rate=RATE)
    web, data = web_seconds() - web, family_seconds(database) - data
    refused = [answer.status for answer in answers if answer.status != 200]
    if refused:
        raise RuntimeError(f"{len(refused)} of {len(answers)} visits were answered {sorted(set(refused))}")
    server = percentiles(logged_seconds(log, path, number=len(answers), after=after))
    client = percentiles([answer.took for answer in answers])
    return Measure(
        name=name, value=server.p95, unit="ms", against="server time of a page, 95th percentile",
        goals=[at_most(SERVER_MILLISECONDS)],
        details={
            "lines": stage.lines, "people": stage.people, "visits": len(answers), "a_second": RATE,
            "web_cpu": web / len(answers) * 1e3, "database_cpu": data / len(answers) * 1e3,
            "server_p50": server.p50, "server_p99": server.p99, "server_longest": server.longest,
            "client_p50": client.p50, "client_p95": client.p95, "client_p99": client.p99,
            "client_late_p95": percentiles([answer.late for answer in answers]).p95,
        },
    )  # fmt: skip


def _pdf(stage: _Stage, log: Path, *, port: int) -> Measure:
    """The longest document that is likely, once."""
    path = reverse("payments-pdf")
    (answer,) = arrive(port, [Visit(path=path, cookie=stage.heavy)], rate=RATE)
    if answer.status != 200:
        raise RuntimeError(f"the PDF was answered {answer.status}")
    (seconds,) = logged_seconds(log, path, number=1)
    return Measure(
        name="pages-statement-pdf", value=seconds, unit="s", against=f"a statement of about {HEAVY_LINES} lines",
        goals=[at_most(PDF_SECONDS)],
    )  # fmt: skip
