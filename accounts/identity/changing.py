"""Adding and removing second factors. Callers have asked for a fresh code first (``sign_in.is_confirmed``).

Each change is told to the person at every address that receives codes.
"""

import base64
import logging
import os
import secrets
from typing import Final

import django_otp
from django.db import transaction
from django_otp.models import Device

from accounts.identity.activity import note
from accounts.identity.devices import (
    RECOVERY_CODES,
    CodeDevice,
    InsuredTotpDevice,
    RecoveryCode,
    RecoveryCodeDevice,
)
from accounts.identity.enums import CodeChannel, SecurityMessageKind
from accounts.identity.events import AccountEventKind
from accounts.identity.factors import FactorKind, factors_of
from accounts.identity.models import InsuredAccount
from accounts.identity.one_time_codes import SALT_BYTES, keyed_hash
from accounts.identity.outbox import post_notice
from accounts.identity.reach import code_contacts, notice_contacts
from accounts.staff.models import User
from accounts.staff.services import SEED_BYTES, otpauth_uri

logger = logging.getLogger(__name__)

MOST_APPS: Final = 5
RECOVERY_CHARACTERS: Final = 10
_ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
"""32 characters without I, L, O and U, which are misread: five bits each, fifty for a code."""


class LastFactorError(ValueError):
    """A person keeps at least one second factor beside recovery codes."""


class TooManyAppsError(ValueError):
    """No more than MOST_APPS authenticator apps."""


def _lock(account: InsuredAccount) -> None:
    """Have changes of one account follow one another: two removals at once must not leave no factor."""
    User.objects.select_for_update().get(pk=account.user_id)


@transaction.atomic
def begin_app(account: InsuredAccount, *, name: str) -> InsuredTotpDevice:
    """An authenticator app that waits for its first code; an earlier one that never came is forgotten."""
    _lock(account)
    apps = InsuredTotpDevice.objects.filter(user=account.user_id)
    apps.filter(confirmed=False).delete()
    if apps.count() >= MOST_APPS:
        raise TooManyAppsError
    device = InsuredTotpDevice(user=account.user, name=name, confirmed=False)
    device.set_seed(os.urandom(SEED_BYTES))
    device.save()
    return device


def waiting_app(account: InsuredAccount) -> InsuredTotpDevice | None:
    """The app that waits for its first code."""
    waiting: InsuredTotpDevice | None = (
        InsuredTotpDevice.objects.filter(user=account.user_id, confirmed=False).order_by("-pk").first()
    )
    return waiting


def seed_text(device: InsuredTotpDevice) -> str:
    """The seed as people type it: base32 in groups of four."""
    text = base64.b32encode(device.seed()).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def seed_uri(device: InsuredTotpDevice) -> str:
    """The address that opens an authenticator app on the same telephone. It names nobody."""
    return otpauth_uri("Mon espace", seed=device.seed())


def confirm_app(account: InsuredAccount, device: InsuredTotpDevice, *, code: str) -> bool:
    """Take an app into use once it has shown a right code."""
    verified = django_otp.verify_token(account.user, device.persistent_id, code)
    if verified is None:
        return False
    with transaction.atomic():
        InsuredTotpDevice.objects.filter(pk=device.pk).update(confirmed=True)
        tell(account, AccountEventKind.APP_ADDED)
    return True


@transaction.atomic
def add_channel(account: InsuredAccount, channel: CodeChannel) -> bool:
    """Receive codes on a channel again; False when the insurer knows no address for it."""
    _lock(account)
    if channel not in code_contacts(account.insured_id):
        return False
    _, is_new = CodeDevice.objects.get_or_create(user=account.user, channel=channel, defaults={"name": channel.label})
    if is_new:
        tell(account, AccountEventKind.CHANNEL_ADDED)
    return True


def missing_channels(account: InsuredAccount) -> list[CodeChannel]:
    """Channels that could receive codes and do not."""
    used = set(CodeDevice.objects.filter(user=account.user_id).values_list("channel", flat=True))
    return [channel for channel in code_contacts(account.insured_id) if channel not in used]


@transaction.atomic
def remove_factor(account: InsuredAccount, *, device_id: str) -> bool:
    """Remove a factor of the account; False when it has no such one. Raises LastFactorError."""
    _lock(account)
    factors = factors_of(account)
    factor = next((one for one in factors if one.device_id == device_id), None)
    if factor is None:
        return False
    others = [one for one in factors if one is not factor and one.kind is not FactorKind.RECOVERY]
    if not others:
        raise LastFactorError
    # Told before, so that the channel that is being removed hears of it too.
    tell(account, AccountEventKind.FACTOR_REMOVED)
    Device.from_persistent_id(device_id).delete()
    return True


@transaction.atomic
def make_recovery_codes(account: InsuredAccount) -> list[str]:
    """Ten new codes in clear, to be shown once; those of before serve no more."""
    _lock(account)
    salt = os.urandom(SALT_BYTES)
    # The row stays, so that a session opened with one of the old codes goes on.
    device, _ = RecoveryCodeDevice.objects.update_or_create(
        user=account.user, defaults={"name": "codes de secours", "salt": salt}
    )
    device.codes.all().delete()
    codes: set[str] = set()
    while len(codes) < RECOVERY_CODES:
        codes.add("".join(secrets.choice(_ALPHABET) for _ in range(RECOVERY_CHARACTERS)))
    RecoveryCode.objects.bulk_create(
        [RecoveryCode(device=device, code_hash=keyed_hash(code, salt=salt)) for code in codes]
    )
    tell(account, AccountEventKind.RECOVERY_CODES_MADE)
    return sorted(f"{code[:5]}-{code[5:]}" for code in codes)


def tell(account: InsuredAccount, what: AccountEventKind) -> None:
    """Tell a person, at every address that receives codes, that their second factors changed, and note it."""
    post_notice(SecurityMessageKind.FACTORS_CHANGED, contacts=notice_contacts(account.insured_id))
    note(account.insured_id, what)
    logger.info("second factors changed", extra={"account": account.pk, "what": what.value})
