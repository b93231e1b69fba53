"""Sessions of insured people: 15 minutes without activity, 12 hours at most, listed and revocable.

The truth is our row, found by a keyed hash of the session key: what ends here is refused at the next request,
whatever Django's session store still holds.
"""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Final

from django.http import HttpRequest
from django.utils import timezone

from accounts.identity.activity import note
from accounts.identity.browsers import families
from accounts.identity.events import AccountEventKind
from accounts.identity.models import InsuredAccount, OpenSession
from accounts.staff.models import User
from ameli_notify.core.crypto import lookup_id, lookup_key

IDLE: Final = dt.timedelta(minutes=15)
LONGEST: Final = dt.timedelta(hours=12)
WARNING: Final = dt.timedelta(minutes=2)
"""How long before its end somebody is warned."""
SEEN_EVERY: Final = dt.timedelta(seconds=10)
"""Activity is written at most this often, so a session may end up to so much earlier than 15 minutes."""


class Ended(StrEnum):
    """Why a session is over."""

    IDLE = "idle"
    TOO_LONG = "too-long"
    REVOKED = "revoked"


def open_session(request: HttpRequest, account: InsuredAccount) -> OpenSession:
    """Register the session that was just signed in, and note the sign-in for its owner."""
    now = timezone.now()
    browser, system = families(request)
    note(account.insured_id, AccountEventKind.SIGNED_IN, browser=browser, system=system)
    return OpenSession.objects.create(
        account=account,
        key_lookup=_key_lookup(request),
        browser=browser,
        system=system,
        started_at=now,
        last_seen_at=now,
    )


def find_session(request: HttpRequest, *, user: User) -> OpenSession | None:
    """The row behind a request, with its account and person; None when revoked, never opened, or not the user's."""
    if request.session.session_key is None:
        return None
    sessions = OpenSession.objects.select_related("account__insured")
    session = sessions.filter(key_lookup=_key_lookup(request), account__user=user).first()
    if session is not None:
        session.account.user = user
    return session


def verdict(session: OpenSession) -> Ended | None:
    """None while a session may go on."""
    now = timezone.now()
    if now - session.started_at >= LONGEST:
        return Ended.TOO_LONG
    return Ended.IDLE if now - session.last_seen_at >= IDLE else None


def touch(session: OpenSession) -> None:
    """Note activity."""
    now = timezone.now()
    if now - session.last_seen_at >= SEEN_EVERY:
        session.last_seen_at = now
        OpenSession.objects.filter(pk=session.pk).update(last_seen_at=now)


def ends_at(session: OpenSession) -> dt.datetime:
    """When a session ends if nothing happens any more."""
    return min(session.last_seen_at + IDLE, session.started_at + LONGEST)


def change_key(request: HttpRequest, session: OpenSession) -> None:
    """Give the session a new key, as after each factor; the old one opens nothing any more."""
    request.session.cycle_key()
    session.key_lookup = _key_lookup(request)
    OpenSession.objects.filter(pk=session.pk).update(key_lookup=session.key_lookup)


def close_session(request: HttpRequest) -> None:
    """Forget the row of the session that signs out."""
    if request.session.session_key is not None:
        OpenSession.objects.filter(key_lookup=_key_lookup(request)).delete()


def revoke(account: InsuredAccount, *, session_id: uuid.UUID) -> bool:
    """End one session of an account; False when it has no such session."""
    deleted, _ = OpenSession.objects.filter(account=account, pk=session_id).delete()
    return deleted == 1


def revoke_others(account: InsuredAccount, *, keep: uuid.UUID | None) -> int:
    """End all sessions of an account but one; returns how many."""
    others = OpenSession.objects.filter(account=account)
    if keep is not None:
        others = others.exclude(pk=keep)
    deleted, _ = others.delete()
    return deleted


def live_sessions(account: InsuredAccount) -> list[OpenSession]:
    """The sessions that can still be used, the most recently active first."""
    now = timezone.now()
    return list(
        OpenSession.objects.filter(account=account, last_seen_at__gt=now - IDLE, started_at__gt=now - LONGEST).order_by(
            "-last_seen_at", "pk"
        )
    )


def purge_ended() -> int:
    """Delete the rows of sessions that have ended; returns how many."""
    deleted, _ = OpenSession.objects.filter(last_seen_at__lte=timezone.now() - LONGEST).delete()
    return deleted


def _key_lookup(request: HttpRequest) -> uuid.UUID:
    return lookup_id("session", request.session.session_key or "", key=lookup_key())
