"""The site as ``serve`` starts it, and how long each of its answers took by its own log."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Final

from django.conf import settings
from django.db import connection

from ameli_notify.core.embedded_postgres import EmbeddedPostgres
from ameli_notify.demo.children import Children
from ameli_notify.demo.serving import open_listener, start_web, wait_until_healthy
from ameli_notify.measure.bench.clock import children_of, family_seconds

_LOG_SECONDS: Final = 5.0
"""A line of the log may follow its answer so much later."""


@contextmanager
def served(log: Path) -> Iterator[int]:
    """The web server with its own processes, on a free port of this machine; gives the port."""
    with (
        open_listener(0) as listener,
        Children(environment=os.environ, home=settings.VAR_DIR, folder=settings.BASE_DIR) as children,
    ):
        port = int(listener.getsockname()[1])
        start_web(children, listener, home=settings.VAR_DIR, log=log)
        wait_until_healthy(children, port=port, stop=Event())
        yield port


def logged_seconds(log: Path, path: str, *, number: int = 0, after: int = 0) -> list[float]:
    """How long the server worked for each answer to a path: ``number`` of them behind the first ``after``.

    Without a number: for all that the log has by now.

    Raises RuntimeError when the log does not have that many.
    """
    deadline = time.monotonic() + _LOG_SECONDS
    while True:
        found = [entry["microseconds"] for entry in _entries(log) if entry["path"] == path]
        if len(found) >= after + number:
            return [int(each) / 1e6 for each in found[after : after + number if number else None]]
        if time.monotonic() > deadline:
            raise RuntimeError(f"the log has {len(found)} answers instead of {after + number}")
        time.sleep(0.1)


def web_seconds() -> float:
    """Processor seconds of the web server so far: our only child, and its workers."""
    return sum(family_seconds(child) for child in children_of(os.getpid()))


def make_cold() -> None:
    """Start the database server anew, with nothing of its files left in memory."""
    connection.close()
    server = EmbeddedPostgres(settings.VAR_DIR)
    server.stop()  # it writes everything out first
    for file in server.data_dir.rglob("*"):
        if file.is_file():
            _forget(file)
    server.ensure_running()


def _forget(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)


def _entries(log: Path) -> Iterator[dict[str, str]]:
    for line in log.read_text().splitlines():
        if line.startswith('{"at"'):
            yield json.loads(line)
