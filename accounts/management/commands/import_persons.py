"""`import_persons PATH`: load files of insured people."""

from collections.abc import Sequence
from typing import Any

from accounts.people.importing.services import import_persons
from ameli_notify.core.import_command import PathImportCommand
from ameli_notify.core.import_report import FileReport


class Command(PathImportCommand):
    help = "Charge un fichier d’assurés, ou ceux d’un dossier dans l’ordre de leur nom."
    patterns = ("ASS_*.csv", "ASS_*.csv.gz")

    def run_import(self, options: dict[str, Any]) -> Sequence[FileReport]:
        import_options = self.import_options(options)
        return [import_persons(path, options=import_options) for path in self.delivered_paths(options["path"])]
