"""A person changes their own e-mail address or mobile number, in an open session and after a fresh code.

The new address must answer: a code is sent there first. The old address is told. Sign-in codes follow to a new
mobile number after 72 hours only, so that a stolen number, or a stolen session, does not open the account at once.
"""

import datetime as dt
import logging
from typing import Final

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.identity import quotas
from accounts.identity.enums import CodeChannel, SecurityMessageKind
from accounts.identity.factors import Refused
from accounts.identity.models import ContactChange, InsuredAccount, change_context
from accounts.identity.one_time_codes import LIFETIME
from accounts.identity.outbox import post_code, post_notice
from accounts.identity.reach import notice_contacts
from accounts.people.contacts import change_contact
from accounts.people.enums import ContactKind
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.limits import RetryAfter

logger = logging.getLogger(__name__)

CODES_DELAY: Final = {ContactKind.MOBILE: dt.timedelta(hours=72), ContactKind.EMAIL: dt.timedelta(0)}


def ask_for_change(
    request: HttpRequest, account: InsuredAccount, *, channel: CodeChannel, address: str
) -> RetryAfter | None:
    """Send a code to the new address; None when it is on its way. A change asked for before is forgotten."""
    blocked = quotas.use(quotas.CODES_SENT, request, person=account.insured.nir_lookup)
    if blocked:
        return blocked
    with transaction.atomic():
        ContactChange.objects.filter(insured=account.insured, confirmed_at=None).delete()
        change = ContactChange(insured=account.insured, kind=channel.contact_kind)
        change.address_sealed = key_ring().seal(address, context=change_context(change.pk))
        code = change.issue(now=timezone.now())
        change.save(force_insert=True)
        post_code(SecurityMessageKind.CONTACT_CODE, code=code, channel=channel, new_address=address)
    return None


def open_change(account: InsuredAccount) -> ContactChange | None:
    """The change whose code is awaited."""
    oldest = timezone.now() - LIFETIME
    return ContactChange.objects.filter(insured=account.insured, confirmed_at=None, asked_at__gt=oldest).first()


def new_address(change: ContactChange) -> str:
    """The address that is being verified, in clear."""
    return key_ring().open(change.address_sealed or b"", context=change_context(change.pk))


def confirm_change(
    request: HttpRequest, account: InsuredAccount, change: ContactChange, *, code: str
) -> Refused | RetryAfter | None:
    """None when the code is right and the address is changed; the old one has then been told."""
    person = account.insured
    blocked = quotas.use(quotas.CODE_TRIES, request, person=person.nir_lookup)
    if blocked:
        return blocked
    with transaction.atomic():
        locked = ContactChange.objects.select_for_update().filter(pk=change.pk, confirmed_at=None).first()
        if locked is None or not locked.take(code, now=timezone.now()):
            if locked is not None:
                locked.save()
            return Refused()
        _apply(locked)
    quotas.give_back(quotas.CODE_TRIES, person=person.nir_lookup)
    logger.info("contact changed", extra={"account": account.pk, "kind": change.kind})
    return None


def _apply(change: ContactChange) -> None:
    now, kind = timezone.now(), ContactKind(change.kind)
    told = notice_contacts(change.insured_id)
    changed = change_contact(change.insured_id, kind=kind, address=new_address(change), at=now)
    if changed.old is not None and changed.old not in told:
        told.append(changed.old)
    change.old_contact, change.new_contact = changed.old, changed.new
    change.address_sealed, change.confirmed_at = None, now
    change.codes_from_at = now + (CODES_DELAY[kind] if changed.old != changed.new else dt.timedelta(0))
    change.save()
    post_notice(SecurityMessageKind.CONTACT_CHANGED, contacts=told)
