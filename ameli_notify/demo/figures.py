"""What a demo measured and counted; every number in the summary comes from here."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from outreach.digest.status import DigestStatus


@dataclass(slots=True)
class Imported:
    """One kind of delivered files: rows as delivered, what became of them, seconds."""

    files: int
    rows: int
    lines_good: int
    duplicates: int
    rejects: dict[str, int]
    warnings: dict[str, int]
    paid_total: Decimal
    seconds: float

    @property
    def rejected_rows(self) -> int:
        return self.rows - self.lines_good - self.duplicates

    @classmethod
    def of(cls, report: dict[str, Any], *, seconds: float) -> "Imported":
        """From the JSON object of an import command; ``seconds`` is the wall time around it."""
        return cls(
            files=len(report["batches"]),
            rows=sum(batch["rows"] for batch in report["batches"]),
            lines_good=report["lines_good"],
            duplicates=report["duplicates"],
            rejects=report["rejects"],
            warnings=report["warnings"],
            paid_total=Decimal(report["paid_total"]),
            seconds=seconds,
        )


@dataclass(slots=True)
class Handed:
    """Messages that a carrier answered for, and how long the channel took."""

    messages: int
    seconds: float


@dataclass(slots=True)
class Received:
    """What the mail sink says: messages accepted, different Message-IDs among them, one of them as received."""

    messages: int
    distinct: int
    sender: str = ""
    subject: str = ""
    text: str = ""


@dataclass(slots=True)
class Figures:
    """The whole demo. ``truth`` is what the simulator knows of its own files."""

    truth: dict[str, Any]
    persons: Imported
    professionals: Imported
    lines: Imported
    planned_people: int
    plan_seconds: float
    handed: dict[str, Handed]
    received: Received
    status: DigestStatus
    steps: dict[str, float] = field(default_factory=dict)
