"""What django-q2 wakes up for conversations."""

from fraud.conversations.transferring import give_back_for_absent


def cover_absences() -> int:
    """What absent advisers hold goes back to the queue; returns how many conversations."""
    return give_back_for_absent()
