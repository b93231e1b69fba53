"""Running the peers: their own settings, their own database on the same server, a process for each round."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from django.conf import settings
from psycopg import sql

from ameli_notify.core.embedded_postgres import EmbeddedPostgres
from ameli_notify.measure.bench.clock import Spent

_DATABASE: Final = "peers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A way to run a peer, with how many messages a round gives it at full scale: some seconds' worth."""

    label: str
    name: str
    messages: int
    processes: int = 1


POST_OFFICE: Final = tuple(
    Peer(label=f"django-post_office -p {processes}", name="post_office", messages=3_000, processes=processes)
    for processes in (1, 2, 4)
)
MAILER: Final = Peer(label="django-mailer", name="mailer", messages=500)
PLAIN: Final = Peer(label="plain Django loop", name="plain", messages=1_000)


class PeerProject:
    """The peers' database and processes; ``content`` is the subject, text and html that they all send."""

    def __init__(self, *, port: int, content: dict[str, str]) -> None:
        server = EmbeddedPostgres(Path(settings.VAR_DIR))
        self._server_pid = server.pid
        self._content = content
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "ameli_notify.measure.peer_settings",
            "SECRET_KEY": settings.SECRET_KEY,
            "PEER_DATABASE_HOST": str(server.socket_dir),
            "PEER_EMAIL_PORT": str(port),
        }
        with psycopg.connect(
            host=str(server.socket_dir), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DATABASE)))
        self._run("migrate", "--run-syncdb", "--verbosity", "0")

    def measure(self, peer: Peer, *, messages: int) -> Spent:
        """One round. Raises RuntimeError when the peer left messages behind."""
        said = self._run(
            "peer_send", peer.name, "--messages", str(messages), "--processes", str(peer.processes),
            "--server-pid", str(self._server_pid),
        )  # fmt: skip
        found = json.loads(said.splitlines()[-1])
        if found["left"]:
            raise RuntimeError(f"{peer.label} left {found['left']} of {messages} messages")
        return Spent(wall=found["wall"], cpu=found["cpu"])

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=settings.BASE_DIR, env=self._environment, input=json.dumps(self._content), text=True,
            stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        return done.stdout
