"""Sessions of the staff: 15 minutes without activity, 12 hours at most, as those of insured people.

The instants stand in the session itself. One without them was not opened by the sign-in of the staff, so it is
refused.
"""

import time
from typing import Final

from django.http import HttpRequest

from accounts.identity.sessions import IDLE, LONGEST, SEEN_EVERY, Ended

SESSION_KEY: Final = "staff_session"
CONFIRMED_KEY: Final = "staff_confirmed_at"
FRESH_SECONDS: Final = 5 * 60
"""How long a fresh code allows changes to one's own means of signing in."""


def open_session(request: HttpRequest) -> None:
    """Start the clocks of a session that was just signed in."""
    now = int(time.time())
    request.session[SESSION_KEY] = {"started_at": now, "seen_at": now}


def verdict(request: HttpRequest) -> Ended | None:
    """None while a session may go on."""
    kept = request.session.get(SESSION_KEY)
    if kept is None:
        return Ended.REVOKED
    now = time.time()
    if now - kept["started_at"] >= LONGEST.total_seconds():
        return Ended.TOO_LONG
    return Ended.IDLE if now - kept["seen_at"] >= IDLE.total_seconds() else None


def touch(request: HttpRequest) -> None:
    """Note activity, at most every SEEN_EVERY."""
    now = int(time.time())
    kept = request.session[SESSION_KEY]
    if now - kept["seen_at"] >= SEEN_EVERY.total_seconds():
        request.session[SESSION_KEY] = {**kept, "seen_at": now}


def seconds_left(request: HttpRequest) -> int:
    """Until the session ends if nothing happens any more."""
    kept = request.session[SESSION_KEY]
    ends_at = min(kept["seen_at"] + IDLE.total_seconds(), kept["started_at"] + LONGEST.total_seconds())
    return max(0, int(ends_at - time.time()))


def note_confirmation(request: HttpRequest) -> None:
    """A fresh code was given."""
    request.session[CONFIRMED_KEY] = int(time.time())
    request.session.cycle_key()


def is_confirmed(request: HttpRequest) -> bool:
    """Whether a fresh code was given in this session, a short while ago."""
    given_at = request.session.get(CONFIRMED_KEY)
    return given_at is not None and 0 <= time.time() - given_at <= FRESH_SECONDS
