"""Where codes for a person go: to addresses that the insurer knows, and not too early to a new mobile number."""

import datetime as dt

from django.utils import timezone

from accounts.identity.enums import CodeChannel
from accounts.identity.models import ContactChange
from accounts.people.enums import EndReason
from accounts.people.models import ContactChannel, InsuredPerson


def code_contacts(insured_id: int) -> dict[CodeChannel, ContactChannel]:
    """The address for codes on each channel, SMS first.

    While a new mobile number waits its 72 hours, codes still go to the one before it. Always two queries, whatever
    they find: it also runs for people who do not exist (``insured_id`` 0).
    """
    current = {
        contact.kind: contact
        for contact in ContactChannel.objects.filter(
            insured_id=insured_id, ended_at=None, kind__in=[channel.contact_kind for channel in CodeChannel]
        )
    }
    waiting = {
        change.new_contact_id: change
        for change in ContactChange.objects.filter(
            insured_id=insured_id, codes_from_at__gt=timezone.now()
        ).select_related("old_contact")
    }
    found: dict[CodeChannel, ContactChannel] = {}
    for channel in CodeChannel:
        contact = current.get(channel.contact_kind)
        while contact is not None and contact.pk in waiting:
            before = waiting[contact.pk].old_contact
            contact = before if before is not None and before.end_reason == EndReason.REPLACED else None
        if contact is not None:
            found[channel] = contact
    return found


def notice_contacts(insured_id: int) -> list[ContactChannel]:
    """Every address at which a person is told of a change to the account."""
    return list(code_contacts(insured_id).values())


def is_reachable(person: InsuredPerson | None) -> bool:
    """Whether codes may go to somebody at all: alive, and not protected."""
    return person is not None and person.died_on is None and not person.is_contact_protected


def codes_wait_until(insured_id: int, *, kind: str) -> dt.datetime | None:
    """When a person's newest address of a kind starts receiving codes; None when it does already."""
    change = (
        ContactChange.objects.filter(insured_id=insured_id, kind=kind, codes_from_at__gt=timezone.now())
        .order_by("-codes_from_at")
        .first()
    )
    return change.codes_from_at if change else None
