"""One number under two kinds, a mobile for one person and a landline for another: it rings once all the same.

The unique index of open claims knows a number by its kind and digits. What it cannot see is looked at here, under a
lock of the number that lasts as long as the transaction of the claim.
"""

import uuid
from typing import Final

from accounts.people.contacts import contact_lookup
from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel, contact_context
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.sql import run
from outreach.campaigns.claiming.models import CallClaim

_OTHER: Final = {
    ContactKind.MOBILE.value: ContactKind.LANDLINE.value,
    ContactKind.LANDLINE.value: ContactKind.MOBILE.value,
}
_LOCKS: Final = 2**63


def rings_elsewhere(insured_id: int, phone_lookup: uuid.UUID) -> bool:
    """Whether somebody is being called on this number under its other kind. In the transaction that takes the call."""
    channel = ContactChannel.objects.filter(
        insured_id=insured_id, address_lookup=phone_lookup, ended_at=None, kind__in=_OTHER
    ).first()
    if channel is None:
        return False
    number = key_ring().open(channel.address_sealed, context=contact_context(insured_id, channel.kind))
    other = contact_lookup(_OTHER[channel.kind], number)
    run("SELECT pg_advisory_xact_lock(%s)", [min(phone_lookup, other).int % _LOCKS])
    return CallClaim.objects.filter(phone_lookup=other, ended_at=None).exists()
