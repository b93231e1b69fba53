"""``bench``: speed as ratios, one JSON line for each measure on stdout, progress on stderr.

Works in a temporary folder with an embedded PostgreSQL of its own; both are gone at the end, whatever happens.
Sizes follow ``--scale`` (SCALE): 1 takes under ten minutes on two cores, 0.05 under one.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from ameli_notify.measure.bench.cases_bench import bench_cases
from ameli_notify.measure.bench.claims_bench import bench_claims
from ameli_notify.measure.bench.import_bench import bench_import
from ameli_notify.measure.bench.links_bench import bench_links
from ameli_notify.measure.bench.pages_bench import bench_pages
from ameli_notify.measure.bench.partner_bench import bench_changes, bench_eob, bench_export
from ameli_notify.measure.bench.place import ending_cleanly, run_in_own_place
from ameli_notify.measure.bench.plan_bench import bench_plan
from ameli_notify.measure.bench.report import Line, goals_in_words
from ameli_notify.measure.bench.run import Run
from ameli_notify.measure.bench.send_bench import bench_send
from ameli_notify.measure.bench.targets_bench import bench_targets

MOST_SCALE: Final = 10
PARTS: Final[Mapping[str, Callable[[Run], Iterator[Line]]]] = {
    "import": bench_import,
    "plan": bench_plan,
    "send": bench_send,
    "pages": bench_pages,
    "cases": bench_cases,
    "links": bench_links,
    "targets": bench_targets,
    "claims": bench_claims,
    "changes": bench_changes,
    "export": bench_export,
    "eob": bench_eob,
}


class Command(BaseCommand):
    help = "Mesure la vitesse de l’import, de la planification, de l’envoi et des pages, en proportion de références."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only", default=os.environ.get("ONLY", ""), help=f"parmi {','.join(PARTS)} (ou ONLY) ; par défaut tout"
        )
        parser.add_argument(
            "--scale", default=os.environ.get("SCALE") or "1", help="taille, 1 pour la taille réelle (ou SCALE)"
        )
        parser.add_argument(
            "--in-this-place", action="store_true", help="mesure dans VAR_DIR, vide, au lieu d’un dossier temporaire"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        parts = [name for name in options["only"].split(",") if name] or list(PARTS)
        unknown = [name for name in parts if name not in PARTS]
        if unknown:
            raise CommandError(f"ONLY ne connaît pas {', '.join(unknown)} ; il connaît {', '.join(PARTS)}")
        scale = self._scale(options["scale"])
        with ending_cleanly():
            if options["in_this_place"]:
                call_command("migrate", verbosity=0)
                self._measure(parts, scale=scale)
            else:
                arguments = ["bench", "--in-this-place", "--only", ",".join(parts), "--scale", str(scale)]
                sys.exit(run_in_own_place(arguments))

    def _scale(self, text: str) -> float:
        try:
            scale = float(text)
        except ValueError:
            scale = 0.0
        if not 0 < scale <= MOST_SCALE:
            raise CommandError(f"SCALE doit être un nombre au-dessus de 0, {MOST_SCALE} au plus")
        return scale

    def _measure(self, parts: list[str], *, scale: float) -> None:
        run = Run(scale=scale, say=self._say)
        lines: list[Line] = []
        for name in parts:
            self._say(f"{name} (charge de la machine : {os.getloadavg()[0]:.1f})")
            for line in PARTS[name](run):
                self.stdout.write(line.as_json())
                self.stdout.flush()
                lines.append(line)
        self._say(goals_in_words(lines))

    def _say(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()
