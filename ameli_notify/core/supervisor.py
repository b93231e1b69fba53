"""Watches over a django-q2 cluster, whose own guard can die without a word.

django-q2 replaces a killed worker, but when the dead one held the queue's read lock the cluster never runs
another task while its parent stays alive. So the cluster runs as a child in a session of its own, its workers
write a heartbeat, and when that falls silent every process of the cluster is ended and a new cluster started.

A file lock allows one supervisor for each ``VAR_DIR``: whatever cluster process of this folder lives when a
supervisor starts is a leftover of one that was killed.
"""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Final

from ameli_notify.core.processes import HOME_VARIABLE, Cluster, end_processes
from ameli_notify.core.pulse import Patience, Pulse

logger = logging.getLogger(__name__)

LONGEST_BACK_OFF: Final = 60.0


class AlreadySupervisedError(RuntimeError):
    """Another supervisor of the same VAR_DIR is alive."""


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
