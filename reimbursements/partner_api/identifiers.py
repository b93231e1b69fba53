"""How a partner names a line: the same each time, unreadable, and meaningless to every other partner."""

import datetime as dt
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ameli_notify.core.stable_tokens import StableTokenError, make_many_stable, make_stable, read_stable

_PACKED: Final = struct.Struct(">QQI")
LENGTH: Final = 48
"""Characters: 20 bytes and the 16 of the authentication tag, in base64 for URLs."""


@dataclass(frozen=True, slots=True)
class LineKey:
    """The primary key of a line."""

    insured_id: int
    payment_date: dt.date
    line_id: int


def line_identifier(key: LineKey, *, partner_id: int) -> str:
    content = _PACKED.pack(key.insured_id, key.line_id, key.payment_date.toordinal())
    return make_stable(content, context=_context(partner_id))


def read_line_identifier(identifier: str, *, partner_id: int) -> LineKey | None:
    """None for what is no identifier of this partner's."""
    try:
        insured_id, line_id, day = _PACKED.unpack(read_stable(identifier, context=_context(partner_id)))
    except StableTokenError:
        return None
    return LineKey(insured_id, dt.date.fromordinal(day), line_id)


def _context(partner_id: int) -> str:
    return f"partner.line|{partner_id}"


def line_identifiers(keys: Iterable[bytes], *, partner_id: int) -> list[str]:
    """The identifiers of many lines, whose keys are packed as ``_PACKED`` does."""
    return make_many_stable(keys, context=_context(partner_id))
