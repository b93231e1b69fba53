"""Signing in to a partner's pages: a password, then the code of an app; nobody is signed in before both.

Tries are counted by one statement each (``core.limits``), for the account and for the network address. Everything
that is wrong gets the same answer after the same work.
"""

import logging
import time
from dataclasses import dataclass
from typing import Final

import django_otp
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.partners.portal.models import PartnerTotpDevice, PartnerUser
from accounts.partners.portal.sessions import may_enter, open_session
from ameli_notify.core.client_address import client_address
from ameli_notify.core.limits import Allowed, RetryAfter, forget, hit

logger = logging.getLogger(__name__)

WINDOW_SECONDS: Final = 15 * 60
TRIES_PER_ACCOUNT: Final = 10
TRIES_PER_ADDRESS: Final = 50
"""A whole organisation may share one address."""
CODE_WITHIN_SECONDS: Final = 5 * 60
PENDING_KEY: Final = "partner_sign_in"


@dataclass(frozen=True, slots=True)
class Refused:
    """Wrong, for a reason that is not told."""


def check_password(request: HttpRequest, *, identifier: str, password: str) -> Refused | RetryAfter | None:
    """First factor. None when it is right: the session then waits for the code, under a new key."""
    blocked = count_try(request, f"portal-password|{identifier.casefold()}")
    if blocked:
        return blocked
    user = authenticate(request, username=identifier, password=password)
    member = None if user is None else _member(user_id=user.pk)
    if member is None:
        logger.info("partner sign-in refused", extra={"step": "password"})
        return Refused()
    request.session.flush()
    request.session[PENDING_KEY] = {
        "member": member.pk,
        "hash": member.user.get_session_auth_hash(),
        "at": int(time.time()),
    }
    request.session.cycle_key()
    return None


def awaiting_code(request: HttpRequest) -> PartnerUser | None:
    """Who gave their password in this session less than five minutes ago, and has not changed since."""
    pending = request.session.get(PENDING_KEY)
    if pending is None or not 0 <= time.time() - pending["at"] <= CODE_WITHIN_SECONDS:
        return None
    member = _member(pk=pending["member"])
    if member is None or not constant_time_compare(pending["hash"], member.user.get_session_auth_hash()):
        return None
    return member


def check_code(request: HttpRequest, *, member: PartnerUser, code: str) -> Refused | RetryAfter | None:
    """Second factor. None when it is right: the member is signed in, under another new session key."""
    refusal = check_fresh_code(request, member=member, code=code)
    if refusal is None:
        open_session(request, member)
        forget(f"portal-password|{member.identifier.casefold()}")
        logger.info("partner user signed in", extra={"member": member.pk})
    return refusal


def check_fresh_code(request: HttpRequest, *, member: PartnerUser, code: str) -> Refused | RetryAfter | None:
    """A code of the app, good once even for parallel requests: ``django_otp.verify_token`` locks the device."""
    blocked = count_try(request, f"portal-code|{member.pk}")
    if blocked:
        return blocked
    for device in PartnerTotpDevice.objects.filter(user=member.user, confirmed=True).order_by("pk"):
        if django_otp.verify_token(member.user, device.persistent_id, code) is not None:
            forget(f"portal-code|{member.pk}")
            return None
    logger.info("partner code refused", extra={"member": member.pk})
    return Refused()


def count_try(request: HttpRequest, account_bucket: str) -> RetryAfter | None:
    """Count a try for the account and for the address; how long to wait when either is exhausted."""
    address = client_address(request)
    by_address = hit(f"portal-address|{address}", limit=TRIES_PER_ADDRESS, window_seconds=WINDOW_SECONDS)
    if not isinstance(by_address, Allowed):
        logger.warning("partner sign-in limit reached", extra={"scope": "address"})
        return by_address
    by_account = hit(account_bucket, limit=TRIES_PER_ACCOUNT, window_seconds=WINDOW_SECONDS)
    if isinstance(by_account, Allowed):
        return None
    logger.warning("partner sign-in limit reached", extra={"scope": "account"})
    return by_account


def _member(**which: int) -> PartnerUser | None:
    member = PartnerUser.objects.select_related("user", "partner").filter(**which).first()
    return member if member is not None and may_enter(member) else None
