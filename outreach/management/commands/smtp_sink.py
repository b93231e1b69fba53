from argparse import Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outreach.channels.sink import add_arguments, serve


class Command(BaseCommand):
    help = "Starts a small local mail server that keeps a ledger of what it accepted, with faults on demand."
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
