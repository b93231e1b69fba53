"""What makes a token of FranceConnect believable: who signed it, for whom, for which attempt, at which level.

FranceConnect+ signs with ES256 and encrypts for us (RSA-OAEP or ECDH-ES, with A256GCM); FranceConnect signs with
ES256 or RS256 and does not encrypt. Where we have a key to open with, nothing unencrypted is accepted.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any, Final

from joserfc import jwe, jwt
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import GuestProtocol, KeySet
from joserfc.jws import JWSRegistry

from accounts.identity.franceconnect import transport
from accounts.identity.franceconnect.configuration import opening_keys
from accounts.identity.franceconnect.provider import Provider
from accounts.identity.franceconnect.refusals import Reason, StoppedError

ACR_ASKED: Final = "eidas2"
ACR_ACCEPTED: Final = ("eidas2", "eidas3")
"""Substantial and high: both are two-factor (regulation (EU) 2015/1502, 2.2.1). The higher one fulfils the lower."""
# A header that we do not know is left aside unless it is critical (RFC 7515, 4.1.11): encrypted tokens repeat
# issuer and audience there (RFC 7519, 5.3).
SIGNED_WITH: Final = JWSRegistry(algorithms=["ES256", "PS256", "RS256"], strict_check_header=False)
ENCRYPTED_WITH: Final = JWERegistry(algorithms=["RSA-OAEP", "ECDH-ES", "A256GCM"], strict_check_header=False)
LEEWAY_SECONDS: Final = 60
LONGEST_SUBJECT: Final = 255
"""OpenID Connect Core 1.0, 2: « It MUST NOT exceed 255 ASCII characters »."""


@dataclass(frozen=True, slots=True)
class Verified:
    """An ID token that holds: its subject, and the signed token itself, for signing out."""

    subject: str = field(repr=False)
    signed: str = field(repr=False)


def verify_id_token(raw: object, provider: Provider, *, nonce: str, access_token: str, begun_at: float) -> Verified:
    """Raises StoppedError: UNTRUSTED for any claim that does not hold, TOO_WEAK for a level below substantial."""
    signed = _opened(raw, provider)
    client_id = provider.configuration.client_id
    header, claims = _signed_claims(signed, provider)
    rules = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": provider.configuration.issuer},
        aud={"essential": True, "value": client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
    )
    try:
        rules.validate(claims)
    except JoseError as error:
        raise _untrusted(f"claims: {type(error).__name__}") from None
    if not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
        raise _untrusted("nonce")
    if claims["iat"] < begun_at - LEEWAY_SECONDS:
        raise _untrusted("issued before the attempt")
    if claims.get("azp", client_id) != client_id or (claims["aud"] not in (client_id, [client_id])):
        raise _untrusted("other audience")
    if "at_hash" in claims and claims["at_hash"] != _half_hash(access_token, algorithm=header["alg"]):
        raise _untrusted("at_hash")
    if claims.get("acr") not in ACR_ACCEPTED:
        raise StoppedError(Reason.TOO_WEAK)
    return Verified(_subject(claims), signed)


def verify_userinfo(answer: transport.Answer, provider: Provider, *, subject: str) -> dict[str, Any]:
    """The claims about the person, of the same subject as the ID token. Raises StoppedError."""
    if answer.status != 200:
        raise StoppedError(Reason.UNREACHABLE, detail=f"userinfo {answer.status}")
    if answer.content_type == "application/jwt":
        _, claims = _signed_claims(_opened(answer.body.decode("ascii", "replace"), provider), provider)
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": provider.configuration.issuer},
            aud={"essential": True, "value": provider.configuration.client_id},
        )
        try:
            rules.validate(claims)
        except JoseError as error:
            raise _untrusted(f"userinfo: {type(error).__name__}") from None
    elif provider.configuration.key_files:
        raise _untrusted("userinfo is not encrypted")
    else:
        claims = answer.json()
    if not hmac.compare_digest(_subject(claims).encode(), subject.encode()):
        raise _untrusted("userinfo of another subject")
    return claims


def _opened(raw: object, provider: Provider) -> str:
    """The signed token, out of its encryption where we have keys to open it."""
    if not isinstance(raw, str) or not raw:
        raise _untrusted("no token")
    files = provider.configuration.key_files
    if not files:
        return raw
    try:
        plain = jwe.decrypt_compact(raw, opening_keys(files), registry=ENCRYPTED_WITH).plaintext
    except (JoseError, ValueError) as error:
        raise _untrusted(f"encryption: {type(error).__name__}") from None
    return (plain or b"").decode("ascii", "replace")


def _signed_claims(signed: str, provider: Provider) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token that one of FranceConnect's keys signed; an unknown key is asked for once."""

    def keys_for(token: GuestProtocol) -> KeySet:
        keys, kid = provider.keys(), token.headers().get("kid")
        is_known = kid is None or any(key.kid == kid for key in keys)
        return keys if is_known else provider.keys(newer_than=keys)

    try:
        token = jwt.decode(signed, keys_for, registry=SIGNED_WITH)
    except (JoseError, ValueError) as error:
        raise _untrusted(f"signature: {type(error).__name__}") from None
    return token.header, token.claims


def _subject(claims: dict[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isascii():
        raise _untrusted("sub")
    return subject


def _half_hash(access_token: str, *, algorithm: str) -> str:
    """``at_hash``: the left half of the hash that goes with the signature (OpenID Connect Core 1.0, 3.1.3.6)."""
    digest = hashlib.new(f"sha{algorithm[2:]}", access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _untrusted(detail: str) -> StoppedError:
    return StoppedError(Reason.UNTRUSTED, detail=detail)
