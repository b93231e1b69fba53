"""``embedded_postgres start|stop|status``: the development server in ``var/postgres``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ameli_notify.core.embedded_postgres import EmbeddedPostgres


class Command(BaseCommand):
    help = "Start, stop or look at the embedded PostgreSQL server of this checkout."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        folder = settings.DATABASES["default"].get("EMBEDDED_IN")
        if not folder:
            raise CommandError("DATABASE_URL names a server of its own: there is no embedded one to manage.")
        server = EmbeddedPostgres(Path(folder))
        if action == "start":
            self.stdout.write(f"PostgreSQL runs; socket folder: {server.ensure_running()}")
        elif action == "stop":
            self.stdout.write("PostgreSQL stopped." if server.stop() else "PostgreSQL was not running.")
        else:
            self.stdout.write("running" if server.is_running() else "stopped")
