"""Codes and notices about the account of one person, found by the addresses that they went to."""

from collections.abc import Collection
from typing import Final

from django.utils.text import capfirst

from accounts.identity.enums import CodeChannel, SecurityMessageKind, SendState
from accounts.identity.messages import SecurityMessage
from accounts.people.models import ContactChannel
from outreach.codes.wording import CODE, WORDINGS
from outreach.my_messages import wording
from outreach.my_messages.rows import Message, Place, Reader, Source
from outreach.notifications.enums import Channel

NOTICES: Final = tuple(kind for kind in SecurityMessageKind if CODE not in WORDINGS[kind].sms)
"""What tells of a change, and holds no code."""
_SHOWN: Final = ("id", "kind", "channel", "contact_id", "created_at", "state", "settled_at")


def sign_in_messages_of(
    reader: Reader,
    *,
    before: Place | None,
    most: int,
    kinds: Collection[SecurityMessageKind] = tuple(SecurityMessageKind),
) -> list[Message]:
    """At most so many, not after a place. One query."""
    by_id = {one.pk: one for one in reader.contacts}
    rows = SecurityMessage.objects.filter(contact_id__in=by_id, kind__in=kinds).exclude(state=SendState.VOID)
    if before is not None:
        rows = rows.filter(created_at__lte=before[0])
    found = rows.only(*_SHOWN).order_by("-created_at", "-pk")[:most]
    return [_message(reader, row, by_id[row.contact_id or 0]) for row in found]


def _message(reader: Reader, row: SecurityMessage, contact: ContactChannel) -> Message:
    kind, channel, state = SecurityMessageKind(row.kind), CodeChannel(row.channel), SendState(row.state)
    subject, text = wording.security_text(kind, channel=channel)
    return Message(
        place=(row.created_at, Source.SIGN_IN, row.pk),
        has_time=True,
        kind=wording.SECURITY_KINDS_FR.get(kind) or capfirst(kind.label),
        channel=wording.CHANNELS_FR[Channel(channel)],
        address=reader.shown(contact),
        status=wording.security_state_fr(state, channel=channel),
        is_failure=state is SendState.FAILED,
        subject=subject,
        text=text,
    )
