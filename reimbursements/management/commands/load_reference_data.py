"""`load_reference_data`: fill the dated reference tables."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reimbursements.reference.loader import ReferenceFileError
from reimbursements.reference.services import load_reference_data


class Command(BaseCommand):
    help = "Charge les données de référence (caisses, natures, actes, règles) ; sans effet la seconde fois."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bdpm", type=Path, metavar="FICHIER", help="CIS_CIP_bdpm.txt de la BDPM (ANSM)")
        parser.add_argument("--ccam", type=Path, metavar="FICHIER", help="table de la CCAM (CSV de la Cnam)")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in ("bdpm", "ccam"):
            path = options[name]
            if path is not None and not path.is_file():
                raise CommandError(f"Le fichier {path} n’existe pas.", returncode=2)
        try:
            outcomes = load_reference_data(bdpm=options["bdpm"], ccam=options["ccam"])
        except ReferenceFileError as error:
            raise CommandError(f"Fichier de référence refusé, rien n’a été chargé : {error}", returncode=2) from error
        for outcome in outcomes:
            if outcome.created or outcome.changed:
                self.stdout.write(
                    f"{outcome.table} : {outcome.created} ajouts, {outcome.changed} changements, "
                    f"{outcome.unchanged} sans changement"
                )
        total = sum(outcome.created + outcome.changed for outcome in outcomes)
        if total == 0:
            self.stdout.write("Données de référence déjà à jour : rien n’a changé.")
