"""The processes of a crash run: its mail server, its senders, its planners. Each is ended by its own handle."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

SENDER_NAME: Final = "chaos-sender"
PLANNER_NAME: Final = "chaos-planner"
MANAGE: Final = Path(settings.BASE_DIR) / "manage.py"


def start_manage(*arguments: str, name: str, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """A command in a process whose database connections carry a name; what it says goes to a file."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, str(MANAGE), *arguments],
            cwd=settings.BASE_DIR,
            env={**env, "PGAPPNAME": name},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


class RunningSink:
    """The mail server, with the faults it was given."""

    def __init__(self, ledger: Path, *, options: Sequence[str], seed: int, max_seconds: float) -> None:
        command = [sys.executable, "-m", "outreach.channels.sink", "--ledger", str(ledger), "--seed", str(seed)]
        command += ["--max-seconds", str(max_seconds), "--idle-seconds", str(max_seconds), *options]
        self._process = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)
        if self._process.stdout is None:
            raise RuntimeError("the mail server has no output")
        self.port = int(json.loads(self._process.stdout.readline())["port"])

    def stop(self) -> dict[str, int]:
        """End it in order; what it counted."""
        self._process.terminate()
        said, _ = self._process.communicate(timeout=30)
        counts: dict[str, int] = json.loads(said.splitlines()[-1])
        return counts

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass(frozen=True, slots=True)
class Stopped:
    """A sender that sleeps until an instant of the monotonic clock."""

    process: subprocess.Popen[bytes]
    wakes_at: float


class Crew:
    """So many senders at work, replaced as they die; stopped ones do not count."""

    def __init__(self, size: int, *, env: Mapping[str, str], log: Path, patience: float) -> None:
        self.size = size
        self.started = 0
        self._env = env
        self._log = log
        self._patience = patience
        self._working: dict[int, subprocess.Popen[bytes]] = {}
        self._stopped: list[Stopped] = []

    def keep_up(self) -> None:
        """Bury the dead, wake who slept long enough, start who is missing."""
        self._working = {pid: process for pid, process in self._working.items() if process.poll() is None}
        for sleeper in [each for each in self._stopped if each.wakes_at <= time.monotonic()]:
            self._wake(sleeper)
        while len(self._working) < self.size:
            process = start_manage(
                "send_notifications", "--channel", "email", "--until-empty", "--patience", str(self._patience),
                name=SENDER_NAME, env=self._env, log=self._log,
            )  # fmt: skip
            self._working[process.pid] = process
            self.started += 1

    @property
    def pids(self) -> list[int]:
        return sorted(pid for pid, process in self._working.items() if process.poll() is None)

    def kill(self, pid: int) -> None:
        """End a sender as a crash does."""
        process = self._working.pop(pid)
        process.kill()
        process.wait()

    def stop(self, pid: int, *, seconds: float) -> None:
        """Put a sender to sleep; ``keep_up`` wakes it after its time."""
        os.kill(pid, signal.SIGSTOP)
        self._stopped.append(Stopped(self._working.pop(pid), time.monotonic() + seconds))

    @property
    def has_sleepers(self) -> bool:
        return bool(self._stopped)

    def _wake(self, sleeper: Stopped) -> None:
        self._stopped.remove(sleeper)
        sleeper.process.send_signal(signal.SIGCONT)
        self._working[sleeper.process.pid] = sleeper.process

    def close(self) -> None:
        for process in (*self._working.values(), *(sleeper.process for sleeper in self._stopped)):
            process.kill()
            process.wait()
        self._working.clear()
        self._stopped.clear()
