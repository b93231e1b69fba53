"""Taking sign-in messages to the carriers: each at most once, the oldest first.

A claim is durable before anything is handed over. What the carrier certainly did not take is tried again until the
message expires; what it perhaps took is ``unknown`` and stays so, for its owner can ask for another code.
"""

import datetime as dt
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from django.utils import timezone

from accounts.identity import outbox
from accounts.identity.enums import CodeChannel, SendState
from outreach.channels.base import Outcome, OutcomeKind, Outgoing
from outreach.channels.registry import open_carrier
from outreach.codes.composing import CodeMessageError, compose
from outreach.notifications.enums import Channel
from outreach.notifications.render import mail_date

logger = logging.getLogger(__name__)

BATCH: Final = 50
"""Few at a time: the second message of a batch waits for the first."""
LEASE: Final = dt.timedelta(minutes=12)
"""Longer than the longest wait for a mail server's last answer."""


@dataclass(slots=True)
class CodeTally:
    """How many messages got which outcome."""

    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def claimed(self) -> int:
        """Messages that were taken up, whatever became of them."""
        return sum(self.outcomes.values())


def send_waiting(channel: CodeChannel, *, is_stopping: Callable[[], bool] = lambda: False) -> CodeTally:
    """Hand over every message of a channel whose time has come."""
    tally = CodeTally()
    outbox.close_overdue()
    carrier = open_carrier(Channel(channel))
    try:
        while not is_stopping():
            token, claimed = outbox.claim(channel, limit=BATCH, lease=LEASE)
            if not claimed:
                break
            messages = _composed(claimed, channel=channel, token=token, tally=tally)
            for outcomes in carrier.deliver(messages) if messages else ():
                _keep(outcomes, token=token, tally=tally)
    finally:
        carrier.close()
    return tally


def _composed(
    claimed: Iterable[outbox.Claimed], *, channel: CodeChannel, token: uuid.UUID, tally: CodeTally
) -> list[Outgoing]:
    """The messages that can be written; the others fail, alone."""
    date = mail_date(timezone.localtime())
    messages: list[Outgoing] = []
    for message in claimed:
        try:
            if not message.address:
                raise CodeMessageError("the address is gone")
            messages.append(compose(message, channel=channel, date=date))
        except ValueError as error:
            logger.warning("sign-in message cannot be written", extra={"id": message.id, "why": type(error).__name__})
            outbox.settle([message.id], token=token, state=SendState.FAILED)
            tally.outcomes[SendState.FAILED] += 1
    return messages


_STATES: Final = {
    OutcomeKind.ACCEPTED: SendState.SENT,
    OutcomeKind.PERMANENT: SendState.FAILED,
    OutcomeKind.UNKNOWN: SendState.UNKNOWN,
    OutcomeKind.TEMPORARY: SendState.WAITING,
    OutcomeKind.NOT_TRIED: SendState.WAITING,
}


def _keep(outcomes: Iterable[Outcome], *, token: uuid.UUID, tally: CodeTally) -> None:
    by_state: dict[SendState, list[int]] = {}
    for outcome in outcomes:
        by_state.setdefault(_STATES[outcome.kind], []).append(-outcome.notification_id)
    for state, ids in by_state.items():
        if state is SendState.WAITING:
            outbox.try_later(ids, token=token)
        else:
            outbox.settle(ids, token=token, state=state)
        tally.outcomes[state] += len(ids)
