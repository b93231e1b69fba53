"""Deleting what is past its term, a batch at a time; twice at once, or again after a crash, it deletes nothing more."""

from typing import Final

from ameli_notify.core.sql import fetch_value
from outreach.campaigns.retention.schema import FUNCTIONS

BATCH: Final = 1_000
MOST_BATCHES: Final = 20
"""Of one kind in one run; the next run goes on."""


def forget_calls() -> dict[str, int]:
    """How much went, by function. Each batch is a transaction of its own when the caller has none around it."""
    return {name: _until_nothing_is_left(name) for name in FUNCTIONS}


def _until_nothing_is_left(function: str) -> int:
    total = 0
    for _ in range(MOST_BATCHES):
        gone = int(fetch_value(f"SELECT {function}(%s)", [BATCH]))
        total += gone
        if gone < BATCH:
            break
    return total
