"""``seal_audit``: seal the access log now; with ``--follow``, go on doing so every five seconds."""

import datetime as dt
import threading
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.db import connection
from django.db.utils import InterfaceError, OperationalError

from accounts.access.sealing import seal
from ameli_notify.core.stopping import stop_on_signals

SEAL_EVERY_SECONDS: Final = 5.0
FOLLOW_PATIENCE: Final = dt.timedelta(seconds=5)
"""Short, so that a transaction that does not end does not keep the command from ending; the next look tries again."""


class Command(BaseCommand):
    help = "Scelle les accès aux données qui ne le sont pas encore."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--follow", action="store_true", help="continue toutes les 5 secondes jusqu’à SIGTERM ou SIGINT"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["follow"]:
            with stop_on_signals() as stop:
                self._follow(stop)
            return
        seals = seal()
        for made in seals:
            self.stdout.write(f"Sceau {made.number} : {made.count} accès, {made.head}")
        if not seals:
            self.stdout.write("Rien à sceller.")

    def _follow(self, stop: threading.Event) -> None:
        """Each seal is told in the process log, by ``seal``; here only what is wrong. Seals once more at the end."""
        is_last = False
        while not is_last:
            is_last = stop.wait(SEAL_EVERY_SECONDS)
            try:
                seal(patience=FOLLOW_PATIENCE)
            except (OperationalError, InterfaceError):
                self.stderr.write("Base de données injoignable : nouvel essai dans 5 secondes.")
                connection.close()
