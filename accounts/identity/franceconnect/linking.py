"""Which account a FranceConnect identity opens. Rule and reasons: docs/adr, « FranceConnect ».

An identity is linked once, from inside an open session and after a fresh code, and only if birth date and sex are
those that the insurer knows: on a shared computer the identity that answers may be the neighbour's.
"""

import logging
from typing import Final

import django_otp
from django.db import transaction
from django_otp.models import Device

from accounts.identity.activity import note
from accounts.identity.enums import SecurityMessageKind
from accounts.identity.events import AccountEventKind
from accounts.identity.franceconnect.devices import FranceConnectDevice, subject_lookup
from accounts.identity.franceconnect.flow import Identity
from accounts.identity.franceconnect.refusals import Reason, StoppedError
from accounts.identity.models import InsuredAccount
from accounts.identity.outbox import post_notice
from accounts.identity.reach import notice_contacts
from accounts.identity.sign_in import may_sign_in
from accounts.people.enums import Sex
from accounts.people.models import InsuredPerson
from accounts.staff.models import User

logger = logging.getLogger(__name__)

_GENDERS: Final = {Sex.MALE.value: "male", Sex.FEMALE.value: "female"}


def linked_device(account: InsuredAccount) -> FranceConnectDevice | None:
    """The identity linked to an account."""
    device: FranceConnectDevice | None = FranceConnectDevice.objects.filter(user=account.user_id).first()
    return device


def link(account: InsuredAccount, identity: Identity) -> None:
    """Have an identity open an account from now on. Raises StoppedError: OTHER_PERSON or TAKEN."""
    if not _is_of(identity, account.insured):
        raise StoppedError(Reason.OTHER_PERSON)
    lookup = subject_lookup(identity)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=account.user_id)
        if FranceConnectDevice.objects.filter(subject_lookup=lookup).exclude(user=account.user_id).exists():
            raise StoppedError(Reason.TAKEN)
        FranceConnectDevice.objects.update_or_create(
            user=account.user, defaults={"name": "FranceConnect", "subject_lookup": lookup}
        )
        _tell(account, AccountEventKind.IDENTITY_LINKED)


@transaction.atomic
def unlink(account: InsuredAccount) -> str | None:
    """Forget the link; the id of the device that is gone, None when there was none. The other factors stay."""
    User.objects.select_for_update().get(pk=account.user_id)
    device = linked_device(account)
    if device is None:
        return None
    device_id: str = device.persistent_id
    device.delete()
    _tell(account, AccountEventKind.IDENTITY_REMOVED)
    return device_id


def account_opened_by(identity: Identity) -> tuple[InsuredAccount, Device]:
    """Account and verified device of an identity. Raises StoppedError (UNKNOWN), for closed accounts too."""
    device = FranceConnectDevice.objects.filter(subject_lookup=subject_lookup(identity)).first()
    account = (
        InsuredAccount.objects.select_related("user", "insured").filter(user=device.user_id).first() if device else None
    )
    if device is None or account is None or not may_sign_in(account):
        raise StoppedError(Reason.UNKNOWN)
    verified = django_otp.verify_token(account.user, device.persistent_id, identity)
    if verified is None:
        raise StoppedError(Reason.UNKNOWN, detail="unlinked meanwhile")
    return account, verified


def _is_of(identity: Identity, person: InsuredPerson) -> bool:
    """Both dates keep zeros where a day or a month is not known (1985-00-00)."""
    is_same_day = identity.birth_date.replace("-", "") == person.birth_date_text
    return is_same_day and identity.gender == _GENDERS.get(person.sex)


def _tell(account: InsuredAccount, what: AccountEventKind) -> None:
    post_notice(SecurityMessageKind.FACTORS_CHANGED, contacts=notice_contacts(account.insured_id))
    note(account.insured_id, what)
    logger.info("second factors changed", extra={"account": account.pk, "what": what.value})
