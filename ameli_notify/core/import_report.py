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
    seconds = f"{report.seconds:.1f}".replace(".", ",")
    loaded = counted(report.lines_good, "ligne chargée")
    lines = [f"{report.file} : {loaded} sur {french_number(report.rows)} en {seconds} s{_speed(report)}"]
    if report.duplicates:
        lines.append(f"  déjà connues, laissées telles quelles : {french_number(report.duplicates)}")
    if report.paid_total:
        lines.append(f"  remboursé : {french_euros(report.paid_total)}")
    lines += [f"  {_DETAILS[name]} : {french_number(count)}" for name, count in report.details.items()]
    lines += [f"  {code} : {counted(count, 'rejetée')}" for code, count in sorted(report.rejects.items())]
    lines += [f"  {code} : {counted(count, 'signalée')}" for code, count in sorted(report.warnings.items())]
    if report.reject_file is not None and (report.rejects or report.warnings):
        lines.append(f"  détail : {report.reject_file}")
    return "\n".join(lines)


def _speed(report: FileReport) -> str:
    return f", soit {french_number(round(report.rows / report.seconds))} par seconde" if report.seconds else ""


_DETAILS: Final = {
    "rows_new": "nouvelles",
    "rows_changed": "modifiées",
    "rows_unchanged": "sans changement",
    "lines_waiting": "encore rejetées, à représenter plus tard",
    "lines_final": "rejetées pour de bon, à livrer corrigées",
}


def french_number(number: int) -> str:
    """``12 345`` with narrow no-break spaces."""
    return f"{number:,}".replace(",", "\u202f")


def counted(number: int, words: str) -> str:
    """``1 ligne chargée``, ``2 lignes chargées``: every word takes its s from two on."""
    plural = " ".join(f"{word}s" for word in words.split()) if abs(number) > 1 else words
    return f"{french_number(number)} {plural}"


def french_euros(amount: Decimal) -> str:
    """``1 234,50 €``."""
    return f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",") + "\u00a0€"
