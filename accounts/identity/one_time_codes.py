"""Six digits that serve once: how they are made, kept and checked.

A code is kept as a keyed, salted hash, lives ten minutes and bears five tries (ASVS 6.5.1 to 6.5.5). The key is not
in the database: without it a million hashes would give a code away.
"""

import datetime as dt
import hmac
import os
import secrets
from typing import Final

from django.db import models

from ameli_notify.core.crypto import lookup_key

DIGITS: Final = 6
LIFETIME: Final = dt.timedelta(minutes=10)
MOST_TRIES: Final = 5
SALT_BYTES: Final = 16


def new_code() -> str:
    """Six digits from the system's generator."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def keyed_hash(text: str, *, salt: bytes) -> bytes:
    """What is kept of a one-time or recovery code: 32 bytes."""
    key = hmac.digest(lookup_key(), b"one-time codes", "sha256")
    return hmac.digest(key, salt + b"|" + text.encode(), "sha256")


class OneTimeCode(models.Model):
    """Columns of a row that waits for a code. Nothing here saves; ``take`` is called on a locked row."""

    code_salt = models.BinaryField("sel", max_length=SALT_BYTES, default=bytes)
    code_hash = models.BinaryField("empreinte du code", max_length=32, null=True)
    code_expires_at = models.DateTimeField("fin de validité du code", null=True)
    code_tries = models.PositiveSmallIntegerField("essais du code", default=0)

    class Meta:
        abstract = True

    def issue(self, *, now: dt.datetime) -> str:
        """Put a new code in place of the last one and return it."""
        code = new_code()
        self.code_salt = os.urandom(SALT_BYTES)
        self.code_hash = keyed_hash(code, salt=self.code_salt)
        self.code_expires_at = now + LIFETIME
        self.code_tries = 0
        return code

    def take(self, code: str, *, now: dt.datetime) -> bool:
        """True once for the right code in its time. Every call counts; the fifth wrong one ends the code."""
        kept = bytes(self.code_hash or b"")
        given = keyed_hash(code, salt=bytes(self.code_salt))
        is_alive = self.code_expires_at is not None and now < self.code_expires_at and self.code_tries < MOST_TRIES
        is_right = hmac.compare_digest(kept, given) and is_alive
        self.code_tries += 1
        if is_right or not is_alive or self.code_tries >= MOST_TRIES:
            self.code_hash = None
        return is_right
