"""Short texts sealed for one reader and one purpose, as they stand in addresses: they say nothing and fit nobody else.

A token is ``key id || nonce || AES-256-GCM`` in base64 for URLs; its context names purpose and reader. It lives as
long as its key is in the ring (settings.FIELD_KEYS).
"""

import base64

from ameli_notify.core.crypto import key_ring


class TokenError(ValueError):
    """A token that was not made for this reader and this purpose, or was altered."""


def seal_token(text: str, *, context: str) -> str:
    return base64.urlsafe_b64encode(key_ring().seal(text, context=context)).decode().rstrip("=")


def open_token(token: str, *, context: str) -> str:
    """Raises TokenError."""
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        return key_ring().open(sealed, context=context)
    except ValueError:  # no base64, or SealedValueError
        raise TokenError("the token was not made for this reader") from None
