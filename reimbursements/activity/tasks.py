"""What django-q2 wakes up for the roll-ups of activity."""

from reimbursements.activity.rollup import count_activity


def count_loaded() -> int:
    """Count the batches that were loaded since; returns how many."""
    return count_activity()
