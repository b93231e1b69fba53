"""Addresses of statements and of pages: sealed for one reader, so that they say nothing and fit nobody else.

A token holds a statement's key (``core.sealed_tokens``). It opens only with the id of the reader for whom it was
made: in somebody else's browser it is as good as a random text.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from ameli_notify.core.crypto import lookup_id, lookup_key
from ameli_notify.core.sealed_tokens import open_token, seal_token


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
    return seal_token(_written(key), context=_context("statement", reader_id))


def read_statement_token(token: str, *, reader_id: int) -> StatementKey:
    """Raises TokenError."""
    return _read(open_token(token, context=_context("statement", reader_id)))


def cursor_token(cursor: Cursor, *, reader_id: int) -> str:
    return seal_token(cursor.direction + _written(cursor.key), context=_context("cursor", reader_id))


def read_cursor_token(token: str, *, reader_id: int) -> Cursor:
    """Raises TokenError."""
    text = open_token(token, context=_context("cursor", reader_id))
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
