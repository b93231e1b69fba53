"""What the settings say of FranceConnect: where it is, who we are to it, and which keys open what it encrypts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from joserfc.jwk import ECKey, KeySet, RSAKey

SMALLEST_RSA_BITS: Final = 2048
_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Configuration:
    """FranceConnect as this deployment knows it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    key_files: tuple[str, ...]
    uses_pkce: bool

    @property
    def origin(self) -> str:
        """Scheme, host and port of the provider."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


def configuration() -> Configuration | None:
    """None when FranceConnect is off. Raises ImproperlyConfigured, without any value, when it is half on."""
    if not settings.FRANCECONNECT_URL:
        return None
    if not settings.FRANCECONNECT_CLIENT_ID or not settings.FRANCECONNECT_CLIENT_SECRET:
        raise ImproperlyConfigured("FRANCECONNECT_URL needs FRANCECONNECT_CLIENT_ID and FRANCECONNECT_CLIENT_SECRET.")
    url = settings.FRANCECONNECT_URL.rstrip("/")
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    if not is_safe or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ImproperlyConfigured("FRANCECONNECT_URL must be the issuer, an https:// address.")
    return Configuration(
        issuer=url,
        client_id=settings.FRANCECONNECT_CLIENT_ID,
        client_secret=settings.FRANCECONNECT_CLIENT_SECRET,
        key_files=tuple(settings.FRANCECONNECT_KEY_FILES),
        uses_pkce=settings.FRANCECONNECT_PKCE,
    )


@lru_cache(maxsize=4)
def opening_keys(files: tuple[str, ...]) -> KeySet:
    """Our private keys, the newest first. Raises ImproperlyConfigured, naming the setting only."""
    return KeySet([_private_key(Path(name)) for name in files])


def published_key(files: tuple[str, ...]) -> dict[str, Any]:
    """The public half of the newest key, as a JWK set for FranceConnect to encrypt with."""
    newest = opening_keys(files).keys[0]
    return {"keys": [newest.as_dict(private=False)]}


def _private_key(path: Path) -> RSAKey | ECKey:
    try:
        pem = path.read_bytes()
        key = load_pem_private_key(pem, password=None)
    except (OSError, ValueError, TypeError):
        raise ImproperlyConfigured("FRANCECONNECT_KEY_FILES names a file that holds no private key.") from None
    if isinstance(key, RSAPrivateKey) and key.key_size >= SMALLEST_RSA_BITS:
        return RSAKey.import_key(pem, {"use": "enc", "alg": "RSA-OAEP"})
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return ECKey.import_key(pem, {"use": "enc", "alg": "ECDH-ES"})
    raise ImproperlyConfigured(
        f"FRANCECONNECT_KEY_FILES takes keys on the curve P-256 and RSA keys of {SMALLEST_RSA_BITS} bits or more."
    )


def check_franceconnect(*, app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """One error when FranceConnect is half on, or its keys cannot be used; no value is shown."""
    try:
        found = configuration()
        if found is not None:
            opening_keys(found.key_files)
    except ImproperlyConfigured as error:
        return [Error(str(error), id="accounts.E001")]
    return []
