"""``send_codes``: hand over sign-in codes and notices; with ``--follow``, go on doing so within half a second."""

import threading
from argparse import ArgumentParser
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.utils import InterfaceError, OperationalError

from accounts.identity.enums import CodeChannel, SendState
from ameli_notify.core.stopping import stop_on_signals
from outreach.codes.sending import send_waiting

LOOK_EVERY_SECONDS: Final = 0.5
DATABASE_PAUSE_SECONDS: Final = 2.0


class Command(BaseCommand):
    help = "Remet les codes de connexion et les avis de sécurité aux canaux d’envoi."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--channel", choices=CodeChannel.values, action="append")
        parser.add_argument("--follow", action="store_true", help="continue jusqu’à SIGTERM ou SIGINT")

    def handle(self, *args: Any, **options: Any) -> None:
        channels = [CodeChannel(name) for name in options["channel"] or CodeChannel.values]
        if not options["follow"]:
            for channel in channels:
                self._send(channel)
            return
        with stop_on_signals() as stop:
            self._follow(channels, stop)

    def _follow(self, channels: list[CodeChannel], stop: threading.Event) -> None:
        pause = LOOK_EVERY_SECONDS
        while not stop.wait(pause):
            try:
                for channel in channels:
                    self._send(channel, quiet=True)
                pause = LOOK_EVERY_SECONDS
            except (OperationalError, InterfaceError):
                self.stderr.write("Base de données injoignable : nouvel essai dans 2 secondes.")
                connection.close()
                pause = DATABASE_PAUSE_SECONDS

    def _send(self, channel: CodeChannel, *, quiet: bool = False) -> None:
        try:
            tally = send_waiting(channel)
        except ImproperlyConfigured as error:
            raise CommandError(f"Réglage inutilisable, rien n’a été envoyé. {error}", returncode=2) from None
        if tally.claimed or not quiet:
            detail = ", ".join(f"{SendState(state).label} {count}" for state, count in sorted(tally.outcomes.items()))
            self.stdout.write(f"{channel.label} : {detail or 'rien à remettre'}")
