"""Signing in an insured person: the NIR and a password, then a second factor; nobody is signed in before both.

Between the two, the session names an account that has given its password and is otherwise anonymous. Later, changes
to devices and addresses ask for another, fresh code (``confirm``): the one given at sign-in does not count, so that
whoever got hold of that one, or of an open session, cannot lock the owner out.
"""

import logging
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import django_otp
from django.contrib.auth import login, logout
from django.contrib.auth.hashers import check_password as matches_hash
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, get_random_string
from django_otp.models import Device

from accounts.identity import quotas
from accounts.identity.factors import Factor, Refused, factor_of, factors_of, send_code, verify
from accounts.identity.models import InsuredAccount, OpenSession
from accounts.identity.sessions import change_key, close_session, open_session
from accounts.people.querysets import nir_lookup_of
from ameli_notify.core.limits import RetryAfter

logger = logging.getLogger(__name__)

CODE_WITHIN_SECONDS: Final = 15 * 60
"""Time between the password and the code: long enough to ask for a second one."""
FRESH_SECONDS: Final = 5 * 60
"""How long a confirmation allows changes to devices and addresses."""
PENDING_KEY: Final = "sign_in"
CONFIRMED_KEY: Final = "confirmed_at"
SIGNING_IN: Final = "sign_in_factor"
CONFIRMING: Final = "confirmation_factor"
BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The factor that a page asks for, and what came of sending a code for it from there.

    ``was_sent``: the last request was answered with a code. ``has_code``: one of the requests was.
    ``wait``: the limit that stood in the way of the last one, while it does.
    """

    factor: Factor
    was_sent: bool = False
    has_code: bool = False
    wait: RetryAfter | None = None


def give_password(request: HttpRequest, *, nir: str, password: str) -> Refused | RetryAfter | None:
    """First factor. None when it is right: the session then waits for the second one, under a new key.

    An unknown NIR, one without an account, a closed account and a wrong password get the same answer after the same
    work: one query, one verification of an argon2 hash.
    """
    person = nir_lookup_of(nir)
    blocked = quotas.use(quotas.PASSWORDS, request, person=person)
    if blocked:
        return blocked
    account = InsuredAccount.objects.select_related("user", "insured").filter(insured__nir_lookup=person).first()
    if account is None:
        matches_hash(password, nobodys_hash())
    if account is None or not account.user.check_password(password) or not may_sign_in(account):
        logger.info("sign-in refused", extra={"step": "password"})
        return Refused()
    request.session.flush()
    request.session[PENDING_KEY] = {
        "account": account.pk,
        "hash": account.user.get_session_auth_hash(),
        "at": int(time.time()),
    }
    request.session.cycle_key()
    factors = factors_of(account)
    if factors:
        choose_factor(request, account, device_id=factors[0].device_id, slot=SIGNING_IN)
    return None


def may_sign_in(account: InsuredAccount) -> bool:
    """An open account of a living person, and of nobody on the staff."""
    user = account.user
    return user.is_active and not user.is_staff and not user.is_superuser and account.insured.died_on is None


def awaiting_code(request: HttpRequest) -> InsuredAccount | None:
    """The account that gave its password in this session a short while ago, and has not changed since."""
    pending = request.session.get(PENDING_KEY)
    if pending is None or not 0 <= time.time() - pending["at"] <= CODE_WITHIN_SECONDS:
        return None
    account = InsuredAccount.objects.select_related("user", "insured").filter(pk=pending["account"]).first()
    if account is None or not may_sign_in(account):
        return None
    return account if constant_time_compare(pending["hash"], account.user.get_session_auth_hash()) else None


def chosen_factor(request: HttpRequest, account: InsuredAccount, *, slot: str) -> Chosen | None:
    """What the code page asks for: the factor chosen last, else the safest; None without any that works."""
    kept = request.session.get(slot, {})
    factors = factors_of(account)
    chosen = next((factor for factor in factors if factor.device_id == kept.get("device")), None)
    if chosen is None:
        return Chosen(factors[0]) if factors else None
    left = kept["wait_until"] - int(time.time())
    return Chosen(
        chosen,
        was_sent=kept["sent"],
        has_code=kept["has_code"],
        wait=RetryAfter(left) if left > 0 else None,
    )


def choose_factor(
    request: HttpRequest, account: InsuredAccount, *, device_id: str, slot: str
) -> Refused | RetryAfter | None:
    """Use a factor from now on and, where one is needed, have a new code sent."""
    factor = factor_of(account, device_id)
    if factor is None:
        return Refused()
    blocked = send_code(request, account, factor) if factor.is_sent else None
    before = request.session.get(slot, {})
    is_sent = factor.is_sent and blocked is None
    request.session[slot] = {
        "device": device_id,
        "sent": is_sent,
        "has_code": is_sent or (before.get("device") == device_id and before["has_code"]),
        "wait_until": int(time.time()) + blocked.seconds if blocked else 0,
    }
    return blocked


def give_code(request: HttpRequest, account: InsuredAccount, *, code: str) -> Refused | RetryAfter | None:
    """Second factor. None when it is right: the person is then signed in, under another new session key."""
    verified = _verify(request, account, code=code, slot=SIGNING_IN)
    if isinstance(verified, Refused | RetryAfter):
        return verified
    finish_sign_in(request, account, device=verified)
    return None


def finish_sign_in(request: HttpRequest, account: InsuredAccount, *, device: Device) -> None:
    """Open the session of somebody who has given both factors."""
    request.session.flush()
    login(request, account.user, backend=BACKEND)
    django_otp.login(request, device)
    request.session.cycle_key()
    open_session(request, account)
    quotas.give_back(quotas.PASSWORDS, person=account.insured.nir_lookup)
    logger.info("signed in", extra={"account": account.pk})


def sign_out(request: HttpRequest) -> None:
    """Close the session, whoever it belonged to."""
    close_session(request)
    logout(request)


def confirm(request: HttpRequest, session: OpenSession, *, code: str) -> Refused | RetryAfter | None:
    """A fresh code within an open session. None when it is right: changes are then allowed for FRESH_SECONDS.

    The session now stands on the factor that gave it: it goes on when the one used at sign-in is removed.
    """
    verified = _verify(request, session.account, code=code, slot=CONFIRMING)
    if isinstance(verified, Refused | RetryAfter):
        return verified
    finish_confirmation(request, session, device=verified)
    return None


def finish_confirmation(request: HttpRequest, session: OpenSession, *, device: Device) -> None:
    """Allow changes for FRESH_SECONDS to somebody who has just given a factor once more, under a new session key."""
    django_otp.login(request, device)
    request.session[CONFIRMED_KEY] = int(time.time())
    request.session.pop(CONFIRMING, None)
    change_key(request, session)


def is_confirmed(request: HttpRequest) -> bool:
    """Whether a fresh code was given in this session."""
    given_at = request.session.get(CONFIRMED_KEY)
    return given_at is not None and 0 <= time.time() - given_at <= FRESH_SECONDS


def _verify(request: HttpRequest, account: InsuredAccount, *, code: str, slot: str) -> Device | Refused | RetryAfter:
    chosen = chosen_factor(request, account, slot=slot)
    device_id = chosen.factor.device_id if chosen else ""
    verified = verify(request, account, device_id=device_id, code=code)
    if isinstance(verified, Refused | RetryAfter):
        logger.info("code refused", extra={"account": account.pk, "step": slot})
    return verified


@lru_cache(maxsize=1)
def nobodys_hash() -> str:
    """The hash of a password that nobody knows, compared with when there is no account."""
    return make_password(get_random_string(32))
