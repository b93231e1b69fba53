"""Watches over a django-q2 cluster, whose own guard can die without a word.

django-q2 replaces a killed worker, but when the dead one held the queue's read lock the cluster never runs
another task while its parent stays alive; a killed parent leaves its workers behind. So the cluster runs as a
child in a session of its own, its workers write a heartbeat, and when that falls silent every process of the
cluster is ended and a new cluster started.

Processes are recognised by an environment variable that they inherit, never by a stored process id, which may by
then belong to somebody else. A file lock allows one supervisor for each ``VAR_DIR``: whatever cluster process of
this folder lives when a supervisor starts is a leftover of one that was killed.
"""

import fcntl
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Min
from django.db.models.functions import Now
from django_q.models import Schedule

from ameli_notify.core.jobs import enqueue
from ameli_notify.core.models import Heartbeat
from ameli_notify.core.tasks import BEAT, CLUSTER_VARIABLE

logger = logging.getLogger(__name__)

HOME_VARIABLE: Final = "AMELI_JOBS_HOME"
SCHEDULER_PASS: Final = 30.0
"""Seconds between two looks of django-q2 at its schedules (fixed in django_q.cluster.Sentinel.guard)."""
LONGEST_BACK_OFF: Final = 60.0


class AlreadySupervisedError(RuntimeError):
    """Another supervisor of the same VAR_DIR is alive."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds. ``silence``: how long workers may run nothing; ``start``: until the first beat of a new cluster."""

    silence: float = 180.0
    start: float = 60.0
    grace: float = 8.0

    @property
    def probe_every(self) -> float:
        return self.silence / 6

    @property
    def overdue(self) -> float:
        """How late the scheduler may be before it counts as dead."""
        return self.silence + 2 * SCHEDULER_PASS


class Cluster:
    """One started ``qcluster`` with all its processes."""

    def __init__(self, command: list[str], *, home: Path, folder: Path) -> None:
        self.name = f"{socket.gethostname()[:80]}:{uuid.uuid4().hex[:12]}"
        self.started = time.monotonic()
        environment = os.environ | {CLUSTER_VARIABLE: self.name, HOME_VARIABLE: str(home)}
        self._parent = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)

    @property
    def age(self) -> float:
        return time.monotonic() - self.started

    def is_alive(self) -> bool:
        return self._parent.poll() is None

    def end(self, *, grace: float) -> None:
        """Let running tasks finish for ``grace`` seconds, then end every process of the cluster."""
        # Only the parent: django-q2 stops in order on its signal, and loses its workers on a signal to all.
        self._parent.terminate()
        try:
            self._parent.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            logger.warning("cluster did not stop in time", extra={"cluster": self.name, "grace": grace})
        end_processes(CLUSTER_VARIABLE, self.name)
        self._parent.wait()


class Supervisor:
    """Keeps one cluster alive until ``stop`` is called (from a signal handler, say)."""

    def __init__(self, command: list[str], *, home: Path, folder: Path, patience: Patience) -> None:
        self._command = command
        self._home = home.resolve()
        self._folder = folder
        self._patience = patience
        self._stopping = Event()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        """Returns after ``stop``, with nothing left alive. Raises AlreadySupervisedError."""
        with self._only_one():
            leftovers = end_processes(HOME_VARIABLE, str(self._home))
            if leftovers:
                logger.warning("ended what a killed supervisor left behind", extra={"processes": leftovers})
            failures = 0
            while not self._stopping.is_set():
                cluster = Cluster(self._command, home=self._home, folder=self._folder)
                try:
                    reason = self._watch(cluster)
                finally:
                    lived = cluster.age
                    cluster.end(grace=self._patience.grace)
                if self._stopping.is_set():
                    break
                failures = 0 if lived > 10 * self._patience.silence else failures + 1
                delay = back_off(failures)
                logger.error("cluster restarts", extra={"cluster": cluster.name, "reason": reason, "delay": delay})
                self._stopping.wait(delay)

    def _watch(self, cluster: Cluster) -> str:
        """Returns why the cluster must be replaced, or an empty text when asked to stop."""
        pulse = Pulse(cluster.name, self._patience)
        while not self._stopping.wait(min(1.0, self._patience.probe_every)):
            if not cluster.is_alive():
                return "its parent process died"
            reason = pulse.complaint(cluster.age)
            if reason:
                return reason
        return ""

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        self._home.mkdir(parents=True, exist_ok=True)
        with (self._home / "jobs.lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadySupervisedError(f"the jobs of {self._home} already run") from None
            yield


def back_off(failures: int) -> float:
    """Seconds before the next start after so many early deaths in a row."""
    return min(2.0 ** min(failures - 1, 10), LONGEST_BACK_OFF) if failures else 0.0


class Pulse:
    """Asks the workers for beats through the queue itself, and listens for them."""

    def __init__(self, cluster: str, patience: Patience) -> None:
        self._cluster = cluster
        self._patience = patience
        self._asked_at = float("-inf")
        self._excused_until = 0.0

    def complaint(self, age: float) -> str:
        """Why a cluster of this age counts as dead; empty while it is well, or while the database cannot tell."""
        try:
            found = self._examine(age)
        except DatabaseError as error:
            logger.warning("the database does not answer", extra={"failure": type(error).__name__})
            connection.close()
            # No beat can be written meanwhile: silence counts anew from the moment it answers.
            self._excused_until = age + self._patience.silence
            return ""
        return "" if age < self._excused_until else found

    def _examine(self, age: float) -> str:
        if age - self._asked_at >= self._patience.probe_every:
            self._asked_at = age
            enqueue(BEAT)
        silent = self._seconds_since_beat()
        if silent is None and age > self._patience.start:
            return "its workers never ran a task"
        if silent is not None and silent > self._patience.silence:
            return "its workers run no task any more"
        if age > self._patience.overdue and self._schedules_overdue():
            return "its scheduler starts nothing any more"
        return ""

    def _seconds_since_beat(self) -> float | None:
        beat = Heartbeat.objects.filter(cluster=self._cluster).annotate(now=Now()).values_list("now", "beat_at").first()
        return None if beat is None else (beat[0] - beat[1]).total_seconds()

    def _schedules_overdue(self) -> bool:
        row = Schedule.objects.exclude(repeats=0).aggregate(oldest=Min("next_run"), now=Now())
        return row["oldest"] is not None and (row["now"] - row["oldest"]).total_seconds() > self._patience.overdue


def qcluster_command() -> list[str]:
    """Starts django-q2's cluster in the project folder, with this interpreter."""
    return [sys.executable, "-m", "django", "qcluster"]


def end_processes(variable: str, value: str) -> int:
    """Kill every process of ours that inherited ``variable=value``, and wait until they are gone; returns how many."""
    killed = 0
    while found := [pid for pid in _process_ids() if _inherited(pid, variable, value)]:
        for pid in found:
            killed += _kill(pid, variable, value)
    return killed


def _process_ids() -> Iterator[int]:
    return (
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and int(entry.name) != os.getpid()
    )


def _inherited(pid: int, variable: str, value: str) -> bool:
    try:
        return f"{variable}={value}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def _kill(pid: int, variable: str, value: str) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        # Looked at again behind the handle: the number may have passed to another process meanwhile.
        if not _inherited(pid, variable, value):
            return False
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [])
        return True
    finally:
        os.close(handle)
