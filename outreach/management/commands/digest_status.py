"""``digest_status``: due people, runs, notifications by status, and every invariant of the outbox.

The people of loaded batches are added to the due ones first, as the job does every five minutes.
The invariants I1 to I12 are described in outreach.digest.invariants. Exit status 1 when one is broken.
"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from outreach.digest.collecting import collect_due
from outreach.digest.models import RunStatus
from outreach.digest.status import digest_status
from outreach.notifications.enums import CancelReason, Status


class Command(BaseCommand):
    help = "État des vagues d’information et vérification des invariants ; sortie 1 si l’un d’eux est rompu."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        collect_due()
        status = digest_status()
        if options["json"]:
            self.stdout.write(json.dumps(status.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(f"Personnes à informer : {status.due}")
            for run in status.runs:
                state = RunStatus(run["status"]).label
                self.stdout.write(f"  {run['planned_on']}  cohorte {run['cohort']}  {state}  {run['people']}")
            for name, count in status.notifications.items():
                self.stdout.write(f"{Status(name).label:35} {count:>10}")
            for name, count in status.cancelled.items():
                self.stdout.write(f"  annulé, {CancelReason(name).label:25} {count:>10}")
            broken = [name for name, count in status.invariants.items() if count]
            self.stdout.write(f"Invariants rompus : {', '.join(broken)}" if broken else "Tous les invariants tiennent.")
        if not status.is_sound:
            sys.exit(1)
