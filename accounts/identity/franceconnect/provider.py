"""FranceConnect's own description of itself and its signing keys, kept for an hour.

A key that we do not know yet makes us ask again at once: FranceConnect changes its keys without notice.
"""

import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from accounts.identity.franceconnect import transport
from accounts.identity.franceconnect.configuration import Configuration
from accounts.identity.franceconnect.refusals import Reason, StoppedError

KEPT_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Addresses, all on the issuer's own origin; ``end_session`` is empty where there is none."""

    authorization: str
    token: str
    userinfo: str
    keys: str
    end_session: str
    names_issuer: bool
    """Whether answers carry ``iss`` (RFC 9207)."""


class Provider:
    """One provider, as seen from this process."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._lock = threading.Lock()
        self._endpoints: tuple[float, Endpoints] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def endpoints(self) -> Endpoints:
        """Raises StoppedError (UNREACHABLE) when FranceConnect does not answer, or describes another one."""
        with self._lock:
            if self._endpoints is None or time.monotonic() - self._endpoints[0] > KEPT_SECONDS:
                answer = transport.get(f"{self.configuration.issuer}/.well-known/openid-configuration")
                self._endpoints = (time.monotonic(), self._read(_checked(answer)))
            return self._endpoints[1]

    def keys(self, *, newer_than: KeySet | None = None) -> KeySet:
        """The signing keys, asked for again unless they are newer than those given. Raises StoppedError (UNREACHABLE).

        Nobody but FranceConnect can make us ask: tokens come from its token endpoint alone.
        """
        url = self.endpoints().keys
        with self._lock:
            if self._keys is not None:
                is_fresh = time.monotonic() - self._keys[0] <= KEPT_SECONDS
                if is_fresh and self._keys[1] is not newer_than:
                    return self._keys[1]
            self._keys = (time.monotonic(), _signing_keys(_checked(transport.get(url))))
            return self._keys[1]

    def _read(self, described: dict[str, Any]) -> Endpoints:
        if described.get("issuer") != self.configuration.issuer:
            raise StoppedError(Reason.UNREACHABLE, detail="another issuer")
        return Endpoints(
            authorization=self._address(described, "authorization_endpoint"),
            token=self._address(described, "token_endpoint"),
            userinfo=self._address(described, "userinfo_endpoint"),
            keys=self._address(described, "jwks_uri"),
            end_session=self._address(described, "end_session_endpoint") if "end_session_endpoint" in described else "",
            names_issuer=described.get("authorization_response_iss_parameter_supported") is True,
        )

    def _address(self, described: dict[str, Any], name: str) -> str:
        url = described.get(name)
        if not isinstance(url, str) or not url.startswith(f"{self.configuration.origin}/"):
            raise StoppedError(Reason.UNREACHABLE, detail=f"{name} elsewhere")
        return url


@lru_cache(maxsize=2)
def provider_of(configuration: Configuration) -> Provider:
    """The provider of a configuration; one for the whole process."""
    return Provider(configuration)


def _checked(answer: transport.Answer) -> dict[str, Any]:
    if answer.status != 200:
        raise StoppedError(Reason.UNREACHABLE, detail=f"status {answer.status}")
    return answer.json()


def _signing_keys(published: dict[str, Any]) -> KeySet:
    """Public RSA and EC keys that may sign; the rest of the set is of no use to us."""
    listed = published.get("keys")
    kinds: dict[Any, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}
    found: list[Any] = []
    for data in listed if isinstance(listed, list) else []:
        kind = kinds.get(data.get("kty")) if isinstance(data, dict) else None
        if kind is None or data.get("use", "sig") != "sig":
            continue
        try:
            found.append(kind.import_key(data))
        except (JoseError, ValueError, TypeError):
            continue
    if not found:
        raise StoppedError(Reason.UNREACHABLE, detail="no signing key")
    return KeySet(found)
