"""A client proves who it is by an assertion that it signs itself (RFC 7523, private_key_jwt), good once.

Everything that is wrong with one is the same refusal to whoever sent it; the log says what it was.
"""

import json
import math
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from accounts.partners.client_models import PartnerAssertion, PartnerClient, PartnerKey
from accounts.partners.key_sets import refresh_for_unknown_key
from accounts.partners.keys import ALGORITHMS, key_for
from ameli_notify.core.crypto import lookup_id, lookup_key

LONGEST_LIFE: Final = 300
"""Seconds from now to ``exp``."""
LEEWAY: Final = 30
"""Seconds by which two clocks may differ."""
LONGEST_ASSERTION: Final = 8_192
LONGEST_JTI: Final = 200
# A header that we do not know is left aside unless it is critical (RFC 7515, 4.1.11).
_SIGNED_WITH: Final = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)

_USE_ONCE: Final = f"""
INSERT INTO {PartnerAssertion._meta.db_table} (jti_lookup, expires_at) VALUES (%s, %s) ON CONFLICT DO NOTHING
"""


class UntrustedAssertionError(Exception):
    """An assertion that proves nothing. The message is for our log: which check failed, no value."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A client that has just proven to hold a key."""

    client: PartnerClient
    key: PartnerKey


def prove(assertion: str, *, audiences: Collection[str]) -> Proven:
    """Check an assertion and use it up. Call it outside a transaction that may be rolled back.

    ``audiences``: what its ``aud`` may name. Raises UntrustedAssertionError.
    """
    if len(assertion) > LONGEST_ASSERTION:
        raise UntrustedAssertionError("too long")
    header, claims = _unproven(assertion)
    key = _key_of(claims.get("iss"), header)
    fit = key_for(key.jwk, header.get("alg"))
    if fit is None:
        raise UntrustedAssertionError("algorithm")
    try:
        claims = jwt.decode(assertion, fit, registry=_SIGNED_WITH).claims
    except (JoseError, ValueError) as error:
        raise UntrustedAssertionError(f"signature: {type(error).__name__}") from None
    expires_at = _check_claims(claims, client_id=str(key.client.client_id), audiences=audiences)
    _use_once(key.client, claims.get("jti"), expires_at=expires_at)
    return Proven(key.client, key)


def _unproven(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims as they say themselves, to find the key by: nothing is proven yet."""
    try:
        token = jws.extract_compact(assertion.encode("ascii"))
        claims = json.loads(token.payload)
    except (JoseError, ValueError, RecursionError) as error:
        raise UntrustedAssertionError(f"form: {type(error).__name__}") from None
    if not isinstance(claims, dict):
        raise UntrustedAssertionError("claims")
    return dict(token.headers()), claims


def _key_of(issuer: object, header: dict[str, Any]) -> PartnerKey:
    kid = header.get("kid")
    if not isinstance(issuer, str) or not isinstance(kid, str) or not kid.isprintable():
        raise UntrustedAssertionError("no issuer or no kid")
    try:
        client_id = uuid.UUID(issuer)
    except ValueError:
        raise UntrustedAssertionError("issuer") from None
    known = PartnerKey.objects.select_related("client__partner").filter(
        client__client_id=client_id, client__withdrawn_at=None, withdrawn_at=None, kid=kid
    )
    key = known.first()
    if key is None and str(client_id) == issuer and refresh_for_unknown_key(client_id):
        key = known.first()
    if key is None or str(client_id) != issuer:
        raise UntrustedAssertionError("no such client and key in use")
    return key


def _check_claims(claims: dict[str, Any], *, client_id: str, audiences: Collection[str]) -> datetime:
    """When the assertion expires."""
    now = timezone.now().timestamp()
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise UntrustedAssertionError("iss and sub")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(name, str) and name in audiences for name in named):
        raise UntrustedAssertionError("aud")
    expires = _instant(claims, "exp")
    if expires is None or not now - LEEWAY < expires <= now + LONGEST_LIFE + LEEWAY:
        raise UntrustedAssertionError("exp")
    for name in ("nbf", "iat"):
        begins = _instant(claims, name)
        if begins is not None and begins > now + LEEWAY:
            raise UntrustedAssertionError(name)
    return datetime.fromtimestamp(expires, tz=UTC)


def _instant(claims: dict[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519, 2)."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e11:
        raise UntrustedAssertionError(name)
    return float(value)


def _use_once(client: PartnerClient, jti: object, *, expires_at: datetime) -> None:
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI or not jti.isprintable():
        raise UntrustedAssertionError("jti")
    used = lookup_id("partner.jti", f"{client.pk}|{jti}", key=lookup_key())
    with connection.cursor() as cursor:
        cursor.execute(_USE_ONCE, [used, expires_at])
        if cursor.rowcount != 1:
            raise UntrustedAssertionError("jti used before")
