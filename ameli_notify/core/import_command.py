"""What the import commands share: arguments, progress bar, report, exit code."""

import sys
from abc import abstractmethod
from argparse import ArgumentTypeError
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from ameli_notify.core.delivered_files import Progress
from ameli_notify.core.import_report import FileReport, as_json, as_text

EXIT_REFUSED = 2


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """``max_reject_rate`` is a share of the rows (0 to 1), above which a file is not loaded."""

    rejects_dir: Path
    max_reject_rate: float


def default_options() -> ImportOptions:
    """Where the settings put reject files, and how many rejects they bear."""
    return ImportOptions(
        rejects_dir=Path(settings.VAR_DIR) / "rejets", max_reject_rate=settings.DEFAULT_MAX_REJECT_RATE
    )


class ReportingCommand(BaseCommand):
    """Exit 0: loaded, or nothing to do. Exit 2: a file was refused or held, the reason stands on stderr."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="écrit un seul objet JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        reports = self.run_import(options)
        if options["json"]:
            self.stdout.write(as_json(reports))
        elif lines := as_text([report for report in reports if not report.is_stopped]):
            self.stdout.write(lines)
        stopped = [report for report in reports if report.is_stopped]
        for report in stopped:
            self.stderr.write(f"{report.file} : {report.code}, {report.reason}")
        if stopped:
            sys.exit(EXIT_REFUSED)

    @abstractmethod
    def run_import(self, options: dict[str, Any]) -> Sequence[FileReport]:
        """Load what the command line names."""


class PathImportCommand(ReportingCommand):
    """A command that loads a file, or the files of a folder in their order."""

    patterns: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        defaults = default_options()
        parser.add_argument("path", type=Path, metavar="CHEMIN", help="fichier, ou dossier de fichiers")
        super().add_arguments(parser)
        add_rejects_dir(parser)
        parser.add_argument(
            "--max-reject-rate",
            type=_share,
            default=defaults.max_reject_rate,
            metavar="PART",
            help="part de lignes rejetées (0 à 1) au-delà de laquelle un fichier est refusé",
        )

    def import_options(self, options: dict[str, Any]) -> ImportOptions:
        """What the command line says, as typed options."""
        return ImportOptions(rejects_dir=options["rejects_dir"], max_reject_rate=options["max_reject_rate"])

    def delivered_paths(self, path: Path) -> list[Path]:
        """The files that a path means, sorted by name. Raises CommandError (exit 2) when there is none."""
        if path.is_file():
            return [path]
        if not path.is_dir():
            raise CommandError(f"{path} n’existe pas.", returncode=EXIT_REFUSED)
        found = sorted({file for pattern in self.patterns for file in path.glob(pattern)})
        if not found:
            raise CommandError(
                f"{path} ne contient aucun fichier {' ou '.join(self.patterns)}.", returncode=EXIT_REFUSED
            )
        return found


def add_rejects_dir(parser: CommandParser) -> None:
    """The option that says where reject files go."""
    parser.add_argument(
        "--rejects-dir",
        type=Path,
        default=default_options().rejects_dir,
        metavar="DOSSIER",
        help="pour les fichiers de rejets",
    )


@contextmanager
def progress_bar(path: Path, *, size: int) -> Iterator[Progress]:
    """A bar by delivered bytes on a terminal; nothing otherwise."""
    with tqdm(desc=path.name, total=size, unit="o", unit_scale=True, disable=None, leave=False, file=sys.stderr) as bar:
        yield bar.update


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ArgumentTypeError("une part est un nombre entre 0 et 1, par exemple 0.05")
    return value
