"""Addresses of statements and of pages: sealed for one reader, so that they say nothing and fit nobody else.

A token is ``key id || nonce || AES-256-GCM`` of a statement's key, in base64 for URLs. It opens only with the id of
the reader for whom it was made: in somebody else's browser it is as good as a random text. Keys are those of
settings.FIELD_KEYS; a token lives as long as its key is in the ring.
"""

import base64
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from ameli_notify.core.crypto import key_ring, lookup_id, lookup_key


class TokenError(ValueError):
    """A token that was not made for this reader and this purpose, or was altered."""


class Direction(StrEnum):
    OLDER = "o"
    NEWER = "n"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class StatementKey:
    """What makes lines one statement; its order is that of the list."""

    payment_date: dt.date
    emitter_code: str
    statement_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A page that begins behind this statement, towards older or newer ones."""

    direction: Direction
    key: StatementKey


def statement_token(key: StatementKey, *, reader_id: int) -> str:
    return _seal(_written(key), context=_context("statement", reader_id))


def read_statement_token(token: str, *, reader_id: int) -> StatementKey:
    """Raises TokenError."""
    return _read(_open(token, context=_context("statement", reader_id)))


def cursor_token(cursor: Cursor, *, reader_id: int) -> str:
    return _seal(cursor.direction + _written(cursor.key), context=_context("cursor", reader_id))


def read_cursor_token(token: str, *, reader_id: int) -> Cursor:
    """Raises TokenError."""
    text = _open(token, context=_context("cursor", reader_id))
    return Cursor(direction=Direction(text[0]), key=_read(text[1:]))


def beneficiary_mark(beneficiary_id: int, *, reader_id: int) -> str:
    """The same for each visit of a reader, another for each reader; leads back to nobody without the key."""
    return lookup_id("payments.beneficiary", f"{reader_id}|{beneficiary_id}", key=lookup_key()).hex


def _context(purpose: str, reader_id: int) -> str:
    return f"payments.{purpose}|{reader_id}"


def _written(key: StatementKey) -> str:
    return f"{key.payment_date.isoformat()}|{key.emitter_code}|{key.statement_no}"


def _read(text: str) -> StatementKey:
    day, emitter, number = text.split("|")
    return StatementKey(payment_date=dt.date.fromisoformat(day), emitter_code=emitter, statement_no=int(number))


def _seal(text: str, *, context: str) -> str:
    return base64.urlsafe_b64encode(key_ring().seal(text, context=context)).decode().rstrip("=")


def _open(token: str, *, context: str) -> str:
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        return key_ring().open(sealed, context=context)
    except ValueError:  # no base64, or SealedValueError
        raise TokenError("the token was not made for this reader") from None
