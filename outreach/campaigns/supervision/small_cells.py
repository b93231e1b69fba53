"""Which figures of a table by two things are left out, so that none about a few can be read or computed."""

from collections.abc import Mapping
from typing import Final

FEWEST: Final = 5
"""A figure about fewer could lead to somebody."""
Key = tuple[str, str]


def hidden_cells(table: Mapping[Key, int]) -> frozenset[Key]:
    """Cells to hide: those above 0 and below FEWEST, and company for them.

    Totals by row and by column may be known: whatever is hidden in a row or a column is at least two cells that add up
    to FEWEST. The smallest that is still shown is hidden for that, and again, until it holds in both directions.
    """
    hidden = {key for key, number in table.items() if 0 < number < FEWEST}
    while found := _company(table, hidden):
        hidden.add(found)
    return frozenset(hidden)


def _company(table: Mapping[Key, int], hidden: set[Key]) -> Key | None:
    """The next cell to hide, in the first row or column that gives something away."""
    for axis in (0, 1):
        for group in sorted({key[axis] for key in hidden}):
            inside = [key for key in hidden if key[axis] == group]
            others = [key for key, number in table.items() if number and key[axis] == group and key not in hidden]
            is_safe = len(inside) > 1 and sum(table[key] for key in inside) >= FEWEST
            if others and not is_safe:
                return min(others, key=lambda key: (table[key], key))
    return None
