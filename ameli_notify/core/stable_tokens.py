"""Identifiers and cursors for one reader: the same for the same text each time, unreadable, and nobody else's.

Where ``core.sealed_tokens`` gives another token at each call, these stay: an answer that repeats them has the same
ETag, and whoever keeps them finds them again. AES-SIV (RFC 5297), whose associated data name reader and purpose; the
key follows from LOOKUP_KEY. Equal texts show as equal, to their reader only.
"""

import base64
import hmac
from binascii import b2a_base64
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from ameli_notify.core.crypto import lookup_key

_FOR_URLS: Final = bytes.maketrans(b"+/", b"-_")
LONGEST: Final = 400
"""Characters of a token that is looked at."""


class StableTokenError(ValueError):
    """A token that was not made for this reader and this purpose, or was altered."""


def make_stable(content: bytes, *, context: str) -> str:
    """``context`` names reader and purpose."""
    sealed = _cipher(lookup_key()).encrypt(content, [context.encode()])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def make_many_stable(contents: Iterable[bytes], *, context: str) -> list[str]:
    """The same for many contents of one reader and purpose, in a third of the time."""
    encrypt, associated = _cipher(lookup_key()).encrypt, [context.encode()]
    return [
        b2a_base64(encrypt(content, associated), newline=False).translate(_FOR_URLS).decode().rstrip("=")
        for content in contents
    ]


def read_stable(token: str, *, context: str) -> bytes:
    """Raises StableTokenError."""
    if len(token) > LONGEST:
        raise StableTokenError("the token is too long")
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        content = _cipher(lookup_key()).decrypt(sealed, [context.encode()])
    except (ValueError, InvalidTag):
        raise StableTokenError("the token was not made for this reader") from None
    if make_stable(content, context=context) != token:  # another spelling of the same bits
        raise StableTokenError("the token is not spelt as it was made")
    return content


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESSIV:
    return AESSIV(hmac.digest(key, b"stable tokens", "sha512"))
