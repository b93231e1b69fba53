"""The web server, the jobs, the sender of codes and the sealer of accesses, as children of one command."""

import errno
import http.client
import socket
import sys
import time
from pathlib import Path
from threading import Event
from typing import Final

from django.conf import settings

from ameli_notify.demo.children import Children

HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = "8000"
PORTS_TRIED: Final = 50
START_SECONDS: Final = 60.0
GUNICORN_CONFIG: Final = Path(settings.BASE_DIR) / "deploy" / "gunicorn.conf.py"
"""As in production: one web server to measure, to show and to run."""

WORKERS: Final = 4
"""Enough for a demonstration, on however many cores."""


class PortError(ValueError):
    """PORT cannot be used; the message is one French sentence."""


def read_port(text: str) -> int:
    """The value of PORT; 0 takes a free one. Raises PortError."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise PortError(f"PORT doit être un nombre de 0 à 65535, et non « {text} ».")
    return int(text)


def open_listener(port: int) -> socket.socket:
    """A listening socket on this machine only, at ``port`` or the first free one after it. Raises PortError."""
    for candidate in [0] if port == 0 else range(port, min(port + PORTS_TRIED, 65536)):
        try:
            return socket.create_server((HOST, candidate), backlog=512)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise PortError(f"Le port {candidate} ne peut pas être ouvert ({error.strerror}).") from error
    raise PortError(f"Aucun port libre à partir de {port}.")


def start_servers(children: Children, listener: socket.socket, *, home: Path, logs: Path | None) -> None:
    """Start the web server on the socket, the jobs, and what cannot wait a minute: sign-in codes, seals of accesses.

    ``logs`` is the folder of their logs, None for the terminal.
    """
    start_web(children, listener, home=home, log=logs and logs / "web.log")
    jobs = [sys.executable, "-m", "django", "run_jobs"]
    codes = [sys.executable, "-m", "django", "send_codes", "--follow"]
    children.start("tâches de fond", jobs, log=logs and logs / "jobs.log")
    seals = [sys.executable, "-m", "django", "seal_audit", "--follow"]
    children.start("envoi des codes", codes, log=logs and logs / "codes.log")
    children.start("scellement des accès", seals, log=logs and logs / "seals.log")


def start_web(children: Children, listener: socket.socket, *, home: Path, log: Path | None) -> None:
    """Start the web server alone; ``log`` takes what it says, None for the terminal."""
    # Static files come from the apps here; the folder where production collects them must exist all the same.
    (home / "static").mkdir(exist_ok=True)
    fd = listener.fileno()
    web = [
        sys.executable, "-m", "gunicorn", "--config", str(GUNICORN_CONFIG), "ameli_notify.wsgi:application",
        "--bind", f"fd://{fd}", "--workers", str(WORKERS), "--graceful-timeout", "5",
    ]  # fmt: skip
    children.start("serveur web", web, log=log, pass_fds=[fd])


def wait_until_healthy(children: Children, *, port: int, stop: Event) -> bool:
    """True once ``/healthz`` answers 200; False when told to stop. Raises ChildDiedError or PortError (no answer)."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if stop.wait(0.1):
            return False
        children.check()
        if _is_healthy(port):
            return True
    raise PortError(f"Le serveur web ne répond pas sur le port {port}.")


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
