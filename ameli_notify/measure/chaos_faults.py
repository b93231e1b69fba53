"""The faults of a crash run: which, in what order, upon whom. All of it follows from one seed."""

import random
import time
from collections import Counter
from enum import StrEnum
from typing import Final

import psycopg
from django.db import connection

from ameli_notify.core.embedded_postgres import DATABASE, EmbeddedPostgres
from ameli_notify.core.sql import fetch_all, run
from ameli_notify.measure.chaos_processes import SENDER_NAME, Crew
from outreach.digest.schema import NOTIFICATION

PATIENCE_FOR_A_VICTIM: Final = 3.0
"""Seconds to wait for a sender that holds a chunk before taking any."""


class Fault(StrEnum):
    """What befalls the senders."""

    KILL = "kill"
    TERMINATE = "terminate_backend"
    STOP = "stop_beyond_lease"
    RESTART = "restart_postgres"


SMTP_FAULTS: Final = (
    "--tempfail", "0.05", "--permfail", "0.01", "--drop-before", "0.01", "--drop-after", "0.01",
    "--stall", "0.001", "--stall-seconds", "6", "--delay", "0.03",
)  # fmt: skip


def fault_plan(number: int, *, chance: random.Random) -> list[Fault]:
    """So many faults in a random order: of 300, 250 kills, 42 cut connections, 5 stopped senders, 3 restarts."""
    rare = {Fault.RESTART: max(1, number // 100), Fault.STOP: max(1, number // 60), Fault.TERMINATE: number * 14 // 100}
    plan = [fault for fault, count in rare.items() for _ in range(count)]
    plan += [Fault.KILL] * (number - len(plan))
    chance.shuffle(plan)
    return plan


class Saboteur:
    """Strikes one fault at a time."""

    def __init__(self, crew: Crew, postgres: EmbeddedPostgres, *, chance: random.Random, lease: float) -> None:
        self.struck: Counter[Fault] = Counter()
        self._crew = crew
        self._postgres = postgres
        self._chance = chance
        self._lease = lease
        self._waiting_since: float | None = None

    @property
    def interrupted(self) -> int:
        """Senders that lost a window at most: a restart of the database interrupts them all."""
        return self.struck.total() + self.struck[Fault.RESTART] * (self._crew.size - 1)

    def strike(self, fault: Fault) -> bool:
        """False when there is nobody to strike at this moment."""
        done = {
            Fault.KILL: self._kill,
            Fault.STOP: self._stop,
            Fault.TERMINATE: self._terminate,
            Fault.RESTART: self._restart,
        }[fault]()
        self.struck[fault] += done
        return done

    def _kill(self) -> bool:
        victim = self._victim()
        if victim is not None:
            self._crew.kill(victim)
        return victim is not None

    def _stop(self) -> bool:
        victim = self._victim()
        if victim is not None:
            self._crew.stop(victim, seconds=self._lease + 1.5)
        return victim is not None

    def _terminate(self) -> bool:
        return self.terminate_backend(SENDER_NAME)

    def terminate_backend(self, name: str) -> bool:
        """Cut one connection of the processes with this name."""
        with psycopg.connect(host=str(self._postgres.socket_dir), user="postgres", dbname=DATABASE) as owner:
            found = owner.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = %s ORDER BY pid", [name]
            ).fetchall()
            if not found:
                return False
            (pid,) = self._chance.choice(found)
            answer = owner.execute("SELECT pg_terminate_backend(%s)", [pid]).fetchone()
        return answer == (True,)

    def _restart(self) -> bool:
        connection.close()
        self._postgres.stop(mode="immediate")
        time.sleep(self._chance.uniform(0.1, 1.0))
        self._postgres.ensure_running()
        return True

    def _victim(self) -> int | None:
        """A sender that holds a chunk; after some patience any sender at all."""
        alive = self._crew.pids
        holding = [pid for pid in _holders() if pid in alive]
        if holding:
            self._waiting_since = None
            return self._chance.choice(holding)
        now = time.monotonic()
        self._waiting_since = self._waiting_since or now
        if alive and now - self._waiting_since > PATIENCE_FOR_A_VICTIM:
            self._waiting_since = None
            return self._chance.choice(alive)
        return None


def _holders() -> list[int]:
    """Process ids of the senders that hold a chunk, in order."""
    found = fetch_all(
        """SELECT DISTINCT split_part(sender, '/', 3)::int FROM outreach_notificationchunk
           WHERE status = 'claimed' AND leased_until > now() ORDER BY 1"""
    )
    return [pid for (pid,) in found]


def resend_blindly() -> int:
    """A planted flaw: what has no answer is sent again, as a naive sender does. Proves that the judge sees."""
    return run(
        f"""UPDATE {NOTIFICATION} SET status = 'created', settled_at = NULL, next_attempt_at = now()
            WHERE status = 'unknown'"""
    )
