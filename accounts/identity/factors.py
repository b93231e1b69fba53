"""The second step of sign-in: which means a person has, sending a code, checking one."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import django_otp
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django_otp.models import Device

from accounts.identity.devices import CodeDevice, InsuredTotpDevice, RecoveryCodeDevice
from accounts.identity.enums import CodeChannel, SecurityMessageKind
from accounts.identity.models import InsuredAccount
from accounts.identity.outbox import post_code
from accounts.identity.passkeys import passkeys_of
from accounts.identity.quotas import CODE_TRIES, CODES_SENT, give_back, use
from accounts.identity.reach import code_contacts, is_reachable
from accounts.people.contacts import NBSP, mark_verified
from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel, contact_context
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.limits import RetryAfter
from ameli_notify.core.masking import mask_email, mask_phone


class FactorKind(StrEnum):
    """Kinds of second factors, the safest first."""

    PASSKEY = "passkey"
    TOTP = "totp"
    SMS = "sms"
    EMAIL = "email"
    RECOVERY = "recovery"


LABELS_FR: Final = {
    FactorKind.PASSKEY: "Clé d’accès (passkey)",
    FactorKind.TOTP: "Application d’authentification",
    FactorKind.SMS: "Code par SMS",
    FactorKind.EMAIL: "Code par e-mail",
    FactorKind.RECOVERY: "Code de secours",
}


@dataclass(frozen=True, slots=True)
class Factor:
    """One means of a person. ``detail_fr`` tells several of a kind apart: a name, a masked address, a count.

    ``added_at``: of what the person added themselves.
    """

    kind: FactorKind
    device_id: str
    detail_fr: str
    added_at: dt.datetime | None = None

    @property
    def label_fr(self) -> str:
        return LABELS_FR[self.kind]

    @property
    def is_sent(self) -> bool:
        """Whether a code must be sent first."""
        return self.kind in {FactorKind.SMS, FactorKind.EMAIL}


@dataclass(frozen=True, slots=True)
class Refused:
    """Wrong, for a reason that is not told."""


def factors_of(account: InsuredAccount) -> list[Factor]:
    """What a person can use now, the safest first. Addresses are masked."""
    user = account.user_id
    found = [
        Factor(FactorKind.PASSKEY, passkey.persistent_id, passkey.name, passkey.created_at)
        for passkey in passkeys_of(user)
    ]
    found += [
        Factor(FactorKind.TOTP, device.persistent_id, device.name, device.created_at)
        for device in InsuredTotpDevice.objects.filter(user=user, confirmed=True).order_by("pk")
    ]
    contacts = code_contacts(account.insured_id) if is_reachable(account.insured) else {}
    devices = {device.channel: device for device in CodeDevice.objects.filter(user=user, confirmed=True)}
    found += [
        Factor(FactorKind(channel), devices[channel].persistent_id, masked(contact))
        for channel, contact in contacts.items()
        if channel in devices
    ]
    for device in RecoveryCodeDevice.objects.filter(user=user):
        left = device.codes.filter(used_at=None).count()
        if left:
            found.append(Factor(FactorKind.RECOVERY, device.persistent_id, f"{left} encore disponibles"))
    return found


def choices_of(account: InsuredAccount, *, beside: Factor | None) -> list[Factor]:
    """What else a person can choose. Any of their passkeys answers to the same question, so one stands for all."""
    seen = {beside.kind} if beside is not None and beside.kind is FactorKind.PASSKEY else set()
    choices = []
    for factor in factors_of(account):
        if factor.kind in seen or factor == beside:
            continue
        if factor.kind is FactorKind.PASSKEY:
            seen.add(factor.kind)
        choices.append(factor)
    return choices


def factor_of(account: InsuredAccount, device_id: str) -> Factor | None:
    """The factor of a device, if it is the person's and can be used now."""
    return next((factor for factor in factors_of(account) if factor.device_id == device_id), None)


def masked(contact: ContactChannel) -> str:
    """Enough of an address for its owner to recognise it, on one line."""
    address = key_ring().open(contact.address_sealed, context=contact_context(contact.insured_id, contact.kind))
    return mask_email(address) if contact.kind == ContactKind.EMAIL else mask_phone(address).replace(" ", NBSP)


def send_code(request: HttpRequest, account: InsuredAccount, factor: Factor) -> RetryAfter | None:
    """Send a new code, which replaces the last one. None when it is on its way."""
    blocked = use(CODES_SENT, request, person=account.insured.nir_lookup)
    if blocked:
        return blocked
    channel = CodeChannel(factor.kind)
    contact = code_contacts(account.insured_id).get(channel)
    with transaction.atomic():
        device = CodeDevice.objects.select_for_update().get(user=account.user_id, channel=channel)
        code = device.issue(now=timezone.now())
        device.save()
        post_code(SecurityMessageKind.SIGN_IN_CODE, code=code, channel=channel, contact=contact)
    return None


def verify(
    request: HttpRequest, account: InsuredAccount, *, device_id: str, code: str
) -> Device | Refused | RetryAfter:
    """The device that accepted a code. Each code passes once, even to parallel requests."""
    person = account.insured.nir_lookup
    blocked = use(CODE_TRIES, request, person=person)
    if blocked:
        return blocked
    if factor_of(account, device_id) is None:
        return Refused()
    device = django_otp.verify_token(account.user, device_id, code)
    if device is None:
        return Refused()
    give_back(CODE_TRIES, person=person)
    if isinstance(device, CodeDevice):
        contact = code_contacts(account.insured_id).get(CodeChannel(device.channel))
        if contact is not None and contact.verified_at is None:
            mark_verified(contact, at=timezone.now())
    return device
