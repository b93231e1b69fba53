"""One request to an address that somebody else chose: checked, pinned, bounded, never redirected.

The connection goes to exactly the address that was checked, while the name is what TLS and ``Host`` speak of: a name
that answers differently a moment later (DNS rebinding) leads nowhere else. No proxy of the environment, no cookie, no
credentials. One deadline covers resolving, connecting, sending and the whole answer, however slowly it drips.
"""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Final

from ameli_notify.core.outgoing.errors import OutgoingError, OutgoingReason
from ameli_notify.core.outgoing.names import addresses_of
from ameli_notify.core.outgoing.timed_socket import Deadline, TimedSocket
from ameli_notify.core.outgoing.urls import Target, read_url

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 15.0
MOST_BYTES: Final = 65_536
USER_AGENT: Final = "ameli-notify/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds to connect, seconds for everything, and bytes that an answer may have; None: its body is not read."""

    connect: float = CONNECT_SECONDS
    total: float = TOTAL_SECONDS
    most_bytes: int | None = MOST_BYTES


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status of any kind, header names in lower case, the body where it was to be read."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


DEFAULT_LIMITS: Final = Limits()


def send(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Answer:
    """Ask once. Raises OutgoingError; an answer of any status is no error, a redirect is a status like another."""
    target = read_url(url)
    deadline = Deadline(time.monotonic() + limits.total)
    try:
        connected = _connect(target, deadline=deadline, seconds=limits.connect)
        try:
            connection = _Pinned(target, connected)
            return _exchange(connection, target, method, body=body, headers=headers or {}, limits=limits)
        finally:
            connected.close()
    except TimeoutError:
        raise OutgoingError(OutgoingReason.TOO_SLOW) from None
    except ssl.SSLCertVerificationError:
        raise OutgoingError(OutgoingReason.UNTRUSTED) from None
    except OSError:
        raise OutgoingError(OutgoingReason.UNREACHABLE) from None
    except (HTTPException, ValueError):
        raise OutgoingError(OutgoingReason.BAD_ANSWER) from None


class _Pinned(HTTPConnection):
    """A connection that is there already: it goes where it was checked, and is never made anew.

    Closing it closes nothing: ``http.client`` gives up a connection that is to end before the body is read.
    """

    auto_open = 0

    def __init__(self, target: Target, connected: TimedSocket) -> None:
        super().__init__(target.host, target.port)
        self.sock = connected

    def close(self) -> None:
        """Who made the socket closes it."""


def _connect(target: Target, *, deadline: Deadline, seconds: float) -> TimedSocket:
    """To the first address that takes the connection."""
    addresses = addresses_of(target, seconds=min(seconds, deadline.left()))
    for position, address in enumerate(addresses, start=1):
        try:
            plain = open_socket(address, target.port, seconds=min(seconds, deadline.left()))
        except OSError:
            if position == len(addresses):
                raise
            continue
        try:
            plain.settimeout(min(seconds, deadline.left()))
            return TimedSocket(_secured(plain, target) if target.is_secure else plain, deadline)
        except BaseException:
            plain.close()
            raise
    raise OutgoingError(OutgoingReason.UNREACHABLE)


def open_socket(address: str, port: int, *, seconds: float) -> socket.socket:
    """A connection to an address in figures: nothing is resolved any more. Raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connected = socket.socket(family, socket.SOCK_STREAM)
    try:
        connected.settimeout(seconds)
        connected.connect((address, port))
    except BaseException:
        connected.close()
        raise
    return connected


def _secured(plain: socket.socket, target: Target) -> ssl.SSLSocket:
    """TLS 1.2 or newer, the certificate checked for the name that was asked for."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context.wrap_socket(plain, server_hostname=target.host)


def _exchange(
    connection: HTTPConnection, target: Target, method: str, *, body: bytes, headers: Mapping[str, str], limits: Limits
) -> Answer:
    sent = {"User-Agent": USER_AGENT, "Accept": "*/*", **headers, "Host": target.host_header, "Connection": "close"}
    connection.request(method, target.path, body=body or None, headers=sent)
    response = connection.getresponse()
    content = b"" if limits.most_bytes is None else _read(response, most_bytes=limits.most_bytes)
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)


def _read(response: HTTPResponse, *, most_bytes: int) -> bytes:
    """Raises OutgoingError for a body that is too long, or shorter than it says."""
    content = response.read(most_bytes + 1)
    if len(content) > most_bytes or response.length:
        raise OutgoingError(OutgoingReason.BAD_ANSWER)
    return content
