"""Signing in the staff: a password, then a passkey or the code of an app; nobody is signed in before both.

Between the two, the session names an account that has given its password and is otherwise anonymous: it reaches
the code page and nothing else.
"""

import logging
import time
from dataclasses import dataclass
from typing import Final

import django_otp
from django.contrib.auth import authenticate, login
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django_otp.models import Device

from accounts.identity import passkeys
from accounts.identity.models import InsuredAccount
from accounts.identity.passkeys import Purpose
from accounts.partners.portal.models import PartnerUser
from accounts.staff.models import StaffTotpDevice, User
from accounts.staff.sessions import note_confirmation, open_session
from ameli_notify.core.client_address import client_address
from ameli_notify.core.limits import Allowed, RetryAfter, forget, hit

logger = logging.getLogger(__name__)

WINDOW_SECONDS: Final = 15 * 60
TRIES_PER_ACCOUNT: Final = 10
TRIES_PER_ADDRESS: Final = 50
"""A whole office may share one address."""
CODE_WITHIN_SECONDS: Final = 5 * 60
"""Time between the password and the code."""
PENDING_KEY: Final = "staff_sign_in"
BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True, slots=True)
class Refused:
    """Wrong, for a reason that is not told."""


def check_password(request: HttpRequest, *, username: str, password: str) -> Refused | RetryAfter | None:
    """First factor. None when it is right: the session then waits for the code, under a new key.

    An unknown account, a wrong password, a closed account and one that is not of the staff get the same answer
    after the same hashing (``authenticate`` hashes for absent accounts too), and count alike.
    """
    blocked = _count(request, f"staff-password|{username.casefold()}")
    if blocked:
        logger.warning("staff sign-in limit reached", extra={"step": "password"})
        return blocked
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User) or not user.is_staff or _is_of_others(user):
        logger.info("staff sign-in refused", extra={"step": "password"})
        return Refused()
    request.session.flush()
    request.session[PENDING_KEY] = {"user": user.pk, "hash": user.get_session_auth_hash(), "at": int(time.time())}
    request.session.cycle_key()
    return None


def awaiting_code(request: HttpRequest) -> User | None:
    """The account that gave its password in this session less than five minutes ago, and has not changed since."""
    pending = request.session.get(PENDING_KEY)
    if pending is None or not 0 <= time.time() - pending["at"] <= CODE_WITHIN_SECONDS:
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True, is_staff=True).first()
    if user is None or not constant_time_compare(pending["hash"], user.get_session_auth_hash()):
        return None
    return user


def check_code(request: HttpRequest, *, user: User, code: str) -> Refused | RetryAfter | None:
    """Second factor. None when it is right: ``user`` is then signed in, under another new session key.

    A code serves once, even to parallel requests: ``django_otp.verify_token`` locks the device.
    """
    blocked = _count(request, f"staff-code|{user.pk}")
    if blocked:
        logger.warning("staff sign-in limit reached", extra={"step": "code", "account": user.pk})
        return blocked
    device = _verified_device(user, code)
    if device is None:
        logger.info("staff sign-in refused", extra={"step": "code", "account": user.pk})
        return Refused()
    _finish(request, user, device=device)
    return None


def check_passkey(request: HttpRequest, *, user: User, answer: str) -> Refused | RetryAfter | None:
    """Second factor, with a passkey. None when it is right: ``user`` is then signed in, under another new key."""
    blocked = _count(request, f"staff-code|{user.pk}")
    if blocked:
        logger.warning("staff sign-in limit reached", extra={"step": "passkey", "account": user.pk})
        return blocked
    passkey = passkeys.use(request, user, purpose=Purpose.SIGN_IN, answer=answer)
    if passkey is None:
        logger.info("staff sign-in refused", extra={"step": "passkey", "account": user.pk})
        return Refused()
    _finish(request, user, device=passkey)
    return None


def confirm(request: HttpRequest, *, user: User, code: str) -> Refused | RetryAfter | None:
    """A fresh code of the app in an open session. None when it is right: the person's own passkeys may be changed.

    The session now stands on the app, under a new key: it goes on when the passkey used at sign-in is removed.
    """
    blocked = _count(request, f"staff-code|{user.pk}")
    if blocked:
        logger.warning("staff sign-in limit reached", extra={"step": "confirmation", "account": user.pk})
        return blocked
    device = _verified_device(user, code)
    if device is None:
        logger.info("staff confirmation refused", extra={"account": user.pk})
        return Refused()
    django_otp.login(request, device)
    note_confirmation(request)
    forget(f"staff-code|{user.pk}")
    return None


def _finish(request: HttpRequest, user: User, *, device: Device) -> None:
    request.session.flush()
    login(request, user, backend=BACKEND)
    django_otp.login(request, device)
    request.session.cycle_key()
    open_session(request)
    forget(f"staff-password|{user.username.casefold()}")
    forget(f"staff-code|{user.pk}")
    logger.info("staff signed in", extra={"account": user.pk})


def _is_of_others(user: User) -> bool:
    """An account of an insured person or of a partner never opens the console, whatever flags it is given."""
    return InsuredAccount.objects.filter(user=user).exists() or PartnerUser.objects.filter(user=user).exists()


def _verified_device(user: User, code: str) -> StaffTotpDevice | None:
    for device in StaffTotpDevice.objects.filter(user=user, confirmed=True).order_by("pk"):
        verified = django_otp.verify_token(user, device.persistent_id, code)
        if isinstance(verified, StaffTotpDevice):
            return verified
    return None


def _count(request: HttpRequest, account_bucket: str) -> RetryAfter | None:
    """Count a try for the account and for the address; how long to wait when either is exhausted."""
    by_address = hit(f"staff-address|{client_address(request)}", limit=TRIES_PER_ADDRESS, window_seconds=WINDOW_SECONDS)
    if not isinstance(by_address, Allowed):
        return by_address
    by_account = hit(account_bucket, limit=TRIES_PER_ACCOUNT, window_seconds=WINDOW_SECONDS)
    return None if isinstance(by_account, Allowed) else by_account
