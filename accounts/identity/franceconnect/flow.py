"""The way to FranceConnect and back: authorization code flow with PKCE, each attempt bound to one session.

What belongs to an attempt waits in the session, is good once and for ten minutes. The address to come back to is
our own URL and nothing else; where the person goes afterwards never travels through FranceConnect.
"""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from accounts.identity.franceconnect import transport
from accounts.identity.franceconnect.provider import Provider
from accounts.identity.franceconnect.refusals import Reason, StoppedError
from accounts.identity.franceconnect.tokens import ACR_ASKED, verify_id_token, verify_userinfo

ATTEMPT_SECONDS: Final = 10 * 60
SLOT: Final = "franceconnect"
_CODE: Final = 2048
"""Longest authorization code that is passed on."""


class Purpose(StrEnum):
    """What the person set out to do."""

    SIGN_IN = "sign-in"
    LINK = "link"


# Nothing but what is compared: who the account belongs to is known to us already.
SCOPES: Final = {Purpose.SIGN_IN: "openid", Purpose.LINK: "openid birthdate gender"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to FranceConnect and back. ``after`` is where the person goes then, checked before it is kept."""

    purpose: str
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    begun_at: float
    after: str
    account_id: int | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody whom FranceConnect identified in two factors. Nothing of it is kept but a keyed hash of the subject."""

    issuer: str
    subject: str = field(repr=False)
    birth_date: str = field(repr=False)
    gender: str = field(repr=False)
    id_token: str = field(repr=False)


def begin(
    request: HttpRequest, provider: Provider, *, purpose: Purpose, after: str, account_id: int | None = None
) -> str:
    """The address of FranceConnect to send the person to; an attempt begun before is forgotten. Raises StoppedError."""
    attempt = Attempt(
        purpose=purpose,
        # 64 letters and digits: some of FranceConnect's versions take nothing else.
        state=secrets.token_hex(32),
        nonce=secrets.token_hex(32),
        verifier=secrets.token_urlsafe(48),
        redirect_uri=request.build_absolute_uri(reverse("franceconnect-callback")),
        begun_at=time.time(),
        after=after,
        account_id=account_id,
    )
    asked = {
        "response_type": "code",
        "client_id": provider.configuration.client_id,
        "redirect_uri": attempt.redirect_uri,
        "scope": SCOPES[purpose],
        "acr_values": ACR_ASKED,
        "state": attempt.state,
        "nonce": attempt.nonce,
        # On a shared computer, the neighbour may still be identified at FranceConnect.
        "prompt": "login",
    }
    if provider.configuration.uses_pkce:
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    url = f"{provider.endpoints().authorization}?{urlencode(asked)}"
    request.session[SLOT] = asdict(attempt)
    return url


def attempt_of(request: HttpRequest) -> Attempt | None:
    """The attempt that this session has under way."""
    kept = request.session.get(SLOT)
    attempt = Attempt(**kept) if kept else None
    return attempt if attempt and 0 <= time.time() - attempt.begun_at <= ATTEMPT_SECONDS else None


def finish(request: HttpRequest, provider: Provider, attempt: Attempt) -> Identity:
    """Who came back. The attempt is used up, whatever comes of it. Raises StoppedError."""
    given = request.GET
    if not hmac.compare_digest(given.get("state", "").encode(), attempt.state.encode()):
        raise StoppedError(Reason.EXPIRED, detail="state")
    del request.session[SLOT]
    configuration, endpoints = provider.configuration, provider.endpoints()
    is_named = "iss" in given or endpoints.names_issuer
    if is_named and given.get("iss") != configuration.issuer:
        raise StoppedError(Reason.UNTRUSTED, detail="answer of another issuer")
    if "error" in given:
        is_theirs = given["error"] == "access_denied"
        raise StoppedError(Reason.CANCELLED if is_theirs else Reason.UNREACHABLE, detail="error from the provider")
    code = given.get("code", "")
    if not 0 < len(code) <= _CODE:
        raise StoppedError(Reason.EXPIRED, detail="no code")
    access_token, id_token = _exchange(provider, attempt, code=code)
    verified = verify_id_token(
        id_token, provider, nonce=attempt.nonce, access_token=access_token, begun_at=attempt.begun_at
    )
    claims = verify_userinfo(transport.get(endpoints.userinfo, bearer=access_token), provider, subject=verified.subject)
    return Identity(
        issuer=configuration.issuer,
        subject=verified.subject,
        birth_date=str(claims.get("birthdate", "")),
        gender=str(claims.get("gender", "")),
        id_token=verified.signed,
    )


def _exchange(provider: Provider, attempt: Attempt, *, code: str) -> tuple[str, object]:
    """Access token and ID token for a code. A code that was used before is refused by FranceConnect."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": attempt.redirect_uri,
        "client_id": provider.configuration.client_id,
        "client_secret": provider.configuration.client_secret,
    }
    if provider.configuration.uses_pkce:
        fields["code_verifier"] = attempt.verifier
    answer = transport.post(provider.endpoints().token, fields)
    if answer.status == 400 and answer.json().get("error") == "invalid_grant":
        raise StoppedError(Reason.EXPIRED, detail="code refused")
    if answer.status != 200:
        raise StoppedError(Reason.UNREACHABLE, detail=f"token {answer.status}")
    tokens = answer.json()
    access_token = tokens.get("access_token")
    if not isinstance(access_token, str) or str(tokens.get("token_type")).lower() != "bearer":
        raise StoppedError(Reason.UNTRUSTED, detail="no access token")
    return access_token, tokens.get("id_token")
