"""Changing an address of a person: history, reach and blind index in one transaction."""

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts.people.enums import ContactKind, ContactSource, EndReason
from accounts.people.models import ContactChannel, InsuredPerson, contact_context
from ameli_notify.core.crypto import key_ring, lookup_id, lookup_key

EMAIL_MAX: Final = 254
"""RFC 5321 §4.5.3.1.3, less the angle brackets."""
NBSP: Final = "\u00a0"
# Mobile numbers of France and its overseas territories start with 6 or 7 after the country code.
_FRENCH_MOBILE: Final = re.compile(r"(?:0|\+33|0033)([67]\d{8})", re.ASCII)
_OVERSEAS_MOBILE: Final = re.compile(r"(?:\+|00)((?:262|590|594|596)6\d{8}|(?:508|681|687|689)\d{6,8})", re.ASCII)


class AddressError(ValueError):
    """Not an address that can be used. The message is French, for the person, and never repeats the address."""


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """The address before (None for a first one) and the one now."""

    old: ContactChannel | None
    new: ContactChannel


def parse_email(text: str) -> str:
    """An e-mail address as it is kept. Raises AddressError."""
    address = text.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise AddressError("Saisissez une adresse e-mail complète, par exemple nom@example.org.") from None
    if not address.isascii() or len(address) > EMAIL_MAX or '"' in address or address.endswith("]"):
        raise AddressError("Saisissez une adresse e-mail sans accent, par exemple nom@example.org.")
    return address


def parse_mobile(text: str) -> str:
    """A mobile number in its international form, +33612345678. Raises AddressError."""
    compact = re.sub(r"[ .\-()\u00a0\u202f]", "", text)
    if found := _FRENCH_MOBILE.fullmatch(compact):
        return f"+33{found[1]}"
    if found := _OVERSEAS_MOBILE.fullmatch(compact):
        return f"+{found[1]}"
    raise AddressError("Saisissez un numéro de mobile à 10 chiffres qui commence par 06 ou 07.")


def mobile_fr(number: str) -> str:
    """A number as people in France write it, 06 12 34 56 78, with spaces that do not break; an overseas one as kept."""
    if not number.startswith("+33"):
        return number
    digits = f"0{number.removeprefix('+33')}"
    return NBSP.join(digits[start : start + 2] for start in range(0, len(digits), 2))


def contact_lookup(kind: str, address: str) -> uuid.UUID:
    """Blind index of an address; upper and lower case are one e-mail address."""
    return lookup_id(kind, address.lower(), key=lookup_key())


@transaction.atomic
def change_contact(
    insured_id: int, *, kind: ContactKind, address: str, at: dt.datetime | None = None
) -> ContactChanged:
    """Make ``address``, which the person gave and where a code was received, the current one of its kind.

    From then on the files of the fund no longer replace it. The same address again only becomes the person's own.
    """
    person = InsuredPerson.objects.select_for_update().get(pk=insured_id)
    now = at or timezone.now()
    lookup = contact_lookup(kind, address)
    old = ContactChannel.objects.filter(insured=person, kind=kind, ended_at=None).first()
    if old is not None and old.address_lookup == lookup:
        old.source, old.verified_at = ContactSource.PERSON, now
        old.save(update_fields=["source", "verified_at"])
        return ContactChanged(old, old)
    if old is not None:
        _end(old, now=now, reason=EndReason.REPLACED)
    new = ContactChannel.objects.create(
        insured=person,
        kind=kind,
        address_sealed=key_ring().seal(address, context=contact_context(insured_id, kind)),
        address_lookup=lookup,
        started_at=now,
        source=ContactSource.PERSON,
        verified_at=now,
    )
    _set_reach(person)
    return ContactChanged(old, new)


def mark_verified(contact: ContactChannel, *, at: dt.datetime) -> None:
    """Note that a code sent to this address came back. The first time stays."""
    ContactChannel.objects.filter(pk=contact.pk, verified_at=None).update(verified_at=at)


@transaction.atomic
def end_contact(insured_id: int, *, kind: ContactKind, reason: EndReason) -> ContactChannel | None:
    """End the current address of a kind without another; returns it, or None when there was none."""
    person = InsuredPerson.objects.select_for_update().get(pk=insured_id)
    old = ContactChannel.objects.filter(insured=person, kind=kind, ended_at=None).first()
    if old is not None:
        _end(old, now=timezone.now(), reason=reason)
        _set_reach(person)
    return old


def _end(contact: ContactChannel, *, now: dt.datetime, reason: EndReason) -> None:
    contact.ended_at, contact.end_reason = now, reason
    contact.save(update_fields=["ended_at", "end_reason"])


def _set_reach(person: InsuredPerson) -> None:
    """Repeat on the person what the current rows say."""
    kinds = set(ContactChannel.objects.filter(insured=person, ended_at=None).values_list("kind", flat=True))
    person.has_email = ContactKind.EMAIL in kinds
    person.has_mobile = ContactKind.MOBILE in kinds
    person.save(update_fields=["has_email", "has_mobile", "updated_at"])
