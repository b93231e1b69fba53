"""The crash run: a digest is planned and sent while its processes, connections and servers die.

It works on the database and the VAR_DIR of its own process, which must be new ones (``manage.py chaos`` sees to it),
and ends every process that it starts. At the end the mail server's ledger is compared with the database.
"""

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command

from ameli_notify.core.embedded_postgres import EmbeddedPostgres
from ameli_notify.core.sql import fetch_value
from ameli_notify.measure.batches import load_batch
from ameli_notify.measure.chaos_faults import SMTP_FAULTS, Fault, Saboteur, fault_plan, resend_blindly
from ameli_notify.measure.chaos_processes import PLANNER_NAME, Crew, RunningSink, start_manage
from ameli_notify.measure.ledger_compare import (
    Accepted,
    SentRow,
    compare,
    never_told,
    not_once,
    sent_rows,
    unknown_not_due_again,
)
from ameli_notify.measure.population import fill_people
from outreach.digest.invariants import check_invariants
from outreach.digest.models import DigestRun
from outreach.digest.planning import cohort_of, finish_runs, plan_digest
from outreach.digest.schema import NOTIFICATION

FIRST_DAY: Final = dt.date(2026, 3, 16)
PLANNERS: Final = 4
SENDERS: Final = 4
NEXT_ROUND: Final = dt.timedelta(days=settings.DIGEST_CADENCE_DAYS)
STRIKE_UNTIL: Final = 0.85
"""Share of the people by which the last fault is due: the rest shows that all comes to rest."""
CONFIDENTIAL_SHARE: Final = 20
"""One person in so many has nothing but confidential lines, and must get nothing."""

ENVIRONMENT: Final = {
    "DISPATCH_LEASE_SECONDS": "6",
    "DISPATCH_CHUNK_SIZE": "200",
    "DISPATCH_WINDOW": "10",
    "DISPATCH_FIRST_RETRY_SECONDS": "1",
    "LOG_LEVEL": "WARNING",
}
"""What makes three hundred crashes fit into minutes; the command gives it to the run's process."""


class OutOfTime(RuntimeError):
    """The run did not come to rest within its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosOptions:
    people: int
    faults: int
    seed: int
    max_seconds: float
    resends_blindly: bool = False


@dataclass(slots=True)
class ChaosReport:
    """Figures of a run. ``violations`` are all 0 when every promise was kept."""

    options: ChaosOptions
    faults: dict[str, int] = field(default_factory=dict)
    planners_cut: int = 0
    senders_started: int = 0
    smtp: dict[str, int] = field(default_factory=dict)
    notifications: dict[str, int] = field(default_factory=dict)
    unknown_bound: int = 0
    accepted: int = 0
    next_round: dict[str, int] = field(default_factory=dict)
    violations: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def is_kept(self) -> bool:
        return not any(self.violations.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "people": self.options.people,
            "seed": self.options.seed,
            "faults": self.faults,
            "faults_total": sum(self.faults.values()),
            "planners_cut": self.planners_cut,
            "senders_started": self.senders_started,
            "smtp": self.smtp,
            "accepted": self.accepted,
            "notifications": self.notifications,
            "unknown": self.notifications.get("unknown", 0),
            "unknown_bound": self.unknown_bound,
            "next_round": self.next_round,
            "violations": self.violations,
            "seconds": round(self.seconds, 1),
            "ok": self.is_kept,
        }


class ChaosRun:
    """One run, from an empty database to the verdict."""

    def __init__(self, options: ChaosOptions, *, env: Mapping[str, str], say: Callable[[str], None]) -> None:
        self._options = options
        self._env = dict(env)
        self._say = say
        self._chance = random.Random(options.seed)  # noqa: S311  (faults must be repeatable, not secret)
        self._folder = Path(settings.VAR_DIR)
        self._ledger = self._folder / "ledger"
        self._postgres = EmbeddedPostgres(self._folder)
        self._ends_at = time.monotonic() + options.max_seconds
        self._days = [FIRST_DAY + dt.timedelta(days=n) for n in range(4 if options.people > 5000 else 1)]
        self.report = ChaosReport(options)

    def run(self) -> ChaosReport:
        """Raises OutOfTime."""
        started = time.monotonic()
        self._ledger.touch()
        expected = self._prepare()
        self._plan()
        self._first_round(expected)
        self._second_round(expected)
        self.report.seconds = time.monotonic() - started
        return self.report

    # --- people, batches, planning

    def _prepare(self) -> set[int]:
        """Fill the database; returns the people who must be told."""
        call_command("migrate", verbosity=0)
        each = self._options.people // len(self._days)
        expected: set[int] = set()
        for number, day in enumerate(self._days):
            people = fill_people(each + each // CONFIDENTIAL_SHARE, same_cohort=cohort_of(day))
            told, untold = people[:each], people[each:]
            load_batch(told[: each // 2], day=day, sequence=10 * number + 1)
            load_batch(told[each // 3 :], day=day, sequence=10 * number + 2)
            load_batch(untold, day=day, sequence=10 * number + 3, is_confidential=True)
            expected.update(told)
        self._say(f"{len(expected)} personnes à informer en {len(self._days)} vague(s).")
        return expected

    def _plan(self) -> None:
        """Four planners for each day at once, one connection cut meanwhile; a day left unplanned is planned again."""
        for day in self._days:
            while not DigestRun.objects.filter(planned_on=day).exists():
                self._race_for(day)
        self._say(
            f"Planification : {PLANNERS} planificateurs à la fois, {self.report.planners_cut} connexions coupées."
        )

    def _race_for(self, day: dt.date) -> None:
        command = ("plan_digest", "--on", day.isoformat())
        log = self._folder / "planners.log"
        planners = [start_manage(*command, name=PLANNER_NAME, env=self._env, log=log) for _ in range(PLANNERS)]
        try:
            saboteur = Saboteur(self._crew(), self._postgres, chance=self._chance, lease=0)
            cut = False
            while any(planner.poll() is None for planner in planners):
                self._check_time()
                cut = cut or saboteur.terminate_backend(PLANNER_NAME)
                time.sleep(0.05)
            self.report.planners_cut += cut
        finally:
            for planner in planners:
                planner.kill()
                planner.wait()

    def _crew(self, size: int = SENDERS) -> Crew:
        return Crew(size, env=self._env, log=self._folder / "senders.log", patience=self._options.max_seconds)

    # --- sending

    def _first_round(self, expected: set[int]) -> None:
        sink = self._start_sink(*SMTP_FAULTS)
        with closing(sink), closing(self._crew()) as crew:
            saboteur = Saboteur(crew, self._postgres, chance=self._chance, lease=settings.DISPATCH_LEASE_SECONDS)
            self._strike_all(saboteur, crew)
            self._come_to_rest(crew)
            self.report.senders_started = crew.started
            self.report.smtp = sink.stop()
        self.report.faults = {fault.value: saboteur.struck[fault] for fault in Fault}
        self._judge_first(expected, interrupted=saboteur.interrupted)

    def _strike_all(self, saboteur: Saboteur, crew: Crew) -> None:
        plan = fault_plan(self._options.faults, chance=self._chance)
        for number, fault in enumerate(plan, start=1):
            due_at = STRIKE_UNTIL * self._options.people * number / len(plan)
            for settled in self._watch(crew):
                if settled >= due_at and saboteur.strike(fault):
                    break
            if self._options.resends_blindly:
                resend_blindly()
            if number % 50 == 0:
                self._say(f"{number} pannes, {len(self._ledger.read_text().splitlines())} messages acceptés.")
            time.sleep(self._chance.uniform(0.0, 0.1))

    def _come_to_rest(self, crew: Crew) -> None:
        for settled in self._watch(crew):
            if settled >= fetch_value(f"SELECT count(*) FROM {NOTIFICATION}") and not crew.has_sleepers:
                return

    def _watch(self, crew: Crew) -> Iterator[int]:
        """Keep the crew up; yields how many messages are settled, again and again."""
        while True:
            self._check_time()
            crew.keep_up()
            yield fetch_value(f"SELECT count(*) FROM {NOTIFICATION} WHERE status NOT IN ('created', 'claimed')")
            time.sleep(0.03)

    def _second_round(self, expected: set[int]) -> None:
        """The next occurrence of the cohorts, without faults: whoever was unknown is told now."""
        before = len(sent_rows())
        for day in self._days:
            plan_digest(day + NEXT_ROUND)
        sink = self._start_sink()
        with closing(sink), closing(self._crew(2)) as crew:
            self._come_to_rest(crew)
            sink.stop()
        finish_runs()
        rows = sent_rows()
        accepted = Accepted.read(self._ledger)
        later = _by_status(rows[before:])
        self.report.accepted = len(accepted.message_ids)
        self.report.next_round = later
        self.report.violations |= {f"next_round_{name}": count for name, count in compare(accepted, rows).items()}
        self.report.violations |= {
            "never_told": never_told(accepted, rows, expected=expected),
            "next_round_not_all_sent": len(rows) - before - later.get("sending", 0),
            "next_round_invariants": sum(check_invariants().values()),
        }

    def _start_sink(self, *faults: str) -> RunningSink:
        sink = RunningSink(self._ledger, options=faults, seed=self._options.seed, max_seconds=self._options.max_seconds)
        self._env["EMAIL_URL"] = f"smtp://127.0.0.1:{sink.port}?connections=2&final_timeout=3&backoff=0.05"
        return sink

    # --- the verdict

    def _judge_first(self, expected: set[int], *, interrupted: int) -> None:
        finish_runs()
        rows, accepted, smtp = sent_rows(), Accepted.read(self._ledger), self.report.smtp
        self.report.notifications = _by_status(rows)
        unknown = self.report.notifications.get("unknown", 0)
        self.report.unknown_bound = (
            smtp["dropped_before"] + smtp["dropped_after"] + smtp["stalled"] + settings.DISPATCH_WINDOW * interrupted
        )
        refused = self.report.notifications.get("permanent-failure", 0)
        self.report.violations = compare(accepted, rows) | {
            "not_planned_once": not_once(rows, expected=expected),
            "unknown_over_bound": max(0, unknown - self.report.unknown_bound),
            "unknown_not_due_again": unknown_not_due_again(rows),
            "refused_tried_again": max(0, smtp["permfail"] - refused - unknown),
            "accepted_without_account": smtp["accepted"] - accepted.message_ids.total(),
            "faults_not_struck": self._options.faults - sum(self.report.faults.values()),
            "invariants": sum(check_invariants().values()),
        }

    def _check_time(self) -> None:
        if time.monotonic() > self._ends_at:
            raise OutOfTime(f"the run did not come to rest within {self._options.max_seconds:.0f} s")


def _by_status(rows: list[SentRow]) -> dict[str, int]:
    return dict(sorted(Counter(row.status for row in rows).items()))
