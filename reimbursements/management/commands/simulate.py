"""`simulate`: write a believable input set with its truth beside it."""

import datetime as dt
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from reimbursements.simulation.generator import simulate
from reimbursements.simulation.settings import (
    DEFAULT_DEFECT_RATE,
    DEFAULT_START,
    SimulationError,
    SimulationSettings,
)


class Command(BaseCommand):
    help = "Écrit un jeu de fichiers d’entrée inventé mais vraisemblable, et la vérité à côté (truth.json)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--persons", type=int, required=True, metavar="N", help="nombre de personnes")
        parser.add_argument("--days", type=int, required=True, metavar="D", help="nombre de jours de flux")
        parser.add_argument("--seed", type=int, required=True, metavar="S", help="graine : même graine, mêmes octets")
        parser.add_argument("--out", type=Path, required=True, metavar="DOSSIER", help="dossier à écrire")
        parser.add_argument(
            "--start",
            type=dt.date.fromisoformat,
            default=DEFAULT_START,
            metavar="AAAA-MM-JJ",
            help=f"premier jour de flux (par défaut {DEFAULT_START})",
        )
        parser.add_argument(
            "--defect-rate",
            type=float,
            default=DEFAULT_DEFECT_RATE,
            metavar="T",
            help=f"part des décomptes accompagnés d’un défaut (par défaut {DEFAULT_DEFECT_RATE})",
        )
        parser.add_argument("--gzip", action="store_true", help="compresse les fichiers")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.perf_counter()
        lines = 0
        # disable=None: a bar on a terminal, nothing elsewhere.
        with tqdm(desc="simulation", unit=" lignes", disable=None) as bar:

            def progress(rows: int) -> None:
                nonlocal lines
                lines += rows
                bar.update(rows)

            try:
                settings = SimulationSettings(
                    persons=options["persons"],
                    days=options["days"],
                    seed=options["seed"],
                    out=options["out"],
                    start=options["start"],
                    defect_rate=options["defect_rate"],
                    is_gzipped=options["gzip"],
                )
                truth = simulate(settings, progress=progress)
            except SimulationError as error:
                raise CommandError(str(error), returncode=2) from error
            except OSError as error:
                raise CommandError(f"Écriture impossible dans {options['out']} : {error}", returncode=2) from error
        seconds = time.perf_counter() - began
        self.stdout.write(
            f"{truth['persons']} personnes, {lines} lignes dans {len(truth['files']['lines'])} fichiers, "
            f"{truth['due_persons']} assurés à informer : {seconds:.1f} s ({lines / seconds:.0f} lignes/s)."
        )
