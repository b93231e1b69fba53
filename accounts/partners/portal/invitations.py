"""Inviting a partner's users, taking an invitation up, and removing them.

An invitation is a code shown once to whoever invites and kept as a keyed hash. It opens nothing by itself: whoever
has it chooses a password and registers an authenticator app, and only the first right code of that app uses it up.
"""

import base64
import datetime as dt
import logging
import os
import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode
from uuid import UUID

import django_otp
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.partners.models import PartnerInsurer
from accounts.partners.portal.models import PartnerTotpDevice, PartnerUser
from accounts.partners.portal.sessions import open_session
from accounts.staff.models import User
from ameli_notify.core.crypto import lookup_id, lookup_key

logger = logging.getLogger(__name__)

VALID_FOR: Final = dt.timedelta(days=7)
MOST_USERS: Final = 50
CODE_BYTES: Final = 16
SEED_BYTES: Final = 20
"""RFC 4226 §4, requirement R6."""
ISSUER: Final = "Assurance Maladie partenaires"
JOINING_KEY: Final = "partner_joining"


class TooManyUsersError(ValueError):
    """The partner has as many users as it may."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """``code`` in groups of letters and figures; this is the only time that it is seen."""

    member: PartnerUser
    code: str


@transaction.atomic
def invite(partner_id: int, *, label: str, is_manager: bool, by: str) -> Invitation:
    """A new account, closed until the invitation is taken up. Raises TooManyUsersError."""
    partner = PartnerInsurer.objects.select_for_update().get(pk=partner_id)
    if PartnerUser.objects.filter(partner=partner, removed_at=None).count() >= MOST_USERS:
        raise TooManyUsersError
    number = PartnerUser.objects.filter(partner=partner).count() + 1
    user = User(username=f"{partner.code}-{number:02d}", is_active=False)
    user.set_unusable_password()
    user.save()
    code = _new_code()
    member = PartnerUser.objects.create(
        user=user,
        partner=partner,
        identifier=user.username,
        label=label,
        is_manager=is_manager,
        invited_at=timezone.now(),
        invited_by=by,
        invitation_lookup=_lookup(user.username, code),
        invitation_until=timezone.now() + VALID_FOR,
    )
    logger.info("partner user invited", extra={"member": member.pk})
    return Invitation(member, _shown(code))


@transaction.atomic
def invite_again(member_id: int, *, by: str) -> Invitation:
    """For a lost telephone or password: both are forgotten, sessions end, a new invitation stands in their place.

    Raises DoesNotExist for somebody who was removed.
    """
    member = PartnerUser.objects.select_for_update().get(pk=member_id, removed_at=None)
    _close_account(member)
    code = _new_code()
    member.joined_at = None
    member.invited_at, member.invited_by = timezone.now(), by
    member.invitation_lookup, member.invitation_until = _lookup(member.identifier, code), timezone.now() + VALID_FOR
    member.save()
    logger.info("partner user invited again", extra={"member": member.pk})
    return Invitation(member, _shown(code))


@transaction.atomic
def remove(member_id: int, *, partner_id: int, by: str) -> bool:
    """Close somebody's account for good; their sessions end at their next request. False for who is none of theirs."""
    member = PartnerUser.objects.select_for_update().filter(
        pk=member_id, partner_id=partner_id, removed_at=None
    ).first()  # fmt: skip
    if member is None:
        return False
    _close_account(member)
    member.invitation_lookup = None
    member.removed_at, member.removed_by = timezone.now(), by
    member.save()
    logger.info("partner user removed", extra={"member": member.pk})
    return True


def begin(request: HttpRequest, *, identifier: str, code: str, password: str) -> bool:
    """Step 1: a living invitation, and a password. False for anything else. Raises ValidationError for the password.

    The account stays closed; the session remembers whose app is being registered.
    """
    member = _invited(identifier, code)
    if member is None:
        logger.info("partner invitation refused")
        return False
    validate_password(password, member.user)
    with transaction.atomic():
        member.user.set_password(password)
        member.user.save(update_fields=["password"])
        PartnerTotpDevice.objects.filter(user=member.user).delete()
        device = PartnerTotpDevice(user=member.user, name="application d’authentification", confirmed=False)
        device.set_seed(os.urandom(SEED_BYTES))
        device.save()
    request.session.flush()
    request.session[JOINING_KEY] = {"device": device.pk, "lookup": str(member.invitation_lookup)}
    request.session.cycle_key()
    return True


def joining(request: HttpRequest) -> PartnerTotpDevice | None:
    """The app that waits for its first code in this session, while its invitation lives."""
    kept = request.session.get(JOINING_KEY)
    if kept is None:
        return None
    waiting = PartnerTotpDevice.objects.select_related("user__partner_user").filter(
        pk=kept["device"],
        confirmed=False,
        user__partner_user__invitation_lookup=UUID(kept["lookup"]),
        user__partner_user__invitation_until__gt=timezone.now(),
    )
    found: PartnerTotpDevice | None = waiting.first()
    return found


def finish(request: HttpRequest, device: PartnerTotpDevice, *, code: str) -> bool:
    """Step 2: the app's first code. The invitation is used up, once, and the member is signed in."""
    if django_otp.verify_token(device.user, device.persistent_id, code) is None:
        return False
    lookup = UUID(request.session[JOINING_KEY]["lookup"])
    with transaction.atomic():
        invited = PartnerUser.objects.filter(
            user=device.user, invitation_lookup=lookup, invitation_until__gt=timezone.now()
        )
        if not invited.update(invitation_lookup=None, joined_at=timezone.now()):
            return False
        PartnerTotpDevice.objects.filter(pk=device.pk).update(confirmed=True)
        User.objects.filter(pk=device.user_id).update(is_active=True)
    member = PartnerUser.objects.select_related("user", "partner").get(user=device.user_id)
    open_session(request, member)
    logger.info("partner user joined", extra={"member": member.pk})
    return True


def seed_text(device: PartnerTotpDevice) -> str:
    """The seed as people type it: base32 in groups of four."""
    return _grouped(base64.b32encode(device.seed()).decode().rstrip("="), " ")


def seed_uri(device: PartnerTotpDevice, identifier: str) -> str:
    """The address that authenticator apps read."""
    query = {"secret": base64.b32encode(device.seed()).decode().rstrip("="), "issuer": ISSUER}
    return f"otpauth://totp/{quote(f'{ISSUER}:{identifier}')}?{urlencode(query, quote_via=quote)}"


def _invited(identifier: str, code: str) -> PartnerUser | None:
    typed = "".join(char for char in code.upper() if char.isascii() and char.isalnum())
    invited = PartnerUser.objects.select_related("user").filter(
        identifier=identifier, invitation_lookup=_lookup(identifier, typed), invitation_until__gt=timezone.now()
    )
    return invited.first()


def _close_account(member: PartnerUser) -> None:
    PartnerTotpDevice.objects.filter(user=member.user_id).delete()
    user = User.objects.get(pk=member.user_id)
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])


def _new_code() -> str:
    return base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().rstrip("=")


def _shown(code: str) -> str:
    return _grouped(code, "-")


def _grouped(text: str, between: str) -> str:
    return between.join(text[start : start + 4] for start in range(0, len(text), 4))


def _lookup(identifier: str, code: str) -> UUID:
    return lookup_id("partner.invitation", f"{identifier}|{code}", key=lookup_key())
