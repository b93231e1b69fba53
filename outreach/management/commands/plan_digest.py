"""``plan_digest --on DATE``: plan the run of one day. A day that was planned before is left as it is."""

import datetime as dt
import json
import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand

from outreach.digest.planning import plan_digest, today
from outreach.notifications.enums import CancelReason, Channel


def _in_words(decision: str) -> str:
    """What the plan counts by: a channel, or why nobody is written to."""
    reasons = dict(CancelReason.choices)
    return str(reasons[decision] if decision in reasons else Channel(decision).label)


def iso_date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"« {text} » n’est pas une date de la forme AAAA-MM-JJ") from None


class Command(BaseCommand):
    help = "Planifie la vague d’information d’un jour : une cohorte sur les dix."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=iso_date, default=None, metavar="AAAA-MM-JJ", help="par défaut : aujourd’hui")
        parser.add_argument("--json", action="store_true", help="un objet JSON au lieu d’une phrase")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        planned = plan_digest(options["on"] or today())
        run = planned.run
        if options["json"]:
            report = {
                "planned_on": run.planned_on.isoformat(),
                "cohort": run.cohort,
                "is_new": planned.is_new,
                "people": run.people,
                "counts": run.counts,
                "seconds": round(time.monotonic() - started, 3),
            }
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        elif planned.is_new:
            shares = ", ".join(f"{_in_words(name)} {count}" for name, count in sorted(run.counts.items())) or "aucune"
            self.stdout.write(
                f"Vague du {run.planned_on} (cohorte {run.cohort}) : {run.people} personne(s) ({shares})."
            )
        else:
            self.stdout.write(f"La vague du {run.planned_on} est déjà planifiée : rien à faire.")
