"""`import_feed PATH`: load files of reimbursement lines."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from ameli_notify.core.import_command import PathImportCommand
from ameli_notify.core.import_report import FileReport
from reimbursements.feed.services import FeedOptions, import_files


class Command(PathImportCommand):
    help = "Charge un fichier de lignes de décompte, ou ceux d’un dossier dans l’ordre de leur séquence."
    patterns = ("DEC_*.csv", "DEC_*.csv.gz")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--accept-first", action="store_true", help="le premier fichier d’une caisse peut en suivre d’autres"
        )

    def run_import(self, options: dict[str, Any]) -> Sequence[FileReport]:
        feed_options = FeedOptions(**asdict(self.import_options(options)), accept_first=options["accept_first"])
        return import_files(self.delivered_paths(options["path"]), options=feed_options)
