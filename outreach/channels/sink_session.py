"""What the sink says on one connection: just enough SMTP, with PIPELINING, and faults on demand."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields

MAX_LINE = 4096
MAX_MESSAGE = 25_000_000
END = b"\r\n.\r\n"
PATH = re.compile(rb"(?:FROM|TO):\s*<([^<>\s]*)>", re.IGNORECASE)
EHLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 25000000\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Rates between 0 and 1 of what goes wrong, times in seconds; drawn from one seeded generator.

    `tempfail` and `permfail`: 450 and 550 at RCPT. `drop_before`: the whole message came, it is not
    accepted and the connection closes. `drop_after`: accepted, the connection closes without the
    answer. `stall`: accepted, the answer comes `stall_seconds` late. `delay`: every answer to a
    message comes that late.
    """

    tempfail: float = 0.0
    permfail: float = 0.0
    drop_before: float = 0.0
    drop_after: float = 0.0
    stall: float = 0.0
    stall_seconds: float = 2.0
    delay: float = 0.0

    def __post_init__(self) -> None:
        for name in ("tempfail", "permfail", "drop_before", "drop_after", "stall"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} doit être compris entre 0 et 1.")
        if self.tempfail + self.permfail > 1.0 or self.drop_before + self.drop_after + self.stall > 1.0:
            raise ValueError("Des parts qui s’excluent ne peuvent dépasser 1 en tout.")
        if self.stall_seconds < 0 or self.delay < 0:
            raise ValueError("Une durée ne peut être négative.")


@dataclass(slots=True)
class Counts:
    """What the sink did, for its closing line."""

    connections: int = 0
    accepted: int = 0
    tempfail: int = 0
    permfail: int = 0
    dropped_before: int = 0
    dropped_after: int = 0
    stalled: int = 0

    def as_dict(self) -> dict[str, int]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(slots=True)
class Said:
    """Bytes to send, then: wait `pause` seconds before reading on, or close."""

    replies: list[bytes] = field(default_factory=list)
    pause: float = 0.0
    late: bytes = b""
    is_closing: bool = False


Accept = Callable[[bytes, bytes, bytes], None]
"""Keeps an accepted message: envelope sender, recipient, content with its dots undone."""


class SinkSession:
    """Feed it bytes, send what it says."""

    def __init__(self, *, faults: Faults, chance: random.Random, counts: Counts, accept: Accept) -> None:
        self._faults = faults
        self._chance = chance
        self._counts = counts
        self._accept = accept
        self._buffer = b""
        self._sender: bytes | None = None
        self._recipient: bytes | None = None
        self._in_data = False

    def feed(self, data: bytes) -> Said:
        self._buffer = self._buffer + data if self._buffer else data
        return self.go_on()

    def go_on(self) -> Said:
        """Take the buffered input as far as it goes, or to the next pause or the end."""
        said = Said()
        while not said.is_closing and not said.pause:
            if self._in_data:
                if not self._take_message(said):
                    break
            elif not self._take_line(said):
                break
        return said

    def _take_line(self, said: Said) -> bool:
        line, newline, rest = self._buffer.partition(b"\r\n")
        if not newline:
            if len(line) > MAX_LINE:
                said.replies.append(b"500 5.5.2 line too long\r\n")
                said.is_closing = True
            return False
        self._buffer = rest
        action = VERBS.get(line[:4].upper())
        if action is None:
            said.replies.append(b"502 5.5.1 not known here\r\n")
        else:
            said.replies.append(action(self, line, said))
        return True

    def _on_hello(self, line: bytes, said: Said) -> bytes:
        self._forget()
        return EHLO if line[:1] in b"Ee" else b"250 sink\r\n"

    def _on_mail(self, line: bytes, said: Said) -> bytes:
        path = PATH.match(line, 5)
        if path is None:
            return b"501 5.1.7 bad sender\r\n"
        if self._sender is not None:
            return b"503 5.5.1 nested MAIL\r\n"
        self._sender = path[1]
        return b"250 2.1.0 ok\r\n"

    def _on_rcpt(self, line: bytes, said: Said) -> bytes:
        path = PATH.match(line, 5)
        if self._sender is None:
            return b"503 5.5.1 MAIL first\r\n"
        if path is None or not path[1]:
            return b"501 5.1.3 bad recipient\r\n"
        faults = self._faults
        if faults.permfail or faults.tempfail:
            drawn = self._chance.random()
            if drawn < faults.permfail:
                self._counts.permfail += 1
                return b"550 5.1.1 no such user\r\n"
            if drawn < faults.permfail + faults.tempfail:
                self._counts.tempfail += 1
                return b"450 4.2.0 try again later\r\n"
        self._recipient = path[1]
        return b"250 2.1.5 ok\r\n"

    def _on_data(self, line: bytes, said: Said) -> bytes:
        if self._recipient is None:
            return b"503 5.5.1 no valid recipient\r\n"
        self._in_data = True
        return b"354 go on\r\n"

    def _on_reset(self, line: bytes, said: Said) -> bytes:
        self._forget()
        return b"250 2.0.0 ok\r\n"

    def _on_noop(self, line: bytes, said: Said) -> bytes:
        return b"250 2.0.0 ok\r\n"

    def _on_quit(self, line: bytes, said: Said) -> bytes:
        said.is_closing = True
        return b"221 2.0.0 bye\r\n"

    def _forget(self) -> None:
        self._sender = self._recipient = None

    def _take_message(self, said: Said) -> bool:
        if self._buffer.startswith(b".\r\n"):
            content, self._buffer = b"", self._buffer[3:]
        else:
            end = self._buffer.find(END)
            if end < 0:
                if len(self._buffer) > MAX_MESSAGE:
                    said.replies.append(b"552 5.3.4 message too big\r\n")
                    said.is_closing = True
                return False
            content, self._buffer = self._buffer[: end + 2], self._buffer[end + 5 :]
        self._in_data = False
        if content.startswith(b"."):
            content = content[1:]
        self._judge(content.replace(b"\r\n.", b"\r\n"), said)
        self._forget()
        return True

    def _judge(self, content: bytes, said: Said) -> None:
        faults, counts = self._faults, self._counts
        drawn = self._chance.random()
        if drawn < faults.drop_before:
            counts.dropped_before += 1
            said.is_closing = True
            return
        self._accept(self._sender or b"", self._recipient or b"", content)
        counts.accepted += 1
        drawn -= faults.drop_before
        if drawn < faults.drop_after:
            counts.dropped_after += 1
            said.is_closing = True
            return
        said.pause = faults.delay
        if drawn - faults.drop_after < faults.stall:
            counts.stalled += 1
            said.pause += faults.stall_seconds
        if said.pause:
            said.late = b"250 2.0.0 accepted\r\n"
        else:
            said.replies.append(b"250 2.0.0 accepted\r\n")


VERBS: dict[bytes, Callable[[SinkSession, bytes, Said], bytes]] = {
    b"EHLO": SinkSession._on_hello,
    b"HELO": SinkSession._on_hello,
    b"MAIL": SinkSession._on_mail,
    b"RCPT": SinkSession._on_rcpt,
    b"DATA": SinkSession._on_data,
    b"RSET": SinkSession._on_reset,
    b"NOOP": SinkSession._on_noop,
    b"QUIT": SinkSession._on_quit,
}
