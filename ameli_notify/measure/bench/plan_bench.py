"""Planning a wave: people a second at growing sizes, against COPY of the rows that it writes."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from django.db import transaction

from accounts.people.models import COHORTS
from ameli_notify.core.sql import fetch_value, run
from ameli_notify.measure.bench.clock import Spent
from ameli_notify.measure.bench.report import (
    Line,
    Measure,
    at_least,
    at_most,
    cpu_ratio,
    growth_exponent,
    median_round,
    paired_ratio,
    rate,
)
from ameli_notify.measure.bench.run import ROUNDS, Run, settle_server
from ameli_notify.measure.bench.twins import copy_in, copy_out, make_leaves, make_twin
from ameli_notify.measure.population import make_due
from outreach.digest.planning import cohort_of, plan_digest
from outreach.digest.schema import DUE, NOTIFICATION, RECIPIENT

SIZES: Final = (100_000, 300_000, 1_000_000)
LARGEST: Final = 3_000_000
FIRST_DAY: Final = dt.date(2027, 1, 4)
ROUND: Final = dt.timedelta(days=COHORTS)
PEOPLE_A_SECOND: Final = 50_000
COPY_RATIO: Final = 0.3
LARGEST_FACTOR: Final = 3.5
"""Time of 3 M people over time of 1 M."""
WRITTEN: Final = ((RECIPIENT, "bench_recipient"), (NOTIFICATION, "bench_notification"))

# Every decision occurs: mostly e-mail, some SMS, letters, people who want nothing, are protected, or died.
_PEOPLE: Final = """
INSERT INTO accounts_insuredperson
    (public_id, nir_sealed, nir_lookup, cohort, fund_code, birth_date_text, birth_rank, sex, birth_name, usage_name,
     first_names, postcode, territory, died_on, is_contact_protected, preferred_channel, has_email, has_mobile,
     created_at, updated_at)
SELECT gen_random_uuid(), '\\x00', gen_random_uuid(), %(cohort)s, '01C751000', '19700101', 1, 1, 'ESSAI', '',
    'Claude', CASE WHEN n %% 50 = 1 THEN '' ELSE '75011' END, '',
    CASE WHEN n %% 200 = 3 THEN DATE '2026-12-01' END, n %% 500 = 7,
    CASE n %% 20 WHEN 0 THEN 'sms' WHEN 1 THEN 'post' WHEN 2 THEN 'none' ELSE 'email' END,
    n %% 10 <> 9, n %% 4 <> 1, now(), now()
FROM generate_series(1, %(number)s) AS n
"""


def bench_plan(run_: Run) -> Iterator[Line]:
    """Yields a measure for each size, then how time grows with size."""
    for table, twin in WRITTEN:
        make_twin(table, twin)
    planner = _Planner(run_)
    times: dict[int, float] = {}
    for full in SIZES:
        size = run_.size(full, least=100)
        planner.grow(size)
        planned, copied = planner.rounds(size)
        times[size] = median_round(planned).wall
        yield Measure(
            name=f"plan-{size}", value=rate(size, planned), unit="people/s",
            ratio=paired_ratio(planned, copied), cpu_ratio=cpu_ratio(planned, copied),
            against=f"COPY of the same rows: {rate(size, copied):.0f} people/s",
            spent=median_round(planned),
            goals=[at_least(COPY_RATIO), at_least(PEOPLE_A_SECOND, of="value")] if size >= SIZES[0] else (),
        )  # fmt: skip
    if run_.scale >= 1:
        yield planner.largest(times)
    yield Measure(name="plan-growth-exponent", value=growth_exponent(times), unit="exponent", against="1 is linear")
    yield Measure(
        name="plan-second-run-adds", value=planner.added_again, unit="rows", goals=[at_most(0)],
    )  # fmt: skip


class _Planner:
    """Plans one day after the other for a cohort that grows."""

    def __init__(self, run_: Run) -> None:
        self._run = run_
        self._day = FIRST_DAY
        self._people = 0
        self.added_again = 0

    def grow(self, size: int) -> None:
        """Have exactly this many people in the cohort."""
        with self._run.step(f"{size} personnes"):
            run(_PEOPLE, {"cohort": cohort_of(FIRST_DAY), "number": size - self._people})
            settle_server("accounts_insuredperson")
        self._people = size

    def rounds(self, size: int) -> tuple[list[Spent], list[Spent]]:
        """Plan, then COPY the same rows into equal tables; three times."""
        planned: list[Spent] = []
        copied: list[Spent] = []
        for _ in range(ROUNDS):
            with self._run.step(f"planifier {size} personnes, puis COPY des mêmes lignes"):
                day = self._day
                planned.append(self._plan())
                self._plan_again(day)
                copied.append(self._copy(day))
        return planned, copied

    def largest(self, times: dict[int, float]) -> Measure:
        """Three times a million people, once; adds to ``times``."""
        million = max(times)
        self.grow(LARGEST)
        with self._run.step(f"planifier {LARGEST} personnes"):
            spent = self._plan()
        times[LARGEST] = spent.wall
        return Measure(
            name=f"plan-{LARGEST}", value=LARGEST / spent.wall, unit="people/s", spent=spent,
            ratio=spent.wall / times[million], against=f"time of {million} people (one round against the median)",
            goals=[at_most(LARGEST_FACTOR, of="ratio"), at_least(PEOPLE_A_SECOND, of="value")],
        )  # fmt: skip

    def _plan(self) -> Spent:
        first = int(fetch_value("SELECT min(id) FROM accounts_insuredperson"))
        make_due(range(first, first + self._people), day=self._day - dt.timedelta(days=1))
        settle_server(DUE)
        day = self._day
        self._day += ROUND
        spent = self._run.clock.time(lambda: plan_digest(day))
        planned = _rows(day)
        if planned != self._people:
            raise RuntimeError(f"{planned} notifications for {self._people} people")
        return spent

    def _plan_again(self, day: dt.date) -> None:
        before = _rows(day)
        plan_digest(day)
        self.added_again += _rows(day) - before

    def _copy(self, day: dt.date) -> Spent:
        for table, twin in WRITTEN:
            make_leaves(table, twin)
        recipients = copy_out(f"SELECT * FROM {RECIPIENT} WHERE planned_on = %s ORDER BY notification_id", [day])
        notifications = copy_out(f"SELECT * FROM {NOTIFICATION} WHERE created_on = %s ORDER BY id", [day])
        settle_server()

        def copy() -> None:
            with transaction.atomic():
                copy_in("bench_recipient", recipients)
                copy_in("bench_notification", notifications)

        return self._run.clock.time(copy)


def _rows(day: dt.date) -> int:
    return int(fetch_value(f"SELECT count(*) FROM {NOTIFICATION} WHERE created_on = %s", [day]))
