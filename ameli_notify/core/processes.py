"""The processes of a django-q2 cluster, ended as a whole.

They are recognised by an environment variable that they inherit, never by a stored process id, which may by then
belong to somebody else. django-q2 alone leaves its workers behind when its parent is killed.
"""

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
from pathlib import Path
from typing import Final

from ameli_notify.core.tasks import CLUSTER_VARIABLE

logger = logging.getLogger(__name__)

HOME_VARIABLE: Final = "AMELI_JOBS_HOME"
"""Environment variable that names the VAR_DIR whose supervisor started a process."""


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
