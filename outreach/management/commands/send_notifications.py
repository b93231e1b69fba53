"""``send_notifications --until-empty``: hand the outbox over in the foreground, as the drain tasks do."""

import json
import time
from argparse import ArgumentParser
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from ameli_notify.core.stopping import stop_on_signals
from outreach.channels.base import OutcomeKind
from outreach.digest.planning import finish_runs
from outreach.notifications.dispatch.sender import Sender, Tally
from outreach.notifications.enums import Channel

DEFAULT_PATIENCE_SECONDS = 150.0
IN_WORDS: Final = {
    OutcomeKind.ACCEPTED: "acceptés",
    OutcomeKind.PERMANENT: "refusés",
    OutcomeKind.TEMPORARY: "à retenter",
    OutcomeKind.UNKNOWN: "issue inconnue",
    OutcomeKind.NOT_TRIED: "pas tentés",
    "taken-over": "lots repris",
}
"""What a sender counts (``Tally.outcomes``), for the terminal."""


class Command(BaseCommand):
    help = "Remet les messages en attente aux canaux d’envoi."
    # A sender starts anew after each crash; the checks of the site are none of its business.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until-empty",
            action="store_true",
            help="attend aussi les baux d’autres expéditeurs et les nouveaux essais proches",
        )
        parser.add_argument("--channel", choices=["email", "sms", "post"], action="append")
        parser.add_argument("--max-seconds", type=float, default=None, help="s’arrête proprement après ce temps")
        parser.add_argument(
            "--patience",
            type=float,
            default=DEFAULT_PATIENCE_SECONDS,
            help="secondes d’attente acceptées avec --until-empty avant un nouvel essai (150 par défaut)",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        with stop_on_signals() as stop:

            def is_stopping() -> bool:
                limit = options["max_seconds"]
                return stop.is_set() or (limit is not None and time.monotonic() - started > limit)

            # All of them first: a bad setting of one channel is said before another one has sent.
            try:
                senders = {
                    name: Sender(Channel(name), is_stopping=is_stopping)
                    for name in options["channel"] or ["email", "sms", "post"]
                }
            except ImproperlyConfigured as error:
                raise CommandError(f"Réglage inutilisable, rien n’a été envoyé. {error}", returncode=2) from None
            tallies = {
                name: sender.run(patience=options["patience"] if options["until_empty"] else 0.0)
                for name, sender in senders.items()
            }
        finish_runs()
        self._report(tallies, seconds=time.monotonic() - started, as_json=options["json"])

    def _report(self, tallies: dict[str, Tally], *, seconds: float, as_json: bool) -> None:
        if as_json:
            channels = {name: tally.outcomes for name, tally in tallies.items()}
            handed = sum(tally.handed for tally in tallies.values())
            self.stdout.write(json.dumps({"handed": handed, "channels": channels, "seconds": round(seconds, 3)}))
            return
        for name, tally in tallies.items():
            detail = (
                ", ".join(f"{IN_WORDS[kind]} {count}" for kind, count in sorted(tally.outcomes.items()))
                or "rien à remettre"
            )
            self.stdout.write(f"{Channel(name).label} : {detail}")
        self.stdout.write(f"{seconds:.1f} s".replace(".", ","))
