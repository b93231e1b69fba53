"""Measuring « Mes paiements » at a tiny size, and the parts that the measure is made of."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from ameli_notify.core.sql import fetch_all, fetch_value
from ameli_notify.measure.bench import arrivals
from ameli_notify.measure.bench.arrivals import Visit, arrive, percentiles
from ameli_notify.measure.bench.history import CHILD_EVERY, HEAVY_EVERY, HEAVY_LINES, add_children, fill_history
from ameli_notify.measure.bench.site import logged_seconds
from ameli_notify.measure.population import fill_people
from reimbursements.payments.periods import whole_period
from tests.bench.test_bench import bench

PEOPLE = 2 * HEAVY_EVERY
PATH = "/mon-espace/paiements/"


def test_pages_are_measured_cold_and_warm_and_the_place_is_cleared_up(tmp_path: Path) -> None:
    temporary = tmp_path / "t"
    done = bench(temporary, ONLY="pages", SCALE="0.001")

    assert done.returncode == 0, done.stderr
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    by_name = {line["name"]: line for line in lines}
    assert list(by_name) == [
        "pages-payments-queries", "pages-payments-cold", "pages-payments-warm", "pages-statement-pdf",
    ]  # fmt: skip
    assert by_name["pages-payments-queries"]["is_met"] is True, "the same number for few and for many lines"
    for name, visits in (("pages-payments-cold", 42), ("pages-payments-warm", 84)):
        line = by_name[name]
        assert line["visits"] <= visits
        assert line["lines"] > PEOPLE * 20
        assert 0 < line["server_p50"] <= line["value"] <= line["server_p99"] <= line["server_longest"]
        assert line["web_cpu"] > 0, "milliseconds of processor time a visit"
        assert line["client_p95"] >= line["client_p50"] > line["server_p50"] / 2
    assert by_name["pages-statement-pdf"]["unit"] == "s"
    assert list(temporary.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_the_history_is_believable() -> None:
    people = fill_people(PEOPLE)
    add_children(people)
    written = fill_history(people, lines=PEOPLE * 25, say=lambda _: None)

    assert written == fetch_value("SELECT count(*) FROM reimbursements_line")
    assert written == pytest.approx(PEOPLE * 25, rel=0.1)
    counts = sorted(number for (number,) in fetch_all(
        "SELECT count(*) FROM reimbursements_line GROUP BY beneficiary_id"
    ))  # fmt: skip
    assert counts[-1] == pytest.approx(HEAVY_LINES, rel=0.15)
    assert counts[-3] < HEAVY_LINES / 3, "two people have very much, the others do not"
    assert counts[len(counts) // 2] < written / PEOPLE, "most have less than the mean"
    period = whole_period(timezone.localdate())
    assert fetch_all("SELECT min(payment_date) >= %s, max(payment_date) <= %s FROM reimbursements_line",
                     [period.first, period.last]) == [(True, True)]  # fmt: skip
    of_children = fetch_value("SELECT count(*) FROM reimbursements_line WHERE beneficiary_id <> insured_id")
    assert 0 < of_children < written / (CHILD_EVERY - 1)
    assert 0 < fetch_value("SELECT count(*) FROM reimbursements_line WHERE is_confidential") < written / 50


@pytest.fixture
def slow_server() -> Iterator[int]:
    """Answers after 200 ms; forbids whoever has no cookie."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(0.2)
            self.send_response(200 if self.headers["Cookie"] else 403)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_arrivals_do_not_wait_for_answers(slow_server: int) -> None:
    began = time.monotonic()
    answers = arrive(slow_server, [Visit(path="/", cookie=one) for one in ["a=1"] * 20 + [""]], rate=100)
    assert time.monotonic() - began < 20 * 0.2, "one after the other would take four seconds"
    assert [answer.status for answer in answers] == [200] * 20 + [403]
    assert min(answer.took for answer in answers) >= 0.2


def test_the_time_of_an_answer_counts_from_the_moment_it_was_due(
    slow_server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "_AT_ONCE", 1)
    answers = arrive(slow_server, [Visit(path="/", cookie="a=1")] * 4, rate=1_000)
    assert answers[-1].late > 0.5
    assert answers[-1].took > 0.7, "waiting is part of it"


def test_arrivals_are_random_but_the_same_each_time() -> None:
    moments = arrivals._moments(5_000, rate=50)
    assert moments == arrivals._moments(5_000, rate=50)
    assert moments == sorted(moments)
    assert moments[-1] == pytest.approx(100, rel=0.1)
    assert moments[1] - moments[0] != pytest.approx(moments[2] - moments[1])


def test_percentiles_are_milliseconds() -> None:
    found = percentiles([each / 1000 for each in range(1, 102)])
    assert (found.p50, found.p95, found.p99, found.longest) == pytest.approx((51, 96, 100, 101))
    with pytest.raises(ValueError, match="two durations"):
        percentiles([1.0])


def entry(path: str, microseconds: int) -> str:
    return json.dumps({"at": "x", "path": path, "microseconds": str(microseconds)})


def test_the_log_tells_how_long_the_server_worked(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    said = [entry("/healthz", 1), "[INFO] Booting worker", entry(PATH, 1_000), entry(PATH, 2_000), entry(PATH, 3_000)]
    log.write_text("\n".join(said))
    assert logged_seconds(log, PATH, number=2, after=1) == [0.002, 0.003]
    assert logged_seconds(log, "/healthz", number=1) == [0.000001]


def test_a_log_without_the_answers_is_no_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ameli_notify.measure.bench.site._LOG_SECONDS", 0.01)
    log = tmp_path / "web.log"
    log.write_text(entry(PATH, 1))
    with pytest.raises(RuntimeError, match="1 answers instead of 2"):
        logged_seconds(log, PATH, number=2)
