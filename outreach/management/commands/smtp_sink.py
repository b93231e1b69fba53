from argparse import Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outreach.channels.sink import add_arguments, serve


class Command(BaseCommand):
    help = "Démarre un petit serveur de courrier local, qui note ce qu’il accepte ; avec des pannes à la demande."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            serve(Namespace(**options), say=self.say)
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
