"""One SMTP connection as a state machine: from the connection attempt to the last reply.

With PIPELINING (RFC 2920) the end of one message and MAIL, RCPT, DATA of the next leave in one write;
the next body waits for its 354. Without it, every command waits for its reply. Whatever ends the
connection, each message it held is settled or given back, exactly once.
"""

import selectors
import ssl

from outreach.channels.base import Outcome, OutcomeKind, Outgoing
from outreach.channels.smtp_connection import (
    CLOSED,
    DATA,
    DOT,
    EMPTY,
    HANDSHAKE,
    MAIL,
    RCPT,
    READY,
    RESET,
    Connection,
)
from outreach.channels.smtp_settings import SmtpSettings
from outreach.channels.smtp_transport import Address
from outreach.channels.smtp_wire import envelope, mail_command, on_wire, rcpt_command, status
from outreach.channels.smtp_work import Work

SUCCESS, GO_ON = ord("2"), ord("3")
ACCEPTED = OutcomeKind.ACCEPTED
REFUSALS = {ord("4"): OutcomeKind.TEMPORARY, ord("5"): OutcomeKind.PERMANENT}
"""By a reply's first digit."""


class Session(Connection):
    """Serves one `Work` at a time; between two it waits in READY."""

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        address: Address,
        selector: selectors.BaseSelector,
        context: ssl.SSLContext | None,
        work: Work,
        now: float,
    ) -> None:
        super().__init__(settings, address=address, selector=selector, context=context, now=now)
        self.has_settled = False
        self.is_reused = False
        self.ready_since = now
        self._work: Work | None = work
        self._pipelines = False
        self._current: Outgoing | None = None
        self._ahead: Outgoing | None = None
        self._refusal = b""
        self._body_at = 0

    # what the channel calls

    def serve(self, work: Work, *, now: float) -> None:
        """Work for this batch from now on; a connection still being opened gets its time anew."""
        self._now = now
        self.is_reused = self.is_reused or self._work is None
        self._work = work
        if self.stage <= HANDSHAKE:
            self.deadline = now + self._settings.connect_timeout
        elif self.stage == READY:
            self._next(b"")

    def stop_serving(self) -> None:
        """The batch is over; with a message still in hand the connection is of no more use."""
        self._work = None
        self.has_settled = False
        if self._current or self._ahead:
            self._current = self._ahead = None
            self.end("abandoned")

    def quit(self) -> None:
        if self.stage == READY:
            self._transport.write(b"QUIT\r\n")
        if self.stage != CLOSED:
            self.end("closed")

    # replies

    def _on_reply(self, line: bytes) -> None:
        REACTIONS[self.stage](self, line)

    def _on_unasked(self, line: bytes) -> None:
        self.end(f"unasked reply {status(line)}")

    def _on_mail(self, line: bytes) -> None:
        if line[0] != SUCCESS and self._is_closing(line):
            return
        if line.startswith(b"530"):
            self._fail(f"MAIL {status(line)}")  # it wants a log-in: our settings are wrong, not the address
            return
        self.stage = RCPT
        if line[0] != SUCCESS:
            self._refusal = line
        if not self._pipelines:
            if self._refusal:
                self._refuse()
            else:
                self._command(rcpt_command(self._message()))

    def _on_rcpt(self, line: bytes) -> None:
        if line[0] != SUCCESS and self._is_closing(line):
            return
        if self._refusal and line[0] == SUCCESS:
            # MAIL was refused and the recipient taken: a later dot could send an empty message
            self.end("RCPT accepted after MAIL was refused")
            return
        self.stage = DATA
        if line[0] != SUCCESS and not self._refusal:
            self._refusal = line
        if not self._pipelines:
            if self._refusal:
                self._refuse()
            else:
                self._command(b"DATA\r\n")

    def _on_data(self, line: bytes) -> None:
        if line[0] == GO_ON:
            if self._refusal:
                self.stage = EMPTY
                self._command(b".\r\n")
            else:
                self._send_body()
        elif not self._is_closing(line):
            if line[0] == SUCCESS:
                self.end("DATA answered without 354")
                return
            self._refusal = self._refusal or line
            self._refuse()

    def _send_body(self) -> None:
        body = on_wire(self._message())
        self._ahead = self._take() if self._pipelines else None
        self._body_at = self._transport.queued
        self.stage = DOT
        self.deadline = self._now + self._settings.final_timeout
        self._transport.write(body if self._ahead is None else body + self._envelope(self._ahead))

    def _on_dot(self, line: bytes) -> None:
        verdict = line[0]
        if verdict == SUCCESS:
            work = self._work
            if work is not None:
                work.unsettled -= 1
                work.done.append(Outcome(self._message().notification_id, ACCEPTED, line[:3].decode()))
        elif verdict not in REFUSALS:
            self.end("the message's reply is neither yes nor no")
            return
        else:
            self._settle(self._message(), REFUSALS[verdict], detail=status(line))
        self.has_settled = True
        self._current, self._ahead = self._ahead, None
        self.stage = MAIL
        if verdict != SUCCESS and line.startswith(b"421"):
            self.end("421")
        elif self._current is None:
            self._next(b"")
        else:
            self.deadline = self._now + self._settings.reply_timeout

    def _on_empty(self, line: bytes) -> None:
        self._settle_refusal(self._message())
        self._next(b"")

    def _on_reset(self, line: bytes) -> None:
        if line[0] != SUCCESS:
            self.end(f"RSET {status(line)}")
        elif self._current is None:
            self._next(b"")
        else:
            self.stage = MAIL
            if not self._pipelines:
                self._command(self._mail(self._current))

    # messages

    def _message(self) -> Outgoing:
        if self._current is None:
            raise RuntimeError("no message is in hand")
        return self._current

    def _take(self) -> Outgoing | None:
        """The next message that this server can be given."""
        while self._work is not None:
            message = self._work.take()
            if message is None or self._can.eight_bit or message.payload.isascii():
                return message
            self._work.settle(message, OutcomeKind.PERMANENT, detail="554 5.6.3")
        return None

    def _mail(self, message: Outgoing) -> bytes:
        command = mail_command(message)
        if message.payload.isascii():
            return command
        return command[:-2] + b" BODY=8BITMIME\r\n"

    def _envelope(self, message: Outgoing) -> bytes:
        if message.payload.isascii():
            return envelope(message)
        return self._mail(message) + rcpt_command(message) + b"DATA\r\n"

    def _next(self, before: bytes) -> None:
        """Begin the next message, after `before` (RSET) where the last one failed midway."""
        message = self._current = self._take()
        if message is None:
            if before:
                self.stage = RESET
                self._command(before)
            else:
                self.stage = READY
                self.ready_since = self._now
            return
        self.stage = RESET if before else MAIL
        if self._pipelines:
            self._command(before + self._envelope(message))
        else:
            self._command(before or self._mail(message))

    def _on_ready(self) -> None:
        self._pipelines = self._can.pipelining and self._settings.pipelining
        self._next(b"")

    def _refuse(self) -> None:
        self._settle_refusal(self._message())
        self._next(b"RSET\r\n")

    def _settle_refusal(self, message: Outgoing) -> None:
        line, self._refusal = self._refusal, b""
        self._settle(message, REFUSALS.get(line[0], OutcomeKind.TEMPORARY), detail=status(line))

    def _settle(self, message: Outgoing, kind: OutcomeKind, *, detail: str) -> None:
        self.has_settled = True
        if self._work is not None:
            self._work.settle(message, kind, detail=detail)

    def _command(self, data: bytes) -> None:
        self.deadline = self._now + self._settings.reply_timeout
        self._transport.write(data)

    # the end

    def _is_closing(self, line: bytes) -> bool:
        """421 before the body: the server leaves, the message isn't to blame and may be tried elsewhere."""
        if line.startswith(b"421"):
            self.end("421")
            return True
        return False

    def end(self, detail: str) -> None:
        """Close, and say of each message in hand what can be known of it."""
        current, ahead = self._current, self._ahead
        body_began = self.stage == DOT and self._transport.sent > self._body_at
        self._current = self._ahead = None
        super().end(detail)
        if self._work is None:
            return
        if ahead is not None:
            self._work.give_back(ahead, detail=detail)
        if current is None:
            return
        if self._refusal:
            self._settle_refusal(current)
        elif body_began:
            self._work.settle(current, OutcomeKind.UNKNOWN, detail=detail)
        else:
            self._work.give_back(current, detail=detail)


REACTIONS = {
    MAIL: Session._on_mail,
    RCPT: Session._on_rcpt,
    DATA: Session._on_data,
    DOT: Session._on_dot,
    EMPTY: Session._on_empty,
    RESET: Session._on_reset,
    READY: Session._on_unasked,
}
