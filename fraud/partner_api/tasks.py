"""What django-q2 wakes up for the alerts of mutuals."""

from fraud.partner_api import publishing


def publish_alerts() -> int:
    """New, changed and removed alerts; returns how many."""
    done = publishing.publish_alerts()
    return done.told + done.removed


def purge_alerts() -> int:
    """Alerts that were taken away long ago go; returns how many."""
    return publishing.purge_alerts()
