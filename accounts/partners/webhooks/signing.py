"""Signatures of Standard Webhooks (v1): HMAC-SHA-256 over id, timestamp and body, with a secret that both know.

A secret is told once, as ``whsec_`` and base64; at rest it is sealed for its endpoint. While one follows the other,
both sign: the receiver changes over when it likes, and loses nothing.
"""

import base64
import hmac
import secrets
import uuid
from collections.abc import Sequence
from typing import Final

from accounts.partners.webhooks.models import WebhookEndpoint
from ameli_notify.core.crypto import key_ring

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
ID_PREFIX: Final = "msg_"


def new_secret() -> str:
    """As the partner is told it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def seal_secret(endpoint: WebhookEndpoint, secret: str) -> bytes:
    return key_ring().seal(secret, context=endpoint.secret_context())


def open_secret(endpoint: WebhookEndpoint, sealed: bytes | memoryview) -> str:
    """Raises SealedValueError."""
    return key_ring().open(sealed, context=endpoint.secret_context())


def message_name(message_id: uuid.UUID) -> str:
    """The header ``webhook-id``: the same in every attempt."""
    return f"{ID_PREFIX}{message_id.hex}"


def signed_headers(message_id: uuid.UUID, body: str, *, at: int, secrets_of: Sequence[str]) -> dict[str, str]:
    """The three headers of a request made ``at`` (Unix seconds), one signature for each secret."""
    name = message_name(message_id)
    content = f"{name}.{at}.{body}".encode()
    return {
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{_signature(secret, content)}" for secret in secrets_of),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()
