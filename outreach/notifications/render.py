"""Bytes of the e-mails: everything but three header lines is computed once per text version.

A notice is the same for everybody, so one message is `To`, `Date` and `Message-ID` put before a constant.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.quoprimime import body_encode
from email.utils import format_datetime, formataddr

from outreach.notifications.linter import check_message

SENDER_NAME = "l'Assurance Maladie"
SENDER_ADDRESS = "assurance-maladie@info.ameli.fr"
MAIL_DOMAIN = "info.ameli.fr"

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*@[A-Za-z0-9.\-]+", re.ASCII
)
_ADDRESS_MAX = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets
_VERP = re.compile(r"rebond\+([1-9][0-9]{0,18})-([0-9a-f]{20})@(.+)", re.ASCII)
_VERP_MAC_HEX = 20  # 80 bits: enough against guessing, and the local part stays within its 64 characters
_MESSAGE_ID_HEX = 32


@dataclass(frozen=True, slots=True)
class CompiledEmail:
    """One linted text version as bytes. No line of a message starts with « . »: SMTP needs no dot stuffing.

    `content_hash` is the SHA-256 of sender, subject and both parts, in hexadecimal.
    """

    tail: bytes
    content_hash: str

    def message(self, *, to: str, message_id: str, date: str) -> bytes:
        """The whole message with CRLF lines: `head` and `tail`."""
        return self.head(to=to, message_id=message_id, date=date) + self.tail

    def head(self, *, to: str, message_id: str, date: str) -> bytes:
        """The three header lines that differ from one message to the next.

        `message_id` comes without angle brackets, `date` from `mail_date`. ValueError for anything that is not one
        plain ASCII address (international domains in their xn-- form) or that holds a control character.
        """
        if not _ADDRESS.fullmatch(to) or len(to) > _ADDRESS_MAX:
            raise ValueError("the recipient is not one plain ASCII address")
        if not _ADDRESS.fullmatch(message_id):
            raise ValueError("the message id is not of the form left@right in plain ASCII")
        if not (date.isascii() and date.isprintable()):
            raise ValueError("the date holds a control or non-ASCII character")
        return f"To: {to}\r\nDate: {date}\r\nMessage-ID: <{message_id}>\r\n".encode("ascii")


def compile_email(
    subject: str,
    text: str,
    html: str,
    *,
    sender_name: str = SENDER_NAME,
    sender_address: str = SENDER_ADDRESS,
) -> CompiledEmail:
    """Lint the three parts (LintError) and lay them out as multipart/alternative, text first (RFC 2046 §5.1.4).

    No `Precedence`: RFC 3834 §3.1.8 leaves it to lists, `Auto-Submitted` says what is meant. Exchange is asked to
    hold back every automatic answer but the non-delivery report, which bounce handling lives on; « All » would
    suppress that one too ([MS-OXCMAIL] §2.1.3.2.20).
    """
    check_message(channel="email", subject=subject, text=text, html=html)
    if not _ADDRESS.fullmatch(sender_address) or not sender_name.isprintable():
        raise ValueError("the sender is not a printable name and one plain ASCII address")
    parts = "\x00".join((sender_name, sender_address, subject, text, html))
    content_hash = hashlib.sha256(parts.encode()).hexdigest()
    boundary = f"=_{content_hash[:32]}"  # « =_ » cannot occur in quoted-printable
    head = [
        _folded(f"From: {formataddr((sender_name, sender_address))}"),
        f"Subject: {_header_text(subject, name='Subject')}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"',
        "Content-Language: fr",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply",
        "",
        *_part(boundary, subtype="plain", content=text),
        *_part(boundary, subtype="html", content=html),
        f"--{boundary}--",
        "",
    ]
    return CompiledEmail(tail="\r\n".join(head).encode("ascii"), content_hash=content_hash)


def _header_text(value: str, *, name: str) -> str:
    """`value` itself when it is ASCII, else RFC 2047 encoded words folded at 76 characters."""
    if value.isascii():
        return value
    return Header(value, charset="utf-8", header_name=name).encode(linesep="\r\n")


def _folded(line: str) -> str:
    """A long `From` continued before its address (RFC 5322 §2.2.3)."""
    name, _, address = line.rpartition(" ")
    return line if len(line) <= 76 else f"{name}\r\n {address}"


def _part(boundary: str, *, subtype: str, content: str) -> list[str]:
    octets = content.encode().decode("latin-1")  # the encoder takes one character per octet
    encoded = body_encode(octets, maxlinelen=73, eol="\r\n")  # 73: room for the two signs added next
    return [
        f"--{boundary}",
        f'Content-Type: text/{subtype}; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "Content-Language: fr",
        "",
        re.sub(r"(?m)^\.", "=2E", encoded),
    ]


def mail_date(when: datetime) -> str:
    """RFC 5322 date of an aware instant; format it once per window, not per message."""
    if when.tzinfo is None:
        raise ValueError("a mail date needs an aware datetime")
    return format_datetime(when)


def identifiers(key: bytes, notification_id: int, *, domain: str = MAIL_DOMAIN) -> tuple[str, str]:
    """Message-ID (without angle brackets) and return path of a notification, from one keyed hash of its id.

    Both are stable over every try, and say nothing about the notification without `key`. The return path names it:
    `rebond+<id>-<mac>@domain`, so that a bounce finds its row and a forged one does not.
    """
    mac = _mac(key, notification_id)
    return (
        f"{mac[:_MESSAGE_ID_HEX]}@{domain}",
        f"rebond+{notification_id}-{mac[_MESSAGE_ID_HEX : _MESSAGE_ID_HEX + _VERP_MAC_HEX]}@{domain}",
    )


def parse_verp(key: bytes, address: str, *, domain: str = MAIL_DOMAIN) -> int | None:
    """The notification behind a return path, or None when we did not write it. Case is ignored, as relays change it."""
    match = _VERP.fullmatch(address.lower())
    if match is None or match[3] != domain:
        return None
    expected = _mac(key, int(match[1]))[_MESSAGE_ID_HEX : _MESSAGE_ID_HEX + _VERP_MAC_HEX]
    return int(match[1]) if hmac.compare_digest(match[2], expected) else None


def _mac(key: bytes, notification_id: int) -> str:
    if not key:
        raise ValueError("an empty key would make every address forgeable")
    return hmac.digest(key, b"%d" % notification_id, "sha256").hex()
