"""Bytes of SMTP: addresses fit for a command, message bodies fit for DATA, replies read for their code."""

import re
from functools import lru_cache

from outreach.channels.base import Outgoing

ADDRESS = re.compile(r"[!-;=?-~]{1,254}")
"""Printable ASCII without space, `<` and `>`: nothing that could end the command or begin another."""

ANY_NEWLINE = re.compile(rb"\r\n|\r|\n")
STATUS = re.compile(rb"([2-5][0-9]{2})(?:[ -]([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.]))?")


def address_refusal(message: Outgoing) -> str | None:
    """The code under which the message is refused without asking the server, or None."""
    recipient, return_path = message.recipient, message.return_path
    if not (recipient.isascii() and return_path.isascii()):
        return "553 5.6.7"
    if not ADDRESS.fullmatch(recipient) or not 0 < recipient.rfind("@") < len(recipient) - 1:
        return "501 5.1.3"
    if return_path and not ADDRESS.fullmatch(return_path):
        return "501 5.1.7"
    return None


def mail_command(message: Outgoing) -> bytes:
    return b"MAIL FROM:<%b>\r\n" % message.return_path.encode("ascii")


def rcpt_command(message: Outgoing) -> bytes:
    return b"RCPT TO:<%b>\r\n" % message.recipient.encode("ascii")


def envelope(message: Outgoing) -> bytes:
    """MAIL, RCPT and DATA as one group of pipelined commands (RFC 2920 §3.1: DATA comes last)."""
    return f"MAIL FROM:<{message.return_path}>\r\nRCPT TO:<{message.recipient}>\r\nDATA\r\n".encode("ascii")


def on_wire(message: Outgoing) -> bytes:
    """What goes after the 354: the framed message. A shared tail is framed once for all its messages."""
    if message.shared_tail and message.payload.endswith(b"\r\n"):
        return _stuffed(message.payload) + _framed_tail(message.shared_tail)
    return framed(message.content)


def framed(payload: bytes) -> bytes:
    """The message as DATA wants it: CRLF line ends only, leading dots doubled, the final dot added.

    A bare CR or LF becomes CRLF, so that no server can see an end of message where another sees none.
    """
    payload = _stuffed(payload)
    return payload + (b".\r\n" if payload.endswith(b"\r\n") else b"\r\n.\r\n")


_framed_tail = lru_cache(maxsize=16)(framed)


def _stuffed(payload: bytes) -> bytes:
    lines = payload.count(b"\n")
    if payload.count(b"\r\n") != lines or payload.count(b"\r") != lines:
        payload = ANY_NEWLINE.sub(b"\r\n", payload)
    if payload.startswith(b"."):
        payload = b"." + payload
    if b"\n." in payload:
        payload = payload.replace(b"\r\n.", b"\r\n..")
    return payload


def status(line: bytes) -> str:
    """ "550 5.1.1" out of a reply line: its free text may repeat the address and is left out."""
    found = STATUS.match(line)
    if found is None:
        return "unreadable reply"
    code, enhanced = found.groups()
    return (code if enhanced is None else code + b" " + enhanced).decode("ascii")
