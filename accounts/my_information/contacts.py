"""A person's addresses in words: where they come from, since when, and whether they are known to answer.

Everything is read behind the wall: call these within ``as_insured``. Addresses stay masked on every page, and those
of a protected person are not shown at all.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from accounts.identity.factors import masked
from accounts.people.enums import ContactKind, ContactSource, EndReason
from accounts.people.models import ContactChannel, InsuredPerson

CHANGE_WORDS: Final = {ContactKind.EMAIL: "adresse-e-mail", ContactKind.MOBILE: "mobile"}
"""Kinds that a person changes online, by their word in the address of the page."""
_SHOWN: Final = (
    "id",
    "insured_id",
    "kind",
    "address_sealed",
    "started_at",
    "ended_at",
    "end_reason",
    "source",
    "verified_at",
)
_TITLES: Final = {
    ContactKind.EMAIL: "Adresse e-mail",
    ContactKind.MOBILE: "Téléphone mobile",
    ContactKind.LANDLINE: "Téléphone fixe",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAddress:
    masked: str
    story_fr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressCard:
    """One kind of address. ``masked`` is empty when there is none; ``change_word`` when it is not changed online."""

    title: str
    masked: str
    story_fr: str
    change_word: str
    past: tuple[PastAddress, ...]


def own_contacts(insured_id: int) -> QuerySet[ContactChannel]:
    """Every address a person ever had here, the latest first, with the columns that the wall shows."""
    return ContactChannel.objects.filter(insured_id=insured_id).only(*_SHOWN).order_by("-started_at", "-pk")


def address_cards(person: InsuredPerson) -> list[AddressCard]:
    """One card a kind. Of a protected person, none."""
    if person.is_contact_protected:
        return []
    contacts = list(own_contacts(person.pk))
    return [_card(kind, [one for one in contacts if one.kind == kind]) for kind in ContactKind]


def _card(kind: ContactKind, contacts: Sequence[ContactChannel]) -> AddressCard:
    current = next((one for one in contacts if one.ended_at is None), None)
    return AddressCard(
        title=_TITLES[kind],
        masked=masked(current) if current else "",
        story_fr=_story(current) if current else "",
        change_word=CHANGE_WORDS.get(kind, ""),
        past=tuple(PastAddress(masked=masked(one), story_fr=_past_story(one)) for one in contacts if one.ended_at),
    )


def _story(contact: ContactChannel) -> str:
    e = _agreement(contact)
    if contact.source == ContactSource.PERSON:
        return f"Saisi{e} par vous et vérifié{e} par un code le {on_day(contact.verified_at)}."
    given = f"Transmis{e} par votre caisse le {on_day(contact.started_at)}"
    if contact.verified_at is not None:
        return f"{given}, vérifié{e} par un code le {on_day(contact.verified_at)}."
    return f"{given}, pas encore vérifié{e}."


def _past_story(contact: ContactChannel) -> str:
    e = _agreement(contact)
    if contact.end_reason == EndReason.NOT_USED:
        return f"transmis{e} par votre caisse le {on_day(contact.started_at)}, jamais utilisé{e}"
    ended = {
        EndReason.REPLACED: f"remplacé{e}",
        EndReason.WITHDRAWN: f"retiré{e}",
        EndReason.BOUNCED: "n’existe plus",
    }[EndReason(contact.end_reason)]
    return f"utilisé{e} du {on_day(contact.started_at)} au {on_day(contact.ended_at)}, {ended}"


def _agreement(contact: ContactChannel) -> str:
    """« une adresse », « un numéro »."""
    return "e" if contact.kind == ContactKind.EMAIL else ""


def on_day(instant: dt.datetime | None) -> str:
    """``12 novembre 2026``, as a day in Paris; empty for none."""
    return "" if instant is None else date_format(timezone.localtime(instant), "j F Y")
