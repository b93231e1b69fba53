"""Who a sender is, and whether it still lives: the room that its process id counts in, the id, its start time."""

import hashlib
import os
import socket
from functools import cache
from pathlib import Path
from typing import Final

_START_TIME_FIELD: Final = 19  # field 22 of /proc/pid/stat, counted after the command's closing bracket
_HOST_SHOWN: Final = 40
"""Characters of the host name that are kept, for whoever looks at the table; the digest beside it decides."""


def _start_time(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[_START_TIME_FIELD]


@cache
def _room() -> str:
    """Where our process ids mean something: this host since its boot, and this namespace of process ids.

    Two containers may share a host name, even a kernel; neither sees the other's processes.
    """
    host = socket.gethostname()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    namespace = Path("/proc/self/ns/pid").stat().st_ino
    digest = hashlib.sha256(f"{host}|{boot}|{namespace}".encode()).hexdigest()[:16]
    return f"{host[:_HOST_SHOWN].replace('/', '-')}/{digest}"


def own_identity() -> str:
    """``host/room/pid/start``, at most 120 characters: unique, even when process ids come round again."""
    return f"{_room()}/{os.getpid()}/{_start_time(os.getpid())}"


def is_certainly_dead(identity: str) -> bool:
    """True only for a process of this very room that no longer exists; another room's is never judged.

    After a reboot the room is another one: the leases of before end by themselves. A stopped process (SIGSTOP)
    lives: it may wake up.
    """
    room, _, process = identity.rpartition("/")[0].rpartition("/")
    start = identity.rpartition("/")[2]
    return room == _room() and process.isdigit() and _start_time(int(process)) != start
