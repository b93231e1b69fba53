"""Field encryption and blind index.

A value at rest is ``key id (1 byte) || nonce (12) || AES-256-GCM ciphertext and tag``. The associated data
names the column and the row's owner, so that a sealed value copied to another row does not open.
Look-up goes by a keyed HMAC-SHA-256, cut to 128 bits and stored as a ``uuid`` (16 bytes, native joins):
without the key, which never enters the database, the small space of NIR numbers cannot be searched.
"""

import base64
import hmac
import os
import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


class KeyRingError(ValueError):
    """FIELD_KEYS or LOOKUP_KEY cannot be used; the message says why and shows no key."""


class SealedValueError(ValueError):
    """A sealed value does not open: other key, other row, or altered bytes."""


class KeyRing:
    """AES-GCM keys by id (1 to 255). The first one seals; all of them open."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise KeyRingError("the key ring is empty")
        for key_id, key in keys.items():
            if not 1 <= key_id <= 255:
                raise KeyRingError(f"key id {key_id} is not between 1 and 255")
            if len(key) != KEY_BYTES:
                raise KeyRingError(f"key {key_id} has {len(key)} bytes instead of {KEY_BYTES}")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.current_id = next(iter(keys))
        self._prefix = bytes([self.current_id])
        self._current = self._ciphers[self.current_id]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read ``2:base64,1:base64`` (newest first). Raises KeyRingError."""
        keys: dict[int, bytes] = {}
        for item in filter(None, (part.strip() for part in text.split(","))):
            key_id, _, encoded = item.partition(":")
            try:
                keys[int(key_id)] = base64.b64decode(encoded, validate=True)
            except ValueError:
                raise KeyRingError("FIELD_KEYS is not of the form id:base64,id:base64") from None
        return cls(keys)

    def seal(self, plain: str, *, context: str) -> bytes:
        """Encrypt a text for the row and column that ``context`` names."""
        return self.seal_bytes(plain.encode(), context=context)

    def seal_bytes(self, plain: bytes, *, context: str) -> bytes:
        """The same for what is no text."""
        nonce = os.urandom(NONCE_BYTES)
        return self._prefix + nonce + self._current.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes | memoryview, *, context: str) -> str:
        """Decrypt what ``seal`` made with the same context. Raises SealedValueError."""
        return self.open_bytes(sealed, context=context).decode()

    def open_bytes(self, sealed: bytes | memoryview, *, context: str) -> bytes:
        """Decrypt what ``seal_bytes`` made with the same context. Raises SealedValueError."""
        raw = bytes(sealed)
        cipher = self._ciphers.get(raw[0]) if len(raw) > 1 + NONCE_BYTES else None
        if cipher is None:
            raise SealedValueError("the value was sealed with a key that is not in the ring")
        try:
            return cipher.decrypt(raw[1 : 1 + NONCE_BYTES], raw[1 + NONCE_BYTES :], context.encode())
        except InvalidTag:
            raise SealedValueError("the value does not belong to this row, or was altered") from None


def lookup_id(kind: str, value: str, *, key: bytes) -> uuid.UUID:
    """Blind index of a value: same kind and value, same id; nothing can be read back from it."""
    return uuid.UUID(bytes=hmac.digest(key, f"{kind}|{value}".encode(), "sha256")[:16])


@lru_cache(maxsize=4)
def _parsed(text: str) -> KeyRing:
    return KeyRing.parse(text)


def key_ring() -> KeyRing:
    """The ring of settings.FIELD_KEYS."""
    return _parsed(settings.FIELD_KEYS)


def lookup_key() -> bytes:
    """The HMAC key of settings.LOOKUP_KEY, as bytes."""
    return bytes.fromhex(settings.LOOKUP_KEY)
