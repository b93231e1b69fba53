"""The mail channel: one thread, one selector, several pipelined connections to one mail server.

Pipelining over connections that are kept makes the difference: a system call to write and one to read
per message, against a connection and six round trips for the usual client.
"""

import logging
import selectors
import socket
import ssl
import time
from collections.abc import Generator, Iterator, Sequence

from outreach.channels.base import Outcome, Outgoing
from outreach.channels.smtp_connection import CLOSED, READY
from outreach.channels.smtp_session import Session
from outreach.channels.smtp_settings import Security, SmtpSettings
from outreach.channels.smtp_transport import Address
from outreach.channels.smtp_work import OnBegun, TokenBucket, Work

logger = logging.getLogger(__name__)

TEND_EVERY = 0.05
"""Seconds between two looks at deadlines and at connections to open."""

RATE_STEP = 0.005
"""The same under a rate limit: idle connections look for a token this often."""

RESOLVE_EVERY = 60.0

GROUP_AGE = 0.2
"""Seconds that an outcome may wait for others before it is yielded."""

TICK = 5.0
"""Seconds after which an empty group is yielded, so that the caller can renew its lease while a server is slow."""


class Lane:
    """A place for one connection: keeps the count of failures between two of them."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.failures = 0
        self.retry_at = 0.0


class SmtpChannel:
    """Hands messages to one mail server; see `outreach.channels.base.Channel` for what it promises.

    Connections stay open between two batches. When no connection can be had (every lane failed
    `max_failures` times in a row over all the host's addresses, or the server refuses for good), what
    waits is NOT_TRIED.
    """

    name = "smtp"

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._lanes = [Lane() for _ in range(settings.connections)]
        self._selector: selectors.BaseSelector | None = None
        self._bucket = TokenBucket(settings.rate, now=time.monotonic()) if settings.rate else None
        encrypted = settings.security is not Security.PLAIN
        self._context: ssl.SSLContext | None = settings.tls_context() if encrypted else None
        self._addresses: list[Address] = []
        self._resolved_at = 0.0
        self._is_delivering = False
        self._fatal = ""
        self._last_failure = ""

    def deliver(self, batch: Sequence[Outgoing]) -> Iterator[list[Outcome]]:
        return self._deliver(Work(batch, bucket=self._bucket))

    def deliver_telling(self, batch: Sequence[Outgoing], *, on_begun: OnBegun) -> Generator[list[Outcome]]:
        lanes = len(self._lanes)
        return self._deliver(Work(batch, bucket=self._bucket, on_begun=on_begun, told_at_once=lanes))

    def close(self) -> None:
        """Say QUIT on every connection, without waiting for the answers."""
        for lane in self._lanes:
            if lane.session is not None:
                lane.session.quit()
                lane.session = None
        if self._selector is not None:
            self._selector.close()
            self._selector = None

    def _deliver(self, work: Work) -> Generator[list[Outcome]]:
        if self._is_delivering:
            raise RuntimeError("the channel is already delivering a batch")
        self._is_delivering = True
        try:
            self._prepare(work)
            yield from self._run(work)
        finally:
            self._is_delivering = False
            for lane in self._lanes:
                if lane.session is not None:
                    lane.session.stop_serving()

    def _open_selector(self) -> selectors.BaseSelector:
        if self._selector is None:
            self._selector = selectors.DefaultSelector()
        return self._selector

    def _prepare(self, work: Work) -> None:
        """Take up the connections kept from the last batch that are fresh enough."""
        now = work.now = time.monotonic()
        self._fatal = ""
        for lane in self._lanes:
            lane.failures, lane.retry_at = 0, now
            session = lane.session
            if session is None:
                continue
            if session.stage == CLOSED or now - session.ready_since > self._settings.idle_limit:
                session.quit()
                lane.session = None
            else:
                session.serve(work, now=now)

    def _run(self, work: Work) -> Iterator[list[Outcome]]:
        tend_at, yielded_at = 0.0, time.monotonic()
        group_size = self._settings.group_size
        select, clock = self._open_selector().select, time.monotonic
        while work.unsettled:
            now = clock()
            if now >= tend_at:
                self._tend(work, now=now)
                tend_at = now + (TEND_EVERY if self._bucket is None else RATE_STEP)
            events = select(max(0.0, tend_at - now)) if work.unsettled else []
            now = work.now = clock()
            for key, mask in events:
                session: Session = key.data
                session.on_event(mask, now)
                if session.stage == CLOSED:
                    tend_at = now
            waited = now - yielded_at
            if len(work.done) >= group_size or (work.done and waited > GROUP_AGE) or waited > TICK:
                done, work.done = work.done, []
                yielded_at = now
                yield done
        if work.done:
            yield work.done

    def _tend(self, work: Work, *, now: float) -> None:
        """Time out, open and reopen, set idle connections to work, give up where nothing helps."""
        work.now = now
        for lane in self._lanes:
            session = lane.session
            if session is None:
                continue
            if session.stage not in (CLOSED, READY) and now > session.deadline:
                session.on_deadline(now)
            if session.stage == READY and work.waiting:
                session.serve(work, now=now)
            if session.stage == CLOSED:
                self._note_end(lane, session, now=now)
        if work.waiting and not self._fatal:
            self._open_lanes(work, now=now)
        if self._fatal or self._is_hopeless():
            work.give_up(detail=self._fatal or self._last_failure)

    def _note_end(self, lane: Lane, session: Session, *, now: float) -> None:
        lane.session = None
        self._last_failure = session.closed_because
        if session.is_fatal:
            self._fatal = session.closed_because
            logger.error("mail server: unusable, %s", self._fatal)
        elif session.has_settled or session.is_reused:
            lane.failures = 0
            lane.retry_at = now + (self._settings.backoff if session.closed_because == "421" else 0.0)
        else:
            self._note_failure(lane, now=now)

    def _note_failure(self, lane: Lane, *, now: float) -> None:
        """Go through all the host's addresses at once, then wait twice as long as the last time."""
        lane.failures += 1
        cycles, position = divmod(lane.failures, max(1, len(self._addresses)))
        wait = 0.0 if position else self._settings.backoff * 2.0 ** min(cycles - 1, 20)
        lane.retry_at = now + min(wait, self._settings.max_backoff)

    def _is_spent(self, lane: Lane) -> bool:
        return lane.failures >= self._settings.max_failures * max(1, len(self._addresses))

    def _is_hopeless(self) -> bool:
        """No connection is open or being opened, and every lane that was tried failed to the end."""
        if any(lane.session is not None for lane in self._lanes):
            return False
        tried = [lane for lane in self._lanes if lane.failures]
        return bool(tried) and all(self._is_spent(lane) for lane in tried)

    def _open_lanes(self, work: Work, *, now: float) -> None:
        """Open as many connections as there are messages waiting for one.

        A lane that failed to the end is tried again only while another one makes progress: otherwise
        two lanes could wait for each other for ever.
        """
        sessions = [lane.session for lane in self._lanes if lane.session is not None]
        opening = sum(session.stage < READY for session in sessions)
        is_progressing = any(session.has_settled for session in sessions)
        for lane in self._lanes:
            if opening >= work.waiting or self._fatal:
                return
            if lane.session is None and now >= lane.retry_at and (is_progressing or not self._is_spent(lane)):
                opening += 1
                self._open(lane, work, now=now)

    def _open(self, lane: Lane, work: Work, *, now: float) -> None:
        if not self._resolve(now=now):
            return
        try:
            lane.session = Session(
                self._settings,
                address=self._addresses[lane.failures % len(self._addresses)],
                selector=self._open_selector(),
                context=self._context,
                work=work,
                now=now,
            )
        except OSError as error:
            self._last_failure = f"connection failed: errno {error.errno}"
            self._note_failure(lane, now=now)

    def _resolve(self, *, now: float) -> bool:
        """Look the host up, at most once a minute; a name without address ends the batch."""
        if self._addresses and now - self._resolved_at < RESOLVE_EVERY:
            return True
        try:
            found = socket.getaddrinfo(self._settings.host, self._settings.port, type=socket.SOCK_STREAM)
        except OSError:
            self._fatal = "name not resolved"
            logger.exception("mail server: its name cannot be resolved")
            return False
        self._addresses = [(family, address) for family, _, _, _, address in found]
        self._resolved_at = now
        return True
