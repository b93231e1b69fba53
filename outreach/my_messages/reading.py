"""The messages of one person, the latest first: notifications and sign-in messages in one list.

Messages of waves are found by the key of their recipients ``(insured_id, planned_on)``, then by the whole key of the
notification; single ones by an index that holds no other; sign-in messages by the person's addresses. So the cost
follows the person's messages, not the size of the day's partitions. Everything is read within ``as_insured``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from accounts.my_information.contacts import own_contacts
from accounts.people.models import InsuredPerson
from outreach.my_messages.notifications import notifications_of
from outreach.my_messages.rows import Message, Place, Reader, place_token, read_place
from outreach.my_messages.sign_in_messages import NOTICES, sign_in_messages_of

PAGE_SIZE: Final = 20
PIECE: Final = 200
SAME_INSTANT: Final = 20
"""How many messages of one instant, or one day of notifications, may stand at the edge of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePage:
    """``older`` is the token of the next page, empty at the end."""

    messages: tuple[Message, ...]
    older: str
    is_first: bool


def message_page(person: InsuredPerson, *, cursor: str = "", size: int = PAGE_SIZE) -> MessagePage:
    """One page, in six queries. Raises TokenError for a foreign cursor."""
    before = read_place(cursor, insured_id=person.pk) if cursor else None
    found = _behind(reader_of(person), before=before, most=size + 1)
    page = tuple(found[:size])
    return MessagePage(
        messages=page,
        older=place_token(page[-1].place, insured_id=person.pk) if len(found) > size else "",
        is_first=before is None,
    )


def all_messages(person: InsuredPerson) -> Iterator[Message]:
    """Every message that is kept, the latest first, read in pieces."""
    reader = reader_of(person)
    before: Place | None = None
    while found := _behind(reader, before=before, most=PIECE):
        yield from found
        before = found[-1].place


def last_message(person: InsuredPerson) -> Message | None:
    """The latest that is more than a code."""
    reader = reader_of(person)
    found = [
        *notifications_of(reader, before=None, most=1),
        *sign_in_messages_of(reader, before=None, most=1, kinds=NOTICES),
    ]
    return max(found, key=lambda one: one.place, default=None)


def reader_of(person: InsuredPerson) -> Reader:
    return Reader(person=person, contacts=tuple(own_contacts(person.pk)))


def _behind(reader: Reader, *, before: Place | None, most: int) -> list[Message]:
    """At most so many messages that stand behind a place of the list."""
    found = [
        *notifications_of(reader, before=before, most=most + SAME_INSTANT),
        *sign_in_messages_of(reader, before=before, most=most + SAME_INSTANT),
    ]
    behind = (one for one in found if before is None or one.place < before)
    return sorted(behind, key=lambda one: one.place, reverse=True)[:most]
