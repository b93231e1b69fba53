"""Wall clock and processor time of a piece of work, the database's included.

On a busy machine the wall clock swings by a factor of three; processor time hardly moves.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
# Counted from the state, the first field after the command's closing bracket.
_PARENT, _TIMES, _TIMES_WITH_CHILDREN = 1, slice(11, 13), slice(11, 15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Seconds."""

    wall: float
    cpu: float


class Clock:
    """Times work. ``server_pid`` is PostgreSQL's first process; ended backends count, for it reaps them."""

    def __init__(self, *, server_pid: int) -> None:
        self._server_pid = server_pid

    def time(self, work: Callable[[], object]) -> Spent:
        """Do the work once; what it returns is dropped."""
        cpu, wall = self.cpu(), time.perf_counter()
        work()
        wall = time.perf_counter() - wall
        return Spent(wall=wall, cpu=self.cpu() - cpu)

    def cpu(self) -> float:
        """Processor seconds so far: this process, its ended children, the whole database server."""
        own = os.times()
        return own.user + own.system + own.children_user + own.children_system + self._server()

    def _server(self) -> float:
        return family_seconds(self._server_pid)


def family_seconds(pid: int) -> float:
    """Processor seconds so far of a process and its children, those that have ended included."""
    ticks = 0
    for process, fields in _processes():
        if process == pid:
            ticks += sum(map(int, fields[_TIMES_WITH_CHILDREN]))
        elif int(fields[_PARENT]) == pid:
            ticks += sum(map(int, fields[_TIMES]))
    return ticks / _TICKS


def children_of(pid: int) -> list[int]:
    """Process ids of the children that run."""
    return [process for process, fields in _processes() if int(fields[_PARENT]) == pid]


def _processes() -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            fields = stat_fields(int(folder.name))
            if fields is not None:
                yield int(folder.name), fields


def stat_fields(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on; None when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()
