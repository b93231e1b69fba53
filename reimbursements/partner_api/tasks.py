"""What django-q2 wakes up for the feeds of partners."""

from reimbursements.partner_api import publishing


def publish() -> int:
    """Leaves, joins and loaded batches; returns how many of them were told."""
    told = publishing.publish()
    return told.joined + told.left + told.batches


def follow_memberships() -> int:
    """Changed membership periods; returns how many were told."""
    return publishing.follow_memberships()


def purge() -> int:
    """Rows whose lines are past retention go; returns how many."""
    return publishing.purge()
