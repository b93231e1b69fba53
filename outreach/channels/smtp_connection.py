"""One connection from the attempt to the end of EHLO, TLS and AUTH, and its stream of replies."""

import selectors
import ssl
from abc import ABC, abstractmethod

from outreach.channels.smtp_handshake import Capabilities, HandshakeRefused, Reply, handshake
from outreach.channels.smtp_settings import Security, SmtpSettings
from outreach.channels.smtp_transport import Address, Transport

MAX_REPLY, MAX_LINES = 65536, 1000
"""Bytes of one reply line, lines of one reply: more is not SMTP."""

WRITE = selectors.EVENT_WRITE

CONNECT, TLS, HANDSHAKE, READY, MAIL, RCPT, DATA, DOT, EMPTY, RESET, CLOSED = range(11)
"""Stages, named by whose reply is awaited. EMPTY is the lone dot that ends a DATA nobody should have
granted. Plain integers, because the hot path compares them."""


class Connection(ABC):
    """What comes after READY is the business of the class derived from it (`_on_reply`, `_on_ready`)."""

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        address: Address,
        selector: selectors.BaseSelector,
        context: ssl.SSLContext | None,
        now: float,
    ) -> None:
        self.stage = CONNECT
        self.closed_because = ""
        self.is_fatal = False
        self.deadline = now + settings.connect_timeout
        self._settings = settings
        self._context = context
        self._handshake = handshake(settings)
        self._reply: Reply = []
        self._can = Capabilities()
        self._tail = b""
        self._now = now
        self._transport = Transport(selector, address, data=self)

    def on_event(self, mask: int, now: float) -> None:
        """React to what the selector saw."""
        self._now = now
        if self.stage <= TLS:
            self._open()
            return
        if mask & WRITE and self._transport.flush():
            self._rearm()
        if mask & ~WRITE:
            self._read()

    def on_deadline(self, now: float) -> None:
        """End the connection, unless the reply came while nobody was looking."""
        self._now = now
        if self.stage > TLS:
            self._read()
        if self.stage != CLOSED and self.deadline <= now:
            self.end("timeout")

    def end(self, detail: str) -> None:
        """Close, whatever the stage; `detail` holds codes only."""
        self.stage = CLOSED
        self.closed_because = detail
        self._transport.close()

    @abstractmethod
    def _on_ready(self) -> None:
        """The server can be given messages."""

    @abstractmethod
    def _on_reply(self, line: bytes) -> None:
        """The last line of a reply, after READY."""

    # connection and TLS

    def _open(self) -> None:
        try:
            if self.stage == CONNECT:
                self._transport.finish_connect()
                if self._settings.security is Security.TLS:
                    self._begin_tls()
                else:
                    self._start_handshake()
                return
            self._transport.flush()
            if not self._transport.receive_tls_handshake():
                self.end("connection lost in the TLS handshake")
            elif self._transport.advance_tls():
                self._after_tls()
        except ssl.SSLCertVerificationError as error:
            self._fail(f"certificate refused, code {error.verify_code}")
        except ssl.SSLError as error:
            self.end(f"TLS failed: {error.reason or 'protocol error'}")
        except OSError as error:
            self.end(f"connection failed: errno {error.errno}")

    def _begin_tls(self) -> None:
        if self._context is None:
            raise RuntimeError("TLS needs a context")
        self.stage = TLS
        self.deadline = self._now + self._settings.connect_timeout
        self._tail = b""  # anything said before TLS is forgotten, never taken for an encrypted reply
        self._transport.begin_tls(self._context, host=self._settings.host)

    def _start_handshake(self) -> None:
        self.stage = HANDSHAKE
        self._rearm()
        next(self._handshake)

    def _after_tls(self) -> None:
        if self._settings.security is Security.TLS:
            self._start_handshake()
        else:
            self.stage = HANDSHAKE
            self._advance_handshake([])
        early = self._transport.read_decrypted()
        if early:
            self._feed(early)

    def _advance_handshake(self, reply: Reply) -> None:
        self._rearm()
        try:
            command = self._handshake.send(reply)
        except StopIteration as finished:
            self._can = finished.value
            self._on_ready()
            return
        except HandshakeRefused as refused:
            self._fail(refused.detail) if refused.is_fatal else self.end(refused.detail)
            return
        if command is None:
            self._begin_tls()
        else:
            self._transport.write(command)

    def _rearm(self) -> None:
        """The server's time to answer begins now."""
        is_final = self.stage == DOT
        self.deadline = self._now + (self._settings.final_timeout if is_final else self._settings.reply_timeout)

    def _fail(self, detail: str) -> None:
        self.is_fatal = True
        self.end(detail)

    # replies

    def _read(self) -> None:
        data = self._transport.receive()
        if data is None:
            self.end("connection lost")
        elif data:
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        if self._tail:
            data = self._tail + data
        lines = data.split(b"\n")
        self._tail = lines.pop()
        if len(self._tail) > MAX_REPLY:
            self.end("reply without end")
            return
        for line in lines:
            code = line[:3]
            if not code.isdigit() or line[3:4] not in (b" ", b"-", b"\r", b""):
                self.end("not an SMTP reply")
                return
            if self.stage == HANDSHAKE:
                self._collect(line)
            elif line[3:4] != b"-":
                self._on_reply(line)
            if self.stage in (CLOSED, TLS):
                return

    def _collect(self, line: bytes) -> None:
        self._reply.append(line)
        if len(self._reply) > MAX_LINES:
            self.end("reply without end")
        elif line[3:4] != b"-":
            reply, self._reply = self._reply, []
            self._advance_handshake(reply)
