"""``serve``: the web server and the jobs on the data that is there."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts.staff.services import sync_roles
from ameli_notify.core.embedded_postgres import EmbeddedPostgres
from ameli_notify.core.stopping import stop_on_signals
from ameli_notify.demo.children import ChildDiedError, Children
from ameli_notify.demo.home import HomeError, only_one, private_files
from ameli_notify.demo.serving import (
    DEFAULT_PORT,
    HOST,
    PortError,
    open_listener,
    read_port,
    start_servers,
    wait_until_healthy,
)


class Command(BaseCommand):
    help = "Sert le site (PORT) et fait tourner les tâches de fond sur les données présentes. Ctrl-C arrête tout."

    def handle(self, *args: Any, **options: Any) -> None:
        home = settings.VAR_DIR
        folder = settings.DATABASES["default"].get("EMBEDDED_IN")
        server = EmbeddedPostgres(Path(folder)) if folder else None
        is_ours = server is not None and not server.is_running()
        try:
            port = read_port(os.environ.get("PORT") or DEFAULT_PORT)
            with private_files(), only_one(home):
                try:
                    self._serve(port)
                finally:
                    # A server that ran before us stays for whoever uses it.
                    if server is not None and is_ours:
                        server.stop()
        except (HomeError, PortError, ChildDiedError) as error:
            raise CommandError(str(error), returncode=2) from error

    def _serve(self, port: int) -> None:
        call_command("migrate", verbosity=0)
        sync_roles()
        connection.close()
        with (
            stop_on_signals() as stop,
            open_listener(port) as listener,
            Children(environment=os.environ, home=settings.VAR_DIR, folder=settings.BASE_DIR) as children,
        ):
            served = int(listener.getsockname()[1])
            start_servers(children, listener, home=settings.VAR_DIR, logs=None)
            if wait_until_healthy(children, port=served, stop=stop):
                if port not in {0, served}:
                    self._say(f"Le port {port} est pris : le site est sur le port {served}.")
                self._say(f"Le site : http://{HOST}:{served}/   la console : http://{HOST}:{served}/console/")
                self._say("Ctrl-C arrête tout.")
                children.watch(stop=stop)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
