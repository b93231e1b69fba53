"""`import_professionals PATH`: load files of health professionals."""

from collections.abc import Sequence
from typing import Any

from ameli_notify.core.import_command import PathImportCommand
from ameli_notify.core.import_report import FileReport
from reimbursements.professionals.importing import import_professionals


class Command(PathImportCommand):
    help = "Charge un fichier de professionnels de santé, ou ceux d’un dossier dans l’ordre de leur nom."
    patterns = ("PRO_*.csv", "PRO_*.csv.gz")

    def run_import(self, options: dict[str, Any]) -> Sequence[FileReport]:
        import_options = self.import_options(options)
        return [import_professionals(path, options=import_options) for path in self.delivered_paths(options["path"])]
