"""The processes around the demo's work: a mail sink before, the web server and the jobs after."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from ameli_notify.core.embedded_postgres import EmbeddedPostgres
from ameli_notify.core.stopping import stop_on_signals
from ameli_notify.demo.children import ChildDiedError, Children
from ameli_notify.demo.guide import WaysIn, guide
from ameli_notify.demo.home import only_one, private_files, start_clean
from ameli_notify.demo.residents import read_residents
from ameli_notify.demo.serving import HOST, open_listener, start_servers, wait_until_healthy
from ameli_notify.demo.staff import read_colleagues
from ameli_notify.demo.steps import LEDGER, MAILS
from ameli_notify.demo.story import SINK, Wish

EXIT_INTERRUPTED: Final = 130
LOGS: Final = "logs"
INBOX_URL: Final = "inbox://"
_WORK: Final = "le travail de la démonstration"
_MAIL_SERVER: Final = "le serveur de courrier de la démonstration"
_SINK_LASTS_SECONDS: Final = 30 * 24 * 3600
_SINK_STARTS_SECONDS: Final = 10.0
_MAILS_KEPT: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where the demo lives, where the project lies, what is asked for, and the port to serve at (None: do not)."""

    home: Path
    project: Path
    settings_module: str
    wish: Wish
    port: int | None


class Conductor:
    """Runs one demo from a clean start until it is told to stop; leaves no process."""

    def __init__(self, plan: Plan, *, say: Callable[[str], None]) -> None:
        self._plan = plan
        self._home = plan.home
        self._say = say

    def run(self) -> int:
        """The exit status. Raises HomeError, PortError or ChildDiedError."""
        started = time.monotonic()
        with stop_on_signals() as stop, private_files(), only_one(self._home):
            start_clean(self._home)
            try:
                with Children(environment=self._environment(), home=self._home, folder=self._plan.project) as children:
                    return self._play(children, stop=stop, started=started)
            finally:
                EmbeddedPostgres(self._home).stop()

    def _environment(self) -> dict[str, str]:
        own = {
            "VAR_DIR": str(self._home),
            "DJANGO_SETTINGS_MODULE": self._plan.settings_module,
            "SMS_URL": INBOX_URL,
        }
        return {**os.environ, **own}

    def _play(self, children: Children, *, stop: Event, started: float) -> int:
        (self._home / SINK).mkdir()
        (self._home / LOGS).mkdir()
        self._say("Démonstration : du fichier de décomptes au message reçu.")
        self._say("")
        port = self._start_sink(children)
        children.tell("EMAIL_URL", f"smtp://{HOST}:{port}")
        wish = self._plan.wish
        numbers = [f"--persons={wish.persons}", f"--days={wish.days}", f"--seed={wish.seed}"]
        children.start(_WORK, [*_manage("demo"), "--work", *numbers])
        status = children.wait_for(_WORK, stop=stop)
        if status is None:
            return EXIT_INTERRUPTED
        seconds = f"{time.monotonic() - started:.1f}".replace(".", ",")
        if status == 0:
            self._say(f"\nEn tout : {seconds} s. Fichiers, chiffres et messages reçus : {self._shown(self._home)}.")
            if self._plan.port is not None:
                return self._serve(children, port=self._plan.port, stop=stop)
        return status

    def _start_sink(self, children: Children) -> int:
        """Start the mail sink; returns its port. Raises ChildDiedError."""
        folder = self._home / SINK
        port_file = folder / "port"
        lasts = str(_SINK_LASTS_SECONDS)
        command = [
            sys.executable, "-m", "outreach.channels.sink", "--port-file", str(port_file),
            "--ledger", str(folder / LEDGER), "--keep-dir", str(folder / MAILS), "--keep", str(_MAILS_KEPT),
            "--max-seconds", lasts, "--idle-seconds", lasts,
        ]  # fmt: skip
        children.start(_MAIL_SERVER, command, log=self._home / LOGS / "mail.log")
        deadline = time.monotonic() + _SINK_STARTS_SECONDS
        while not port_file.exists():
            children.check()
            if time.monotonic() > deadline:
                raise ChildDiedError("Le serveur de courrier de la démonstration ne démarre pas.")
            time.sleep(0.02)
        return int(port_file.read_text(encoding="ascii"))

    def _serve(self, children: Children, *, port: int, stop: Event) -> int:
        # The waves have left over SMTP. From now on whatever is sent, codes first of all, is read in the inbox page.
        children.stop(_MAIL_SERVER)
        children.tell("EMAIL_URL", INBOX_URL)
        children.tell("DEMO_INBOX", "1")
        with open_listener(port) as listener:
            served = int(listener.getsockname()[1])
            start_servers(children, listener, home=self._home, logs=self._home / LOGS)
            if wait_until_healthy(children, port=served, stop=stop):
                if port not in {0, served}:
                    self._say(f"\nLe port {port} est pris : le site est sur le port {served}.")
                self._say(guide(self._ways_in(served)))
                children.watch(stop=stop)
        self._say("\nArrêt de tout ce que la démonstration a démarré…")
        return 0

    def _ways_in(self, port: int) -> WaysIn:
        manage = f"VAR_DIR={self._shown(self._home)} {self._shown(Path(sys.executable))} manage.py"
        return WaysIn(
            # Browsers refuse passkeys at an address in figures.
            site=f"http://localhost:{port}",
            residents=read_residents(self._home),
            colleagues=read_colleagues(self._home),
            code_command=f"{manage} staff_code",
            sandbox_command=f"{manage} partner_sandbox",
        )

    def _shown(self, path: Path) -> Path:
        return path.relative_to(self._plan.project) if path.is_relative_to(self._plan.project) else path


def _manage(command: str) -> list[str]:
    return [sys.executable, "-m", "django", command]
