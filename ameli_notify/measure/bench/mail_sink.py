"""Debian's smtp-sink and smtp-source: a mail server that accepts everything, and the fastest usual client."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ameli_notify.measure.bench.place import end

HOST: Final = "127.0.0.1"
HOW_TO_GET: Final = "smtp-sink et smtp-source manquent : apt-get install postfix les apporte"
_PATH: Final = os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin"
_START_SECONDS: Final = 10
_BACKLOG: Final = 1000


def has_tools() -> bool:
    return all(shutil.which(tool, path=_PATH) for tool in ("smtp-sink", "smtp-source"))


@contextmanager
def sink() -> Iterator[int]:
    """A running smtp-sink; gives its port. Raises RuntimeError when it does not answer."""
    port = _free_port()
    as_user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to serve as root
    command = [_tool("smtp-sink"), *as_user, f"{HOST}:{port}", str(_BACKLOG)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield port
    finally:
        end(process)


def send_by_smtp_source(port: int, *, messages: int, length: int | None = None) -> None:
    """``smtp-source -d -s 50``: 50 connections that are kept. ``length`` is the body's, in bytes."""
    size = [] if length is None else ["-l", str(length)]
    command = [_tool("smtp-source"), "-d", "-s", "50", "-m", str(messages), *size, f"{HOST}:{port}"]
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True)


def _tool(name: str) -> str:
    path = shutil.which(name, path=_PATH)
    if path is None:
        raise RuntimeError(HOW_TO_GET)
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("smtp-sink did not start")
