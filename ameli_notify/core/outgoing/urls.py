"""Which URLs others may give us to ask: https, a name with a domain, no user, no odd port, one spelling."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from ameli_notify.core.outgoing.errors import OutgoingError, OutgoingReason

LONGEST: Final = 500
LOCAL_HOST: Final = "127.0.0.1"
HTTPS: Final = 443
_LOWEST_OTHER_PORT: Final = 1_024
"""Ports below, but for 443, are those of other services, which a request could speak to unawares."""
# The last label holds a letter: no address in figures, in whatever base.
_NAME: Final = re.compile(
    r"(?=.{4,253}\Z)(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?=[a-z0-9-]*[a-z])(?!-)[a-z0-9-]{2,63}(?<!-)"
)
_VISIBLE: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Target:
    """What a URL asks for. ``path``: with its query."""

    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        usual = HTTPS if self.is_secure else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


def read_url(url: str) -> Target:
    """Raises OutgoingError (UNFIT_URL). No name is resolved here."""
    if len(url) > LONGEST or _VISIBLE.fullmatch(url) is None or "\\" in url or "#" in url:
        raise OutgoingError(OutgoingReason.UNFIT_URL)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise OutgoingError(OutgoingReason.UNFIT_URL) from None
    if "@" in parts.netloc or parts.netloc.endswith(":"):
        raise OutgoingError(OutgoingReason.UNFIT_URL)
    host = parts.hostname or ""
    if _is_local(parts, host):
        return Target(False, host, port or 80, _path(parts))
    port = HTTPS if port is None else port
    if parts.scheme != "https" or _NAME.fullmatch(host) is None or not (port == HTTPS or port >= _LOWEST_OTHER_PORT):
        raise OutgoingError(OutgoingReason.UNFIT_URL)
    return Target(True, host, port, _path(parts))


def _is_local(parts: SplitResult, host: str) -> bool:
    """Plain HTTP to this very machine, where the settings say that it is one for development."""
    return bool(settings.OUTGOING_LOCAL_ALLOWED) and parts.scheme == "http" and host == LOCAL_HOST


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path
