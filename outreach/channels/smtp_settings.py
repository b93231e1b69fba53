"""How to reach a mail server: read from one URL, checked once, never printed."""

import ipaddress
import math
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit


class Security(StrEnum):
    """Whether the connection is encrypted; an encrypted scheme never falls back to a plain one."""

    PLAIN = "smtp"
    STARTTLS = "smtp+tls"
    TLS = "smtps"


DEFAULT_PORTS = {Security.PLAIN: 25, Security.STARTTLS: 587, Security.TLS: 465}
HELO_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?|\[[0-9A-Fa-f.:IPv]+\]")


def default_helo() -> str:
    name = socket.gethostname()
    return name if HELO_NAME.fullmatch(name) else "[127.0.0.1]"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """A mail server and the manners to use with it.

    Times are seconds; their defaults are those of RFC 5321 §4.5.3.2, except the connection's own (30 s).
    `rate` is a ceiling in messages per second, 0 for none.
    """

    host: str
    port: int = 25
    security: Security = Security.PLAIN
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    ca_file: str = ""
    helo: str = field(default_factory=default_helo)
    connections: int = 10
    rate: float = 0.0
    pipelining: bool = True
    group_size: int = 20
    connect_timeout: float = 30.0
    reply_timeout: float = 300.0
    final_timeout: float = 600.0
    idle_limit: float = 60.0
    backoff: float = 0.5
    max_backoff: float = 30.0
    max_failures: int = 3

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError("l’adresse du serveur de courrier ne nomme pas d’hôte")
        if not 1 <= self.port <= 65_535:
            raise ValueError("le port doit être de 1 à 65535")
        if self.ca_file and not Path(self.ca_file).is_file():
            raise ValueError("ca_file doit nommer un fichier d’autorités de certification")
        if not 1 <= self.connections <= 500:
            raise ValueError("connections doit être de 1 à 500")
        if self.group_size < 1 or self.max_failures < 1:
            raise ValueError("group_size et max_failures doivent être au moins 1")
        if min(self.connect_timeout, self.reply_timeout, self.final_timeout) <= 0:
            raise ValueError("les délais doivent être au-dessus de 0")
        if min(self.rate, self.backoff, self.max_backoff, self.idle_limit) < 0:
            raise ValueError("rate, backoff, max_backoff et idle_limit ne peuvent pas être négatifs")
        if not HELO_NAME.fullmatch(self.helo):
            raise ValueError("helo doit être un nom d’hôte ou une adresse entre crochets")
        if self.username and self.security is Security.PLAIN and not is_loopback(self.host):
            raise ValueError("un nom d’utilisateur demande une connexion chiffrée, smtp+tls:// ou smtps://")

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read `smtp://`, `smtp+tls://` or `smtps://[user:password@]host[:port][?option=value&…]`.

        Options are the numeric and path fields of this class (`connections`, `rate`, `ca_file`, …).
        Raises ValueError, in French, without repeating the URL, which may hold a password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
            security = Security(parts.scheme)
        except ValueError:
            raise ValueError(
                "l’adresse du serveur de courrier doit ressembler à smtp://, smtp+tls:// ou smtps://hote:port"
            ) from None
        if parts.path not in ("", "/") or parts.fragment:
            raise ValueError("l’adresse du serveur de courrier ne peut pas avoir de chemin")
        return cls(
            host=parts.hostname or "",
            port=DEFAULT_PORTS[security] if port is None else port,
            security=security,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            **read_options(parts.query),  # type: ignore[arg-type]  # OPTIONS gives each its field's type
        )

    def tls_context(self) -> ssl.SSLContext:
        """Verify the certificate and the host name, against `ca_file` when one is named."""
        context = ssl.create_default_context(cafile=self.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


OPTIONS: dict[str, Callable[[str], str | int | float]] = {
    "ca_file": str,
    "helo": str,
    "connections": int,
    "group_size": int,
    "max_failures": int,
    "rate": float,
    "connect_timeout": float,
    "reply_timeout": float,
    "final_timeout": float,
    "idle_limit": float,
    "backoff": float,
    "max_backoff": float,
}


def read_options(query: str) -> dict[str, str | int | float]:
    options: dict[str, str | int | float] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in OPTIONS:
            raise ValueError(
                f"une option de l’adresse du serveur de courrier est inconnue (connues : {', '.join(OPTIONS)})"
            )
        try:
            option = options[name] = OPTIONS[name](value)
            if isinstance(option, float) and not math.isfinite(option):
                raise ValueError
        except ValueError:
            raise ValueError(f"l’option {name} de l’adresse du serveur de courrier doit être un nombre") from None
    return options


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
