"""The seam between the dispatcher and whatever carries a message away.

A channel takes a batch of finished messages and says what became of each of them. It knows no
database, no person and no template, so that SMTP, a text message gateway and the demo's inbox can be
exchanged freely and proven by the same contract test.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message, ready to be handed over.

    `message_id` has no angle brackets. `payload` is the complete RFC 5322 message for mail and the
    text itself for a text message. `return_path` may be empty: no bounce is wanted. `shared_tail` goes
    after the payload and is one object for many messages, so that a carrier prepares it only once.
    """

    notification_id: int
    recipient: str
    message_id: str
    return_path: str
    payload: bytes
    shared_tail: bytes = b""

    @property
    def content(self) -> bytes:
        """All of the message."""
        return self.payload + self.shared_tail


class OutcomeKind(StrEnum):
    """What is known about one message after the hand-over.

    UNKNOWN: the body was, at least partly, handed up and no answer came. It may have been accepted, so
    it is never sent again blindly. NOT_TRIED: certainly not accepted and not refused either; it may be
    tried later as if nothing had happened.
    """

    ACCEPTED = "accepted"
    PERMANENT = "permanent"
    TEMPORARY = "temporary"
    UNKNOWN = "unknown"
    NOT_TRIED = "not-tried"


@dataclass(slots=True)
class Outcome:
    """What became of one message; `detail` is a code such as "550 5.1.1", never an address."""

    notification_id: int
    kind: OutcomeKind
    detail: str


class Channel(Protocol):
    """A carrier of messages.

    Used by one thread at a time. A caller that leaves `deliver` before its end gives up the outcomes
    that it has not read yet: for those messages it must assume UNKNOWN.
    """

    name: str

    def deliver(self, batch: Sequence[Outgoing]) -> Iterator[list[Outcome]]:
        """Hand the batch over and yield outcomes in small groups, as they come.

        Every message gets exactly one outcome, whatever happens to the carrier. A group may be empty: a sign of
        life while the carrier is slow. Raises ValueError
        before anything is sent when two messages share a `notification_id`.
        """
        ...

    def close(self) -> None:
        """Give back what the channel holds open; it can be used again afterwards."""
        ...


@runtime_checkable
class TellsBegun(Protocol):
    """A carrier that says which messages it begins, so that after a crash the others are known not to have left."""

    def deliver_telling(
        self, batch: Sequence[Outgoing], *, on_begun: Callable[[Sequence[int]], None]
    ) -> Generator[list[Outcome]]:
        """Like ``deliver``; ``on_begun`` gets ids before anything of these messages is handed to the system.

        A message that ``on_begun`` was not told of has certainly not been accepted. When ``on_begun`` raises, the
        messages that it was told of do not leave. Closing the generator ends every hand-over for good.
        """
        ...
