"""What django-q2 wakes up for webhooks; the truth is in the rows, losing or repeating a wake-up is harmless."""

from accounts.partners.webhooks import ledger, sending


def deliver() -> int:
    """Send what is due, after settling what can no longer be; returns how many messages were received."""
    ledger.heal()
    return sending.deliver()


def purge() -> int:
    """Deliveries settled long ago go; returns how many."""
    return ledger.purge()
