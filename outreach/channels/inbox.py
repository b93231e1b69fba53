"""Carriers that end in our own database: the demo's inbox and the post list."""

from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from typing import Final

from ameli_notify.core.masking import mask_email, mask_phone
from outreach.channels.base import Outcome, OutcomeKind, Outgoing
from outreach.channels.models import InboxMessage, PostListEntry
from outreach.notifications.enums import Channel

GROUP: Final = 500
MASKED_LENGTH: Final = 80


class InboxCarrier:
    """Keeps mail and text messages in the database, where the demo shows them; no clear address is kept."""

    def __init__(self, channel: Channel) -> None:
        self.name = f"inbox-{channel}"
        self._is_email = channel is Channel.EMAIL
        self._channel = channel

    def deliver(self, batch: Sequence[Outgoing]) -> Iterator[list[Outcome]]:
        for start in range(0, len(batch), GROUP):
            group = batch[start : start + GROUP]
            InboxMessage.objects.bulk_create([self._entry(message) for message in group], ignore_conflicts=True)
            yield _accepted(group)

    def close(self) -> None:
        """Nothing is held open."""

    def _entry(self, message: Outgoing) -> InboxMessage:
        subject, text = _readable(message.content) if self._is_email else ("", message.content.decode())
        mask = mask_email if self._is_email else mask_phone
        return InboxMessage(
            notification_id=message.notification_id,
            channel=self._channel,
            recipient_masked=mask(message.recipient)[:MASKED_LENGTH],
            subject=subject,
            text=text,
        )


class PostListCarrier:
    """Puts the person on the list of letters to be printed; the recipient is the internal id."""

    name = "post-list"

    def deliver(self, batch: Sequence[Outgoing]) -> Iterator[list[Outcome]]:
        for start in range(0, len(batch), GROUP):
            group = batch[start : start + GROUP]
            PostListEntry.objects.bulk_create(
                [PostListEntry(notification_id=m.notification_id, insured_id=int(m.recipient)) for m in group],
                ignore_conflicts=True,
            )
            yield _accepted(group)

    def close(self) -> None:
        """Nothing is held open."""


def _accepted(group: Sequence[Outgoing]) -> list[Outcome]:
    return [Outcome(message.notification_id, OutcomeKind.ACCEPTED, "") for message in group]


def _readable(payload: bytes) -> tuple[str, str]:
    """Subject and text part of a mail."""
    message = message_from_bytes(payload, policy=policy.default)
    body = message.get_body(preferencelist=("plain",))
    return str(message["Subject"]), body.get_content() if body else ""
