"""One message as a person sees it, and its place in the list."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from accounts.identity.factors import masked
from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel, InsuredPerson
from ameli_notify.core.sealed_tokens import open_token, seal_token


class Source(IntEnum):
    """Where a message is kept; part of the order of the list."""

    NOTIFICATION = 0
    SIGN_IN = 1


Place = tuple[dt.datetime, int, int]
"""Instant, source and id: the place of a message in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Ready to print. ``has_time`` is False when only the day is kept; ``address`` is empty when there was none."""

    place: Place
    has_time: bool
    kind: str
    channel: str
    address: str
    status: str
    is_failure: bool
    subject: str
    text: str

    @property
    def at(self) -> dt.datetime:
        return self.place[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whose messages are read, with every address that they ever had, the latest first."""

    person: InsuredPerson
    contacts: tuple[ContactChannel, ...]

    def shown(self, contact: ContactChannel | None) -> str:
        """An address, masked. Of a protected person, none."""
        return "" if contact is None or self.person.is_contact_protected else masked(contact)

    def address_at(self, kind: ContactKind | None, instant: dt.datetime) -> str:
        """The address of a kind that was current at an instant, masked."""
        return self.shown(next(_held(self.contacts, kind, instant), None))


def place_token(place: Place, *, insured_id: int) -> str:
    """A place as it stands in the address of a page."""
    at, source, pk = place
    return seal_token(f"{at.isoformat()}|{int(source)}|{pk}", context=_context(insured_id))


def read_place(token: str, *, insured_id: int) -> Place:
    """Raises TokenError."""
    at, source, pk = open_token(token, context=_context(insured_id)).split("|")
    return dt.datetime.fromisoformat(at), int(source), int(pk)


def _held(
    contacts: Iterable[ContactChannel], kind: ContactKind | None, instant: dt.datetime
) -> Iterator[ContactChannel]:
    return (
        one
        for one in contacts
        if one.kind == kind and one.started_at <= instant and (one.ended_at is None or one.ended_at > instant)
    )


def _context(insured_id: int) -> str:
    return f"messages.cursor|{insured_id}"
