"""What every part of the bench works with: size, clock, progress, and the database in a measurable state."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings

from ameli_notify.core.embedded_postgres import EmbeddedPostgres
from ameli_notify.measure.bench.clock import Clock
from ameli_notify.measure.bench.twins import owner_cursor

ROUNDS: Final = 3
"""Everything is measured three times, what is compared one beside the other; the medians count."""


@dataclass(slots=True)
class Run:
    """One run of the bench in a place of its own. ``scale`` 1 is full size."""

    scale: float
    say: Callable[[str], None]
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(server_pid=EmbeddedPostgres(settings.VAR_DIR).pid)

    def size(self, full: int, *, least: int = 1) -> int:
        """``full`` scaled down, or up."""
        return max(least, round(full * self.scale))

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Say on stderr what takes place, and how long it took."""
        began = time.perf_counter()
        yield
        self.say(f"  {what} : {time.perf_counter() - began:.1f} s")


def settle_server(*tables: str) -> None:
    """Take dead rows, statistics and dirty pages out of the measures to come."""
    with owner_cursor() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM (ANALYZE) {table}")
        cursor.execute("CHECKPOINT")
