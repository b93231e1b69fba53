"""What an import says when it is done: one JSON object for programs, a few French lines for people."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

CENT: Final = Decimal("0.01")


class Outcome(StrEnum):
    """What became of one file."""

    LOADED = "loaded"
    NOTHING_TO_DO = "nothing_to_do"
    REFUSED = "refused"
    HELD = "held"


@dataclass(kw_only=True)
class FileReport:
    """One file. ``rejects`` and ``warnings`` count lines by code; warnings are those of loaded lines only.

    ``rows`` = ``lines_good`` + ``duplicates`` + ``lines_rejected`` for a loaded file. ``reason`` is a French
    sentence, empty for a loaded file. ``details`` are further counts that one kind of file has.
    """

    file: str
    outcome: Outcome = Outcome.LOADED
    code: str = ""
    reason: str = ""
    rows: int = 0
    lines_good: int = 0
    duplicates: int = 0
    lines_rejected: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    paid_total: Decimal = Decimal(0)
    batch: int | None = None
    seconds: float = 0.0
    reject_file: Path | None = None
    details: dict[str, int] = field(default_factory=dict)

    @property
    def is_stopped(self) -> bool:
        return self.outcome in {Outcome.REFUSED, Outcome.HELD}

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "status": self.outcome.value,
            "code": self.code,
            "rows": self.rows,
            **_counts([self]),
            "batch": self.batch,
            "seconds": round(self.seconds, 3),
        }


def as_json(reports: Sequence[FileReport]) -> str:
    """The totals of one command as one JSON object; ``batch`` is the last batch, ``batches`` has one object a file."""
    batches = [report.batch for report in reports if report.batch is not None]
    return json.dumps(
        {
            **_counts(reports),
            "batch": batches[-1] if batches else None,
            "seconds": round(sum(report.seconds for report in reports), 3),
            "batches": [report.as_json() for report in reports],
        },
        ensure_ascii=False,
    )


def as_text(reports: Sequence[FileReport]) -> str:
    """A few lines a person reads, in French."""
    return "\n".join(_sentences(report) for report in reports)


def _counts(reports: Sequence[FileReport]) -> dict[str, Any]:
    details: Counter[str] = Counter()
    for report in reports:
        details.update(report.details)
    return {
        "lines_good": sum(report.lines_good for report in reports),
        "duplicates": sum(report.duplicates for report in reports),
        "rejects": dict(sorted(sum((report.rejects for report in reports), Counter()).items())),
        "warnings": dict(sorted(sum((report.warnings for report in reports), Counter()).items())),
        "paid_total": str(sum((report.paid_total for report in reports), Decimal(0)).quantize(CENT)),
        **details,
    }


def _sentences(report: FileReport) -> str:
    if report.outcome is Outcome.NOTHING_TO_DO:
        return f"{report.file} : rien à faire, {report.reason}"
    if report.is_stopped:
        word = "en attente" if report.outcome is Outcome.HELD else "refusé"
        lines = [f"{report.file} : {word} ({report.code}), {report.reason}"]
    else:
        seconds = f"{report.seconds:.1f}".replace(".", ",")
        speed = f", soit {french_number(round(report.rows / report.seconds))} par seconde" if report.seconds else ""
        loaded = f"{french_number(report.lines_good)} lignes chargées sur {french_number(report.rows)}"
        lines = [f"{report.file} : {loaded} en {seconds} s{speed}"]
        if report.duplicates:
            lines.append(f"  {french_number(report.duplicates)} déjà connues, laissées telles quelles")
        if report.paid_total:
            lines.append(f"  {french_euros(report.paid_total)} remboursés")
        lines += [f"  {_DETAILS[name]} : {french_number(count)}" for name, count in report.details.items()]
    lines += [f"  {code} : {french_number(count)} rejetées" for code, count in sorted(report.rejects.items())]
    lines += [f"  {code} : {french_number(count)} signalées" for code, count in sorted(report.warnings.items())]
    if report.reject_file is not None and (report.rejects or report.warnings):
        lines.append(f"  détail : {report.reject_file}")
    return "\n".join(lines)


_DETAILS: Final = {
    "rows_new": "nouvelles",
    "rows_changed": "modifiées",
    "rows_unchanged": "sans changement",
    "lines_waiting": "encore rejetées",
}


def french_number(number: int) -> str:
    """``12 345`` with narrow no-break spaces."""
    return f"{number:,}".replace(",", "\u202f")


def french_euros(amount: Decimal) -> str:
    """``1 234,50 €``."""
    return f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",") + "\u00a0€"
