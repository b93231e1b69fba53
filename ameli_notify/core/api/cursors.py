"""Opaque cursors: where a list goes on, for one reader, one list and one set of filters.

A cursor says nothing to whoever holds it and is refused anywhere else; the same place gives the same cursor.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from ameli_notify.core.api.problems import INVALID_CURSOR, ProblemError
from ameli_notify.core.stable_tokens import StableTokenError, make_stable, read_stable

_PAGING: Final = ("limit", "cursor", "after")
"""Parameters that may change from page to page."""


class CursorBook:
    """The cursors of one list. ``reader``: whose they are; ``filters``: what was asked for, as parameters."""

    def __init__(self, name: str, *, reader: object, filters: Mapping[str, Any]) -> None:
        chosen = {key: _plain(value) for key, value in sorted(filters.items()) if key not in _PAGING}
        self._context = json.dumps(["api.cursor", name, str(reader), chosen])

    def make(self, place: Sequence[int | str]) -> str:
        """The cursor of a place: the sort key of the last row given."""
        return make_stable(json.dumps(list(place)).encode(), context=self._context)

    def read(self, cursor: str) -> tuple[Any, ...]:
        """The place. Raises ProblemError."""
        try:
            content = read_stable(cursor, context=self._context)
        except StableTokenError:
            raise ProblemError(INVALID_CURSOR) from None
        return tuple(json.loads(content))


def _plain(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str | int | UUID):
        return str(value)
    raise TypeError(f"a filter cannot be a {type(value).__name__}")
