"""Who a sender is, and whether it still lives: host, process id and the process's start time."""

import os
import socket
from pathlib import Path
from typing import Final

_START_TIME_FIELD: Final = 19  # field 22 of /proc/pid/stat, counted after the command's closing bracket


def _start_time(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[_START_TIME_FIELD]


def own_identity() -> str:
    """``host/pid/start``: unique while the host is up, even when process ids come round again."""
    return f"{socket.gethostname()}/{os.getpid()}/{_start_time(os.getpid())}"


def is_certainly_dead(identity: str) -> bool:
    """True only for a process of this very host that no longer exists; another host's is never judged.

    A stopped process (SIGSTOP) lives: it may wake up.
    """
    host, _, process = identity.rpartition("/")[0].rpartition("/")
    start = identity.rpartition("/")[2]
    return host == socket.gethostname() and process.isdigit() and _start_time(int(process)) != start
