"""What django-q2 wakes up for the feeds of partners."""

from reimbursements.partner_api import publishing
from reimbursements.partner_api.exports import making, ordering


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


def advance_exports() -> int:
    """Files of the exports that are under way; returns how many steps were made."""
    return making.advance_exports()


def forget_exports() -> int:
    """Files of exports that may not wait any longer; returns how many went."""
    return ordering.forget_unfit()


def purge_exports() -> int:
    """Old orders and nameless files go; returns how many."""
    return ordering.purge()
