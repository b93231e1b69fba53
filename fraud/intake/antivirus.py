"""The hook to a virus scanner: clamd's INSTREAM, over TCP or a local socket.

Without ``CLAMD_URL`` nothing is scanned and attachments say so (``scanned_at`` stays empty). With it nothing comes in
unscanned: a scanner that is down or does not answer refuses.
"""

import socket
import struct
from contextlib import closing
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

TIMEOUT_SECONDS: Final = 20.0
PIECE: Final = 64 * 1024
_LONGEST_ANSWER: Final = 4096
_PORT: Final = 3310


class InfectedError(ValueError):
    """The scanner recognised something. Its name is nobody's business."""


class ScannerDownError(RuntimeError):
    """The scanner that is configured cannot be asked, or did not say yes or no."""


def is_configured() -> bool:
    return bool(settings.CLAMD_URL)


def scan(content: bytes) -> None:
    """Return for a clean file. Raises InfectedError, ScannerDownError."""
    try:
        with closing(_connect(settings.CLAMD_URL)) as channel:
            channel.sendall(b"zINSTREAM\0")
            for place in range(0, len(content), PIECE):
                piece = content[place : place + PIECE]
                channel.sendall(struct.pack("!L", len(piece)) + piece)
            channel.sendall(struct.pack("!L", 0))
            answer = _answer(channel)
    except OSError:
        raise ScannerDownError("the virus scanner cannot be asked") from None
    if answer == b"stream: OK":
        return
    if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
        raise InfectedError("the virus scanner recognised something")
    raise ScannerDownError("the virus scanner gave no verdict")


def read_scanner_url(url: str) -> SplitResult:
    """``tcp://host:3310`` or ``unix:///run/clamav/clamd.ctl``; empty for none. Raises ValueError, in French."""
    parts = urlsplit(url)
    is_socket = parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/")
    is_host = parts.scheme == "tcp" and bool(parts.hostname) and not parts.path
    if url and not (is_socket or (is_host and _has_port(parts))):
        raise ValueError("il faut tcp://hôte:port ou unix:///chemin")
    return parts


def _has_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _connect(url: str) -> socket.socket:
    parts = read_scanner_url(url)
    if parts.scheme != "unix":
        return socket.create_connection((parts.hostname or "", parts.port or _PORT), timeout=TIMEOUT_SECONDS)
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    channel.settimeout(TIMEOUT_SECONDS)
    try:
        channel.connect(parts.path)
    except OSError:
        channel.close()
        raise
    return channel


def _answer(channel: socket.socket) -> bytes:
    received = b""
    while not received.endswith(b"\0") and len(received) < _LONGEST_ANSWER:
        piece = channel.recv(_LONGEST_ANSWER)
        if not piece:
            break
        received += piece
    return received.rstrip(b"\0\n")
