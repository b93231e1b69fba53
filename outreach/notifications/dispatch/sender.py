"""The loop that empties the outbox of one channel.

One sender is one thread of one process with its own connections; any number of them work side by side.
It survives a database that goes away: it stops sending, waits, and goes on from what is known.
"""

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from ameli_notify.core.sql import fetch_value
from outreach.channels.base import Channel as Carrier
from outreach.channels.base import Outcome, OutcomeKind, Outgoing, TellsBegun
from outreach.channels.begun import BegunLog
from outreach.channels.journal import Journal
from outreach.channels.registry import open_carrier
from outreach.notifications.dispatch import journals, lane, ledger
from outreach.notifications.dispatch.composing import Composer, OutboxRow, Unsendable, load_rows
from outreach.notifications.dispatch.identity import own_identity
from outreach.notifications.dispatch.keeping import OutcomeWriter
from outreach.notifications.dispatch.ledger import Claim, LostLease
from outreach.notifications.dispatch.outcomes import OutcomeGroup
from outreach.notifications.dispatch.writing import close_unsendable, settle
from outreach.notifications.enums import Channel, Status

logger = logging.getLogger(__name__)

ACK_GROUP: Final = 200
ACK_SECONDS: Final = 0.25
MOST_STARTS: Final = 3
CARRIER_PAUSE: Final = dt.timedelta(seconds=30)
DATABASE_WAITS: Final = (0.2, 0.5, 1, 2, 5, 5, 10, 10, 15, 15)
IDLE_SLEEP_SECONDS: Final = 0.5
FIRST_WINDOW: Final = 100
WINDOW_SECONDS: Final = 2.0


@dataclass(slots=True)
class Tally:
    """What one sender did. ``handed`` are messages that the carrier answered for."""

    handed: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, number: int = 1) -> None:
        if number:
            self.outcomes[name] = self.outcomes.get(name, 0) + number

    def count_all(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self.handed += outcome.kind is not OutcomeKind.NOT_TRIED
            self.count(outcome.kind)


class WindowSize:
    """How many messages may be under way without an outcome: about two seconds' worth of the carrier's pace.

    A crash leaves at most one window ``unknown``, and a slow relay must not hold a drain task beyond its time.
    """

    def __init__(self, *, most: int) -> None:
        self.most = most
        self.rows = min(FIRST_WINDOW, most)

    def learn(self, *, rows: int, seconds: float) -> None:
        """Follow the pace of the last window, doubling at most."""
        affordable = int(rows / max(seconds, 0.001) * WINDOW_SECONDS)
        self.rows = max(1, min(affordable, 2 * self.rows, self.most))


class Sender:
    """Sends one channel's messages until told to stop or nothing is left."""

    def __init__(self, channel: Channel, *, is_stopping: Callable[[], bool] = lambda: False) -> None:
        self.channel = channel
        self.tally = Tally()
        self._is_stopping = is_stopping
        self._lease = dt.timedelta(seconds=settings.DISPATCH_LEASE_SECONDS)
        self._window = WindowSize(most=settings.DISPATCH_WINDOW)
        self._identity = own_identity()
        self._composer = Composer(channel)
        self._carrier: Carrier = open_carrier(channel)
        self._writer = OutcomeWriter()

    def run(self, *, patience: float = 0.0) -> Tally:
        """Work until nothing is left that could be sent within ``patience`` seconds, or told to stop.

        Raises OperationalError when the database stays away for about a minute.
        """
        failures = 0
        try:
            while not self._is_stopping():
                try:
                    if failures:
                        ledger.end_own_leases(self._identity)
                        failures = 0
                    if not self._step() and not self._wait_for_work(patience):
                        break
                except (OperationalError, InterfaceError):
                    if failures == len(DATABASE_WAITS):
                        raise
                    logger.warning("database lost, waiting", extra={"failures": failures})
                    self._drop_connections()
                    time.sleep(DATABASE_WAITS[failures])
                    failures += 1
        finally:
            self._carrier.close()
            self._writer.close()
        return self.tally

    # --- one step: a chunk, else some rows of the lane

    def _step(self) -> bool:
        self._settle_expired_rows()
        ledger.release_dead_senders(self.channel)
        claim = ledger.claim_chunk(self.channel, sender=self._identity, lease=self._lease)
        if claim is not None:
            self._work_on_chunk(claim)
            return True
        rows = lane.claim_rows(self.channel, limit=self._window.rows, lease=self._lease)
        if rows is not None:
            self._work_on_rows(rows)
            return True
        return False

    def _work_on_chunk(self, claim: Claim) -> None:
        try:
            with (
                journals.open_chunk_journal(claim.chunk_id, claim.token) as journal,
                journals.open_begun_log(claim.chunk_id, claim.token, owner=self._identity) as begun,
            ):
                if claim.was_started:
                    self._take_over(claim)
                is_done = self._send_chunk(claim, journal, begun)
        except LostLease:
            logger.warning("lease lost, chunk left to its new sender", extra={"chunk": claim.chunk_id})
            self._let_go()
            return
        if is_done:
            journals.drop_chunk_journals(claim.chunk_id)

    def _take_over(self, claim: Claim) -> None:
        known = journals.read_chunk_journals(claim.chunk_id)
        group = OutcomeGroup.of(known, among=ledger.handed_without_outcome(claim))
        lost = ledger.settle_abandoned(claim, journal=group)
        self.tally.count("taken-over")
        self.tally.count("unknown", lost)
        logger.info("chunk taken over", extra={"chunk": claim.chunk_id, "known": len(group), "unknown": lost})

    def _send_chunk(self, claim: Claim, journal: Journal, begun: BegunLog) -> bool:
        """True when every row of the chunk was dealt with; False when it was given back."""
        rows = load_rows(
            self.channel,
            "n.run_id = %s AND n.id > %s AND n.id <= %s AND n.status = 'created' AND n.next_attempt_at IS NULL",
            [claim.run_id, claim.handed_up_to, claim.last_id],
            day=claim.day,
        )
        for window, is_careful in self._windows(rows, is_suspect=claim.starts > 1):
            if self._must_give_back(claim):
                self._writer.flush()
                ledger.give_back(claim, wait=dt.timedelta(0))
                return False
            messages = self._compose_window(claim, window, suspects=begun if is_careful else None)
            ledger.hand_up(claim, up_to=window[-1].notification_id, lease=self._lease)
            if not self._deliver_window(claim, messages, journal, begun):
                self._writer.flush()
                ledger.give_back(claim, wait=CARRIER_PAUSE)
                return False
        self._writer.flush()
        if claim.handed_up_to < claim.last_id:
            ledger.hand_up(claim, up_to=claim.last_id, lease=self._lease)
        ledger.finish(claim)
        return True

    def _windows(self, rows: Sequence[OutboxRow], *, is_suspect: bool) -> Iterator[tuple[Sequence[OutboxRow], bool]]:
        """The rows in windows, each with whether to be careful with it: after a start that died, with all that it
        may have been working on.
        """
        start = 0
        while start < len(rows):
            is_careful = is_suspect and start < self._window.most
            window = rows[start : start + self._window.rows]
            started = time.monotonic()
            yield window, is_careful
            if not is_careful:
                self._window.learn(rows=len(window), seconds=time.monotonic() - started)
            start += len(window)

    def _must_give_back(self, claim: Claim) -> bool:
        is_paused: bool = fetch_value("SELECT status = 'paused' FROM outreach_digestrun WHERE id = %s", [claim.run_id])
        return is_paused or self._is_stopping()

    def _compose_window(
        self, claim: Claim, window: Sequence[OutboxRow], *, suspects: BegunLog | None
    ) -> list[Outgoing]:
        """The window's messages; rows that cannot be written to are settled before anything is handed up.

        With ``suspects``, each row's start is counted before the work on it, the one that died before us included,
        and forgotten when the next row starts: so only the row that kills adds up starts. A sender that was killed
        between the two, for no fault of the row, had noted in its log that the row was composed. Started MOST_STARTS
        times, a row is parked: whatever it does to us, it stops nobody else.
        """
        self._composer.begin_window(window)
        messages: list[Outgoing] = []
        unsendable: dict[int, tuple[str, str]] = {}
        harmless = Counter[int]() if suspects is None else journals.count_composed(claim.chunk_id)
        for row in window:
            try:
                if suspects is not None:
                    composed = messages[-1].notification_id if messages else None
                    starts = ledger.count_start(claim, row.notification_id, composed=composed)
                    if starts - harmless[row.notification_id] > MOST_STARTS:
                        raise Unsendable(Status.TECHNICAL_FAILURE, "poison")
                messages.append(self._composer.compose(row))
                if suspects is not None:
                    suspects.compose(row.notification_id)
            except Unsendable as refusal:
                unsendable[row.notification_id] = (refusal.status, refusal.reason)
                self.tally.count(refusal.status)
        if unsendable:
            close_unsendable(claim.day, unsendable, fence=ledger.OWNED, fence_values=claim.fence_values)
        return messages

    def _deliver_window(self, claim: Claim, messages: Sequence[Outgoing], journal: Journal, begun: BegunLog) -> bool:
        """Hand a window over; False when the carrier took nothing of it."""

        def keep(group: OutcomeGroup) -> int:
            return settle(claim.day, group, fence=ledger.OWNED, fence_values=claim.fence_values)

        def renew() -> None:
            ledger.renew(claim, lease=self._lease)

        with self._handing_over(messages, begun) as delivery:
            tried = self._keep_outcomes(delivery, journal, keep=keep, renew=renew)
        return tried > 0 or not messages

    @contextmanager
    def _handing_over(self, messages: Sequence[Outgoing], begun: BegunLog) -> Iterator[Iterator[list[Outcome]]]:
        """The outcomes of a window. Left early, nothing more of it leaves, and the log says so."""
        if not messages or not isinstance(self._carrier, TellsBegun):
            yield self._carrier.deliver(messages)
            return
        begun.offer([message.notification_id for message in messages])
        delivery: Generator[list[Outcome]] = self._carrier.deliver_telling(messages, on_begun=begun.begin)
        try:
            yield delivery
        finally:
            delivery.close()
            begun.end()

    def _keep_outcomes(
        self,
        delivery: Iterator[list[Outcome]],
        journal: Journal,
        *,
        keep: Callable[[OutcomeGroup], int],
        renew: Callable[[], None],
    ) -> int:
        """Journal each group as it comes, write groups of outcomes; returns how many were tried.

        Raises LostLease when an outcome was refused by the fence.
        """
        pending, tried = OutcomeGroup(), 0
        kept_at = renewed_at = time.monotonic()
        for outcomes in delivery:
            journal.record(outcomes)
            pending.add(outcomes)
            self.tally.count_all(outcomes)
            tried += sum(outcome.kind is not OutcomeKind.NOT_TRIED for outcome in outcomes)
            now = time.monotonic()
            if len(pending) >= ACK_GROUP or (len(pending) and now - kept_at > ACK_SECONDS):
                self._writer.put(pending, keep)
                pending, kept_at = OutcomeGroup(), now
            if now - renewed_at > self._lease.total_seconds() / 3:
                renew()
                renewed_at = now
        if len(pending):
            self._writer.put(pending, keep)
        return tried

    # --- the lane of single messages

    def _settle_expired_rows(self) -> None:
        for claim in lane.expired_claims(self.channel):
            known = journals.read_lane_journal(claim.token)
            group = OutcomeGroup.of(known, among=claim.ids)
            lost = lane.settle_expired(claim, journal=group, rest=[row for row in claim.ids if row not in known])
            journals.drop_lane_journal(claim.token)
            self.tally.count("unknown", lost)

    def _work_on_rows(self, claim: lane.LaneClaim) -> None:
        rows = load_rows(
            self.channel,
            "n.created_on = ANY(%s) AND n.id = ANY(%s) AND n.claim_token = %s",
            [list(set(claim.days.values())), claim.ids, claim.token],
        )
        self._composer.begin_window(rows)
        messages: list[Outgoing] = []
        for row in rows:
            try:
                messages.append(self._composer.compose(row))
            except Unsendable as refusal:
                reasons = {row.notification_id: (str(refusal.status), refusal.reason)}
                close_unsendable(row.day, reasons, fence=lane.ROW_OWNED, fence_values=[claim.token])
                self.tally.count(refusal.status)
        try:
            with journals.open_lane_journal(claim.token) as journal:
                self._keep_outcomes(
                    self._carrier.deliver(messages),
                    journal,
                    keep=lambda group: lane.settle_rows(claim, group),
                    renew=lambda: lane.renew(claim, lease=self._lease),
                )
                self._writer.flush()
        except LostLease:
            self._let_go()
            return
        journals.drop_lane_journal(claim.token)

    # --- waiting, and the database going away

    def _wait_for_work(self, patience: float) -> bool:
        """Sleep a little if something may become sendable within ``patience`` seconds; False to end."""
        waits = [ledger.seconds_until_next(self.channel), lane.seconds_until_next(self.channel)]
        if all(wait is None or wait > patience for wait in waits):
            return False
        time.sleep(IDLE_SLEEP_SECONDS)
        return True

    def _let_go(self) -> None:
        """Stop sending at once and forget unwritten outcomes: whoever has the lease now decides."""
        self._carrier.close()
        self._writer.drop()

    def _drop_connections(self) -> None:
        """Whatever is on the wire now is unknown or in the journal: the next start sorts it out."""
        self._let_go()
        connection.close()
