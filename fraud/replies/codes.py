"""The code in the letter: 80 random bits, in sixteen letters and digits that nobody mistakes for one another."""

import hmac
import os
import secrets
from typing import Final

from accounts.identity.one_time_codes import SALT_BYTES, keyed_hash

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH: Final = 16
_GROUP: Final = 4


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown_code(code: str) -> str:
    """In groups of four, as it is printed: « K7QX-2M4P-9TRW-6HBD »."""
    return "-".join(code[place : place + _GROUP] for place in range(0, len(code), _GROUP))


def typed_code(text: str) -> str:
    """What somebody copied from paper, in whatever case and groups."""
    return "".join(char for char in text.upper() if char.isalnum())


def sealed_code(code: str) -> tuple[bytes, bytes]:
    """Salt and keyed hash, all that is kept of a code."""
    salt = os.urandom(SALT_BYTES)
    return salt, keyed_hash(code, salt=salt)


def is_code(code: str, *, salt: bytes, kept: bytes) -> bool:
    """Whether this is the code, in the same time whatever was typed."""
    return hmac.compare_digest(keyed_hash(code, salt=salt), kept)
