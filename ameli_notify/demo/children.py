"""Processes that one command starts, watches and ends: each in a session of its own, known by an inherited mark."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Final, Self

from ameli_notify.core.processes import end_processes
from ameli_notify.demo.home import VARIABLE

GRACE_SECONDS: Final = 15.0
"""Longer than ``run_jobs`` gives its own workers."""
LOOK_EVERY: Final = 0.2


class ChildDiedError(RuntimeError):
    """A process that should have stayed ended by itself; the message is French."""


class Children:
    """What was started is ended when the block is left, whatever the reason; the last one started goes first."""

    def __init__(self, *, environment: Mapping[str, str], home: Path, folder: Path) -> None:
        self._environment = {**environment, VARIABLE: str(home)}
        self._home = home
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        """Start a process; ``log`` takes what it says, the terminal otherwise."""
        with ExitStack() as stack:
            output = None if log is None else stack.enter_context(log.open("ab"))
            process = subprocess.Popen(
                list(command),
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=tuple(pass_fds),
            )
        self._running[name] = process

    @property
    def environment(self) -> Mapping[str, str]:
        """What those that start now are given."""
        return self._environment

    def tell(self, name: str, value: str) -> None:
        """Set an environment variable of those that start from now on."""
        self._environment[name] = value

    def wait_for(self, name: str, *, stop: Event) -> int | None:
        """The exit status of a process that ends by itself; None when told to stop before."""
        process = self._running[name]
        while process.poll() is None:
            if stop.wait(LOOK_EVERY):
                return None
        del self._running[name]
        return process.returncode

    def stop(self, name: str) -> None:
        """End one process that is no longer needed."""
        process = self._running.pop(name)
        process.terminate()
        try:
            process.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def watch(self, *, stop: Event) -> None:
        """Stay until told to stop. Raises ChildDiedError when a process ends before."""
        while not stop.wait(LOOK_EVERY):
            self.check()

    def check(self) -> None:
        """Raise ChildDiedError when a process that should stay has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ChildDiedError(f"« {name} » s’est arrêté de lui-même (code {process.returncode}).")

    def end(self) -> None:
        """Ask each to end, wait, then end every process that bears our mark."""
        deadline = time.monotonic() + GRACE_SECONDS
        for process in reversed(self._running.values()):
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
        end_processes(VARIABLE, str(self._home))
        for process in self._running.values():
            process.wait()
        self._running.clear()
