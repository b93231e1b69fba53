"""The demo and the server as processes of their own, in a folder of the test's own."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

from ameli_notify.core.embedded_postgres import EmbeddedPostgres
from ameli_notify.core.processes import end_processes
from ameli_notify.demo.home import VARIABLE

PATIENCE_SECONDS = 150.0
DEV = "ameli_notify.settings.dev"


def environment(var_dir: Path, **more: str) -> dict[str, str]:
    """As on a developer's machine: no server named, no mail server, any free port."""
    own = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "EMAIL_URL", "SMS_URL"}}
    return {**own, "DJANGO_SETTINGS_MODULE": DEV, "VAR_DIR": str(var_dir), "PORT": "0", **more}


def run(var_dir: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment(var_dir, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def marked(home: Path) -> list[str]:
    """Command lines of the processes that bear the mark of a folder."""
    mark = f"{VARIABLE}={home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


class Running:
    """A command that stays until it is told to stop."""

    def __init__(self, var_dir: Path, home: Path, *arguments: str, **more: str) -> None:
        self.home = home
        self._output = var_dir / f"{arguments[0]}.out"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=settings.BASE_DIR,
                env=environment(var_dir, **more),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def wait_until_served(self) -> str:
        """The address of the site, once the command says that it is there."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "Ctrl-C arrête tout" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)
        found = re.search(r"http://(?:127\.0\.0\.1|localhost):\d+", self.said)
        assert found is not None, self.said
        return found[0]

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)

    def clean_up(self) -> None:
        """Whatever the test did, nothing stays."""
        self.process.kill()
        self.process.wait()
        end_processes(VARIABLE, str(self.home))
        EmbeddedPostgres(self.home).stop(mode="immediate")
