"""`replay_rejects`: load rejected lines that a corrected directory or reference file made good."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ameli_notify.core.import_command import EXIT_REFUSED, ReportingCommand, add_rejects_dir
from ameli_notify.core.import_report import FileReport
from reimbursements.feed.models import ImportBatch
from reimbursements.feed.replay import replay_rejects


class Command(ReportingCommand):
    help = "Représente les lignes rejetées qui ont pu guérir : celles qui sont devenues bonnes sont chargées."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_rejects_dir(parser)
        parser.add_argument("--batch", type=int, metavar="ID", help="les rejets de ce seul lot")

    def run_import(self, options: dict[str, Any]) -> Sequence[FileReport]:
        batch_id = options["batch"]
        if batch_id is not None and not ImportBatch.objects.filter(pk=batch_id).exists():
            raise CommandError(f"Le lot {batch_id} n’existe pas.", returncode=EXIT_REFUSED)
        return replay_rejects(batch_id, rejects_dir=options["rejects_dir"])
