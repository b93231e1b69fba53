"""Noting what happens to an account, and what of it deserves its owner's attention."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db.models.functions import Now

from accounts.identity.events import AccountEvent, AccountEventKind

KEPT: Final = dt.timedelta(days=365)
"""How long events stay (CNIL, recommandation 2021-122: between six months and a year)."""
NOTEWORTHY: Final = (
    AccountEventKind.PASSWORD_CHANGED,
    AccountEventKind.APP_ADDED,
    AccountEventKind.CHANNEL_ADDED,
    AccountEventKind.FACTOR_REMOVED,
    AccountEventKind.IDENTITY_LINKED,
    AccountEventKind.IDENTITY_REMOVED,
    AccountEventKind.RECOVERY_CODES_MADE,
    AccountEventKind.DATA_DOWNLOADED,
)
"""What a thief would do first."""


@dataclass(frozen=True, slots=True)
class SignIns:
    """``last`` is the one before the session under way; ``from_new_device`` those of unseen families, latest first."""

    last: AccountEvent | None
    from_new_device: tuple[AccountEvent, ...]


def note(insured_id: int, kind: AccountEventKind, *, browser: str = "", system: str = "") -> None:
    """Write one event, in the caller's transaction."""
    AccountEvent.objects.create(insured_id=insured_id, kind=kind, browser=browser, system=system)


def sign_ins(insured_id: int, *, session_started_at: dt.datetime, since: dt.datetime) -> SignIns:
    """The last sign-in before this session, and those since an instant whose browser and system were not seen before.

    The very first sign-in that is kept is nothing new: there is nothing to compare it with. One query.
    """
    events = list(AccountEvent.objects.filter(insured_id=insured_id, kind=AccountEventKind.SIGNED_IN).order_by("at"))
    seen: set[tuple[str, str]] = set()
    new: list[AccountEvent] = []
    for event in events:
        device = (event.browser, event.system)
        if seen and device not in seen and event.at >= since:
            new.append(event)
        seen.add(device)
    # The event of this session is written with it, by another clock: a moment apart at most.
    before = [event for event in events if event.at < session_started_at - dt.timedelta(seconds=5)]
    return SignIns(last=before[-1] if before else None, from_new_device=tuple(reversed(new)))


def changes_since(insured_id: int, since: dt.datetime) -> list[AccountEvent]:
    """Whatever is noteworthy, the latest first."""
    return list(AccountEvent.objects.filter(insured_id=insured_id, kind__in=NOTEWORTHY, at__gte=since).order_by("-at"))


def purge_old() -> int:
    """Delete events older than KEPT; returns how many."""
    deleted, _ = AccountEvent.objects.filter(at__lt=Now() - KEPT).delete()
    return deleted
