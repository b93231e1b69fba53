"""Which figures are left out of a published table, so that none about a few can be read in it or computed from it.

A row is hidden when one of its counts is above 0 and below the least. What is hidden must not follow from a total that
is known elsewhere: of the rows that are hidden, there are at least two, and each of their counts adds up to 0 or to
the least. The smallest row that is still shown is hidden for that, and again, until it holds.
"""

from collections.abc import Mapping, Sequence
from typing import Final

FEWEST: Final = 5
"""A figure about fewer could lead to somebody."""


def hidden_rows(counts: Mapping[str, Sequence[int]], *, fewest: int) -> frozenset[str]:
    """Keys of the rows to hide; ``counts`` are all the counts that a row shows or that its figures rest on.

    A row of zeros is shown: it is about nobody. With ``fewest`` 0 nothing is hidden.
    """
    hidden = {key for key, row in counts.items() if any(0 < count < fewest for count in row)}
    others = sorted(
        (key for key, row in counts.items() if any(row) and key not in hidden), key=lambda k: sum(counts[k])
    )
    while hidden and others and not _is_safe([counts[key] for key in hidden], fewest=fewest):
        hidden.add(others.pop(0))
    return frozenset(hidden)


def is_total_safe(counts: Mapping[str, Sequence[int]], hidden: frozenset[str], *, fewest: int) -> bool:
    """Whether the total of all rows may be shown beside those that are not hidden."""
    return not hidden or _is_safe([counts[key] for key in hidden], fewest=fewest)


def _is_safe(rows: list[Sequence[int]], *, fewest: int) -> bool:
    return len(rows) > 1 and not any(0 < sum(column) < fewest for column in zip(*rows, strict=True))
