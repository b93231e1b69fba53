"""From the greeting to a usable session: EHLO, STARTTLS, AUTH. Protocol only, no sockets.

`handshake` is a generator: it yields the bytes to send and is sent the server's whole reply; it yields
None when TLS must begin now. What it returns is what the server can do.
"""

import base64
from collections.abc import Generator
from dataclasses import dataclass

from outreach.channels.smtp_settings import Security, SmtpSettings
from outreach.channels.smtp_wire import status


class HandshakeRefused(Exception):
    """The session cannot be used; `is_fatal` when trying again would change nothing.

    `detail` holds codes only.
    """

    def __init__(self, detail: str, *, is_fatal: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.is_fatal = is_fatal


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The extensions that the server announced and we use."""

    pipelining: bool = False
    eight_bit: bool = False
    starttls: bool = False
    auth: frozenset[str] = frozenset()


Reply = list[bytes]
Handshake = Generator[bytes | None, Reply, Capabilities]


def handshake(settings: SmtpSettings) -> Handshake:
    greeting = yield b""
    if not greeting[-1].startswith(b"220"):
        raise HandshakeRefused(f"greeting {status(greeting[-1])}")
    found = yield from _hello(settings)
    if settings.security is Security.STARTTLS:
        if not found.starttls:
            raise HandshakeRefused("STARTTLS is not offered", is_fatal=True)
        reply = yield b"STARTTLS\r\n"
        if not reply[-1].startswith(b"220"):
            raise HandshakeRefused(f"STARTTLS {status(reply[-1])}")
        yield None
        found = yield from _hello(settings)  # what was said before TLS counts for nothing (RFC 3207 §4.2)
    if settings.username:
        yield from _log_in(settings, offered=found.auth)
    return found


def _hello(settings: SmtpSettings) -> Handshake:
    reply = yield f"EHLO {settings.helo}\r\n".encode("ascii")
    if reply[-1].startswith(b"250"):
        return capabilities(reply)
    if reply[-1].startswith(b"5"):
        reply = yield f"HELO {settings.helo}\r\n".encode("ascii")
        if reply[-1].startswith(b"250"):
            return Capabilities()
    raise HandshakeRefused(f"EHLO {status(reply[-1])}")


def capabilities(reply: Reply) -> Capabilities:
    words = [line[4:].decode("ascii", "replace").upper().split() for line in reply[1:]]
    named = {line[0]: line[1:] for line in words if line}
    return Capabilities(
        pipelining="PIPELINING" in named,
        eight_bit="8BITMIME" in named,
        starttls="STARTTLS" in named,
        auth=frozenset(named.get("AUTH", ())),
    )


def _log_in(settings: SmtpSettings, *, offered: frozenset[str]) -> Generator[bytes, Reply, None]:
    user, password = settings.username.encode(), settings.password.encode()
    if "PLAIN" in offered:
        reply = yield b"AUTH PLAIN " + base64.b64encode(b"\0" + user + b"\0" + password) + b"\r\n"
    elif "LOGIN" in offered:
        reply = yield b"AUTH LOGIN\r\n"
        for secret in (user, password):
            if reply[-1].startswith(b"334"):
                reply = yield base64.b64encode(secret) + b"\r\n"
    else:
        raise HandshakeRefused("neither AUTH PLAIN nor AUTH LOGIN is offered", is_fatal=True)
    if not reply[-1].startswith(b"235"):
        raise HandshakeRefused(f"AUTH {status(reply[-1])}", is_fatal=reply[-1].startswith(b"5"))
