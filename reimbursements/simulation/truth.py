"""What a correct import of the simulated set finds, kept while it is written."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from reimbursements.simulation.lines import Claim, cents
from reimbursements.simulation.population import CHANNELS, NO_CONTACT, PROTECTED, Population

TRUTH_FILE: Final = "truth.json"
TRUTH_LINES_FILE: Final = "truth_lines.csv"


@dataclass(slots=True)
class Truth:
    """Counters of the set. ``due`` marks the insured with a good line that is not confidential.

    Every claim has a paid statutory act, and corrections come after a claim of the same person: counting only
    positive statutory lines would mark the same people.
    """

    persons: int
    confidential_natures: frozenset[str]
    lines_good: int = 0
    duplicates: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    paid: int = 0
    confidential: int = 0
    claims: int = 0
    frauds: Counter[str] = field(default_factory=Counter)
    due: bytearray = field(default_factory=bytearray)
    _planted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.due = bytearray(self.persons)

    def add_claim(self, claim: Claim) -> None:
        """A claim whose lines are all good (warnings included)."""
        count = len(claim.lines)
        self.claims += 1
        self.lines_good += count
        self.paid += sum(line.paid for line in claim.lines)
        if claim.is_confidential or claim.lines[0].nature in self.confidential_natures:
            self.confidential += count
        else:
            self.due[claim.person] = 1

    def plant(self, *, file: str, line: int, kind: str, key: str) -> None:
        """Name a planted line; written out by ``drain``, so that memory does not grow with the lines."""
        self._planted.append(f"{file};{line};{kind};{key}\n")

    def drain(self) -> str:
        planted = "".join(self._planted)
        self._planted.clear()
        return planted

    def summary(self, people: Population) -> dict[str, Any]:
        """The keys of the import's own report, and what it cannot know."""
        return {
            "persons": self.persons,
            "claims": self.claims,
            "lines_good": self.lines_good,
            "duplicates": self.duplicates,
            "rejects": dict(sorted(self.rejects.items())),
            "warnings": dict(sorted(self.warnings.items())),
            "paid_total": cents(self.paid),
            "confidential": self.confidential,
            "due_persons": sum(self.due),
            "due_by_state": _due_by_state(self.due, people),
            "frauds": dict(sorted(self.frauds.items())),
        }


def write_truth(directory: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (directory / TRUTH_FILE).write_text(text + "\n", encoding="utf-8")


def _due_by_state(due: bytearray, people: Population) -> dict[str, int]:
    """Due people by the first that holds: deceased, protected, wants no message, left without any contact by
    the simulation, or their preferred channel (whether or not an address for it exists)."""
    states: Counter[str] = Counter()
    for person, is_due in enumerate(due):
        if not is_due:
            continue
        channel = CHANNELS[people.channels[person]]
        if people.deaths[person]:
            states["deceased"] += 1
        elif people.states[person] & PROTECTED:
            states["protected"] += 1
        elif channel == "none":
            states["opted_out"] += 1
        elif people.states[person] & NO_CONTACT:
            states["no_contact"] += 1
        else:
            states[f"prefers_{channel}"] += 1
    return dict(sorted(states.items()))
