"""What django-q2 wakes up for the sign-in: forgetting what has served its time."""

from accounts.identity.activity import purge_old as purge_events
from accounts.identity.outbox import close_overdue, purge_settled
from accounts.identity.proving import purge_old
from accounts.identity.sessions import purge_ended
from ameli_notify.core.limits import purge_ended as purge_counters


def forget() -> int:
    """Delete ended sessions, old proofs and events, settled messages, counters that ended; returns how many."""
    close_overdue()
    return purge_ended() + purge_old() + purge_events() + purge_settled() + purge_counters()
