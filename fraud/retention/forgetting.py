"""Deleting what is past its term, a batch at a time; twice at once, or again after a crash, it deletes nothing more."""

from dataclasses import dataclass
from typing import Final

from ameli_notify.core.sql import fetch_value
from fraud.retention.schema import FUNCTIONS

BATCH: Final = 200
MOST_BATCHES: Final = 50
"""Of one kind in one run: 10,000 rows, well within the minute of a job; the next run goes on."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much went: bytes of attachments first, so that they are gone even when the run ends there."""

    contents: int
    reports: int
    cases: int
    talks: int


def forget_past_term() -> Forgotten:
    """Each batch is a transaction of its own when the caller has none around it."""
    return Forgotten(*(_until_nothing_is_left(name) for name in FUNCTIONS))


def _until_nothing_is_left(function: str) -> int:
    total = 0
    for _ in range(MOST_BATCHES):
        gone = int(fetch_value(f"SELECT {function}(%s)", [BATCH]))
        total += gone
        if gone < BATCH:
            break
    return total
