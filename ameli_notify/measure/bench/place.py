"""A place of its own for a measure: temporary folder, embedded PostgreSQL, keys; all of it gone at the end."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from django.conf import settings

from ameli_notify.core.embedded_postgres import EmbeddedPostgres

_NOT_INHERITED: Final = ("DATABASE_URL", "FIELD_KEYS", "LOOKUP_KEY", "SECRET_KEY", "EMAIL_URL", "SMS_URL")
_END_SECONDS: Final = 30
_LOG_LINES: Final = 20


def run_in_own_place(arguments: Sequence[str]) -> int:
    """Run ``manage.py`` with these arguments in a fresh place; returns its exit status. Clears up in any case."""
    with _own_place() as environment:
        child = subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=settings.BASE_DIR, env=environment)
        try:
            status = child.wait()
        finally:
            end(child)
        if status:
            _show_server_log(Path(environment["VAR_DIR"]))
        return status


@contextmanager
def ending_cleanly() -> Iterator[None]:
    """SIGTERM and Ctrl-C end the block by an exception, so that it clears up, and then the program."""
    previous = signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    finally:
        signal.signal(signal.SIGTERM, previous)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process of ours to end, and see to it."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _show_server_log(var_dir: Path) -> None:
    """Why a server ended is written nowhere else, and goes with the place."""
    log = EmbeddedPostgres(var_dir).log_file
    if log.exists():
        lines = log.read_text(errors="replace").splitlines(keepends=True)
        sys.stderr.writelines(["  journal du serveur :\n", *lines[-_LOG_LINES:]])


@contextmanager
def _own_place() -> Iterator[Mapping[str, str]]:
    folder = Path(tempfile.mkdtemp(prefix="ameli-bench-"))
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "ameli_notify.settings.dev",
        "VAR_DIR": str(folder),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
    }
    try:
        yield environment
    finally:
        EmbeddedPostgres(folder).stop(mode="immediate")
        shutil.rmtree(folder)


def _exit(signum: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signum)
