"""Passkeys of insured people: adding one, and giving one as the second factor. Tries are counted, changes are told."""

from functools import partial
from typing import Any, Final

from django.http import HttpRequest

from accounts.identity import passkeys, quotas
from accounts.identity.changing import tell
from accounts.identity.events import AccountEventKind
from accounts.identity.factors import Refused
from accounts.identity.models import InsuredAccount, OpenSession
from accounts.identity.passkeys import Purpose
from accounts.identity.sign_in import finish_confirmation, finish_sign_in
from ameli_notify.core.limits import RetryAfter

SHOWN_NAME: Final = "Mon espace"
"""What the person's device shows beside the name of the site. It names nobody: others may look at the device."""


class TooManyPasskeysError(ValueError):
    """No more than MOST_PASSKEYS passkeys."""


def ask_for_new(request: HttpRequest, account: InsuredAccount) -> dict[str, Any]:
    """What the browser needs to make a passkey. Raises TooManyPasskeysError."""
    if len(passkeys.passkeys_of(account.user_id)) >= passkeys.MOST_PASSKEYS:
        raise TooManyPasskeysError
    return passkeys.ask_for_new(request, account.user, account_name=SHOWN_NAME)


def add(request: HttpRequest, account: InsuredAccount, *, name: str, answer: str) -> bool:
    """Register the passkey that the browser made and tell its owner; False when the answer is refused."""
    announce = partial(tell, account, AccountEventKind.APP_ADDED)
    return passkeys.add(request, account.user, name=name, answer=answer, announce=announce) is not None


def give(request: HttpRequest, account: InsuredAccount, *, answer: str) -> Refused | RetryAfter | None:
    """Second factor of a sign-in. None when it is right: the person is then signed in, under a new session key."""
    passkey = _used(request, account, purpose=Purpose.SIGN_IN, answer=answer)
    if isinstance(passkey, Refused | RetryAfter):
        return passkey
    finish_sign_in(request, account, device=passkey)
    return None


def confirm(request: HttpRequest, session: OpenSession, *, answer: str) -> Refused | RetryAfter | None:
    """A passkey in the place of a fresh code (``sign_in.confirm``). None when it is right."""
    passkey = _used(request, session.account, purpose=Purpose.CONFIRM, answer=answer)
    if isinstance(passkey, Refused | RetryAfter):
        return passkey
    finish_confirmation(request, session, device=passkey)
    return None


def _used(request: HttpRequest, account: InsuredAccount, *, purpose: Purpose, answer: str) -> Any:  # noqa: ANN401 (the package has no types)
    person = account.insured.nir_lookup
    blocked = quotas.use(quotas.CODE_TRIES, request, person=person)
    if blocked:
        return blocked
    passkey = passkeys.use(request, account.user, purpose=purpose, answer=answer)
    if passkey is None:
        return Refused()
    quotas.give_back(quotas.CODE_TRIES, person=person)
    return passkey
