"""Tokens that an honest provider never makes: each is refused for the one thing that is wrong with it."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from pytest_django import Settings

from accounts.identity.franceconnect import transport
from accounts.identity.franceconnect.configuration import Configuration, check_franceconnect, configuration
from accounts.identity.franceconnect.devices import FranceConnectDevice
from accounts.identity.franceconnect.provider import Provider
from accounts.identity.franceconnect.refusals import Reason, StoppedError
from accounts.identity.franceconnect.tokens import verify_id_token, verify_userinfo
from accounts.identity.franceconnect.transport import Answer

ISSUER = "https://fc.example.org/api/v2"
KEY = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": "one"})
RSA = RSAKey.generate_key(2048, {"use": "sig", "kid": "two"})
ACCESS = "access-token"
NOW, DAY = int(time.time()), 86_400
HALF_HASH = base64.urlsafe_b64encode(hashlib.sha256(ACCESS.encode()).digest()[:16]).rstrip(b"=").decode()
CLAIMS: dict[str, Any] = {
    "iss": ISSUER, "aud": "client", "sub": "somebody", "exp": NOW + DAY, "iat": NOW, "nonce": "n" * 64,
    "acr": "eidas2", "at_hash": HALF_HASH,
}  # fmt: skip
DESCRIPTION = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "jwks_uri": f"{ISSUER}/jwks",
}


def answer(content: object, *, status: int = 200) -> Answer:
    return Answer(status, "application/json", json.dumps(content).encode())


def make_provider(monkeypatch: pytest.MonkeyPatch, described: dict[str, Any] | None = None, **jwk: object) -> Provider:
    """A provider whose description and keys are these."""
    listed: list[dict[str, Any]] = [
        KEY.as_dict(private=False),
        RSA.as_dict(private=False),
        {"kty": "oct", "k": "c2VjcmV0", "kid": "three"},
    ]
    documents = {
        f"{ISSUER}/.well-known/openid-configuration": answer(described or DESCRIPTION),
        f"{ISSUER}/jwks": answer({"keys": [{**key, **jwk} for key in listed]}),
    }
    monkeypatch.setattr(transport, "get", lambda url: documents[url])
    return Provider(Configuration(ISSUER, "client", "secret", (), uses_pkce=True))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    return make_provider(monkeypatch)


def signed(claims: dict[str, Any], *, kid: str = "one") -> str:
    return jwt.encode({"alg": "ES256", "kid": kid}, claims, KEY)


def verify(raw: object, provider: Provider) -> str:
    return verify_id_token(raw, provider, nonce="n" * 64, access_token=ACCESS, begun_at=NOW - 5).subject


def test_a_right_token_is_taken(provider: Provider) -> None:
    assert verify(signed(CLAIMS), provider) == "somebody"
    assert verify(signed(CLAIMS | {"aud": ["client"], "azp": "client"}), provider) == "somebody"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://fc.example.net/api/v2"},
        {"aud": "other"},
        {"aud": ["client", "other"]},
        {"azp": "other"},
        {"exp": NOW - 120},
        {"exp": "tomorrow"},
        {"iat": NOW + DAY},
        {"iat": NOW - 3600},
        {"nonce": "m" * 64},
        {"at_hash": "x" * 22},
        {"sub": "s" * 256},
        {"sub": "é"},
        {"sub": 7},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_wrong_claim_is_not(provider: Provider, wrong: dict[str, Any]) -> None:
    with pytest.raises(StoppedError) as stopped:
        verify(signed(CLAIMS | wrong), provider)
    assert stopped.value.reason is Reason.UNTRUSTED


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "sub", "nonce"])
def test_a_missing_claim_is_not(provider: Provider, name: str) -> None:
    with pytest.raises(StoppedError) as stopped:
        verify(signed({key: value for key, value in CLAIMS.items() if key != name}), provider)
    assert stopped.value.reason is Reason.UNTRUSTED


@pytest.mark.parametrize("level", [None, "eidas1", "eidas", "EIDAS2", ["eidas2"]])
def test_a_lower_level_is_not(provider: Provider, level: object) -> None:
    with pytest.raises(StoppedError) as stopped:
        verify(signed(CLAIMS | {"acr": level}), provider)
    assert stopped.value.reason is Reason.TOO_WEAK


def hand_made(header: dict[str, str], *, secret: bytes = b"") -> str:
    """A token such as no library makes; with a secret, its signature is an HMAC."""

    def text(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    start = ".".join(text(json.dumps(part).encode()) for part in (header, CLAIMS))
    return f"{start}.{text(hmac.digest(secret, start.encode(), 'sha256')) if secret else ''}"


FORGED: dict[str, Callable[[], object]] = {
    "unsigned": lambda: hand_made({"alg": "none"}),
    "with the public key as a secret": lambda: hand_made(
        {"alg": "HS256", "kid": "two"}, secret=RSA.as_pem(private=False)
    ),
    "with a shared secret": lambda: hand_made({"alg": "HS256", "kid": "three"}, secret=b"secret"),
    "with another key": lambda: jwt.encode({"alg": "ES256", "kid": "one"}, CLAIMS, ECKey.generate_key("P-256")),
    "with an unknown key": lambda: jwt.encode({"alg": "ES256", "kid": "four"}, CLAIMS, ECKey.generate_key("P-256")),
    "with a key of its own": lambda: jwt.encode(
        {"alg": "ES256", "jwk": KEY.as_dict(private=False)}, CLAIMS, ECKey.generate_key("P-256")
    ),
    "altered": lambda: signed(CLAIMS)[:-8] + "AAAAAAAA",
    "no token": lambda: "a.b.c",
    "nothing": lambda: None,
    "not a text": lambda: {"a": 1},
    "not ASCII": lambda: "é.é.é",
}


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_not(provider: Provider, make: Callable[[], object]) -> None:
    with pytest.raises(StoppedError) as stopped:
        verify(make(), provider)
    assert stopped.value.reason is Reason.UNTRUSTED


class TestUserinfo:
    def test_of_the_same_subject(self, provider: Provider) -> None:
        token = Answer(200, "application/jwt", signed(CLAIMS).encode())
        assert verify_userinfo(token, provider, subject="somebody")["sub"] == "somebody"
        assert verify_userinfo(answer({"sub": "somebody"}), provider, subject="somebody") == {"sub": "somebody"}

    @pytest.mark.parametrize(
        "given",
        [
            answer({"sub": "else"}),
            answer({}),
            Answer(200, "application/jwt", signed(CLAIMS | {"sub": "else"}).encode()),
            Answer(200, "application/jwt", signed(CLAIMS | {"aud": "other"}).encode()),
            Answer(200, "application/jwt", b"\xff\xff"),
        ],
    )
    def test_of_nobody_else(self, provider: Provider, given: Answer) -> None:
        with pytest.raises(StoppedError) as stopped:
            verify_userinfo(given, provider, subject="somebody")
        assert stopped.value.reason is Reason.UNTRUSTED

    @pytest.mark.parametrize("given", [answer({}, status=401), answer(["sub"]), Answer(200, "text/html", b"<html>")])
    def test_that_is_none(self, provider: Provider, given: Answer) -> None:
        with pytest.raises(StoppedError) as stopped:
            verify_userinfo(given, provider, subject="somebody")
        assert stopped.value.reason is Reason.UNREACHABLE


class TestProvider:
    @pytest.mark.parametrize(
        "change",
        [
            {"issuer": "https://fc.example.net"},
            {"token_endpoint": "https://fc.example.net/token"},
            {"token_endpoint": "http://fc.example.org/token"},
            {"jwks_uri": None},
            {"end_session_endpoint": "https://fc.example.org.example.net/end"},
        ],
    )
    def test_describes_itself_only(self, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]) -> None:
        with pytest.raises(StoppedError) as stopped:
            make_provider(monkeypatch, DESCRIPTION | change).endpoints()
        assert stopped.value.reason is Reason.UNREACHABLE

    def test_keys_for_encryption_sign_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(StoppedError) as stopped:
            make_provider(monkeypatch, use="enc").keys()
        assert stopped.value.reason is Reason.UNREACHABLE


class TestConfiguration:
    def test_off(self, settings: Settings) -> None:
        settings.FRANCECONNECT_URL = ""
        assert configuration() is None
        assert check_franceconnect(app_configs=None) == []

    @pytest.mark.parametrize(
        "change",
        [
            {"FRANCECONNECT_CLIENT_ID": ""},
            {"FRANCECONNECT_CLIENT_SECRET": ""},
            {"FRANCECONNECT_URL": "http://fc.example.org"},
            {"FRANCECONNECT_URL": "https://user@fc.example.org"},
            {"FRANCECONNECT_URL": "fc.example.org"},
            {"FRANCECONNECT_KEY_FILES": ["/nowhere/key.pem"]},
        ],
        ids=str,
    )
    def test_half_on_is_an_error_that_shows_no_value(self, settings: Settings, change: dict[str, Any]) -> None:
        settings.FRANCECONNECT_URL = ISSUER
        settings.FRANCECONNECT_CLIENT_ID, settings.FRANCECONNECT_CLIENT_SECRET = "client", "s3cr3t"
        for name, value in change.items():
            setattr(settings, name, value)
        (error,) = check_franceconnect(app_configs=None)
        assert error.id == "accounts.E001"
        assert not {"s3cr3t", "nowhere", "example"} & set(error.msg.replace("/", " ").replace(".", " ").split())

    def test_weak_keys_are_refused(self, settings: Settings, tmp_path: Path) -> None:
        weak = tmp_path / "weak.pem"
        weak.write_bytes(ECKey.generate_key("P-384").as_pem(private=True))
        settings.FRANCECONNECT_URL, settings.FRANCECONNECT_KEY_FILES = ISSUER, [str(weak)]
        settings.FRANCECONNECT_CLIENT_ID = settings.FRANCECONNECT_CLIENT_SECRET = "client"
        assert [error.id for error in check_franceconnect(app_configs=None)] == ["accounts.E001"]


def test_no_text_passes_for_an_identity() -> None:
    device = FranceConnectDevice()
    assert not device.verify_token("somebody")
    assert not device.verify_token(f"{ISSUER}|somebody")
