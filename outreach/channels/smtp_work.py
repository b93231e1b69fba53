"""The batch being handed over: what waits, what is settled, and how fast it may go."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from outreach.channels.base import Outcome, OutcomeKind, Outgoing
from outreach.channels.smtp_wire import address_refusal

MAX_STARTS = 5
"""How often one message may be begun again after connections lost before its body."""


class TokenBucket:
    """At most `rate` messages a second, a tenth of a second's worth (at least one) at once."""

    def __init__(self, rate: float, *, now: float) -> None:
        self._rate = rate
        self._capacity = max(1.0, rate / 10)
        self._tokens = self._capacity
        self._at = now

    def take(self, now: float) -> bool:
        self._tokens = min(self._capacity, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def put_back(self) -> None:
        self._tokens += 1.0


OnBegun = Callable[[Sequence[int]], None]


class Work:
    """Every message of the batch leaves here exactly once, as one outcome in `done`.

    `on_begun` is told of messages before they are taken, `told_at_once` of them at a time: a record for each would
    cost a system call a message.
    """

    def __init__(
        self,
        batch: Sequence[Outgoing],
        *,
        bucket: TokenBucket | None,
        on_begun: OnBegun | None = None,
        told_at_once: int = 1,
    ) -> None:
        if len({message.notification_id for message in batch}) != len(batch):
            raise ValueError("two messages of the batch share a notification_id")
        self.done: list[Outcome] = []
        self.unsettled = len(batch)
        self.now = 0.0
        self._bucket = bucket
        self._on_begun = on_begun
        self._told_at_once = told_at_once
        self._told = 0
        self._waiting: deque[Outgoing] = deque()
        self._starts: dict[int, int] = {}
        for message in batch:
            refusal = address_refusal(message)
            if refusal is None:
                self._waiting.append(message)
            else:
                self.settle(message, OutcomeKind.PERMANENT, detail=refusal)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def take(self) -> Outgoing | None:
        """The next message, or None: nothing waits, or the rate forbids it for the moment."""
        if not self._waiting or (self._bucket is not None and not self._bucket.take(self.now)):
            return None
        if self._on_begun is not None:
            if not self._told:
                told = [message.notification_id for message in islice(self._waiting, self._told_at_once)]
                self._on_begun(told)
                self._told = len(told)
            self._told -= 1
        return self._waiting.popleft()

    def settle(self, message: Outgoing, kind: OutcomeKind, *, detail: str) -> None:
        self.unsettled -= 1
        self.done.append(Outcome(message.notification_id, kind, detail))

    def give_back(self, message: Outgoing, *, detail: str) -> None:
        """The connection ended before the body: try on another one, a bounded number of times."""
        starts = self._starts[message.notification_id] = self._starts.get(message.notification_id, 0) + 1
        if starts >= MAX_STARTS:
            self.settle(message, OutcomeKind.NOT_TRIED, detail=detail)
        else:
            if self._bucket is not None:
                self._bucket.put_back()
            self._waiting.appendleft(message)
            self._told += 1

    def give_up(self, *, detail: str) -> None:
        """No connection can be had: what waits was certainly not accepted."""
        while self._waiting:
            self.settle(self._waiting.popleft(), OutcomeKind.NOT_TRIED, detail=detail)
