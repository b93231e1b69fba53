"""``embedded_postgres start|stop|status``: the development server in ``var/postgres``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ameli_notify.core.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError


class Command(BaseCommand):
    help = "Démarre, arrête ou observe le serveur PostgreSQL embarqué."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status"], help="ce qu’il faut faire")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        folder = settings.DATABASES["default"].get("EMBEDDED_IN")
        if not folder:
            raise CommandError("DATABASE_URL nomme un autre serveur : il n’y en a pas d’embarqué à conduire.")
        server = EmbeddedPostgres(Path(folder))
        try:
            self.stdout.write(self._act(server, action))
        except EmbeddedPostgresError as error:
            raise CommandError(str(error)) from None

    def _act(self, server: EmbeddedPostgres, action: str) -> str:
        if action == "start":
            return f"PostgreSQL tourne ; dossier de la prise : {server.ensure_running()}"
        if action == "stop":
            return "PostgreSQL est arrêté." if server.stop() else "PostgreSQL ne tournait pas."
        return "en marche" if server.is_running() else "arrêté"
