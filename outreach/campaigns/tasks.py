"""What django-q2 wakes up for campaigns. Each may run twice, late, or after a kill."""

from outreach.campaigns.targeting import lists


def advance_lists() -> int:
    """Count and freeze whatever is wanted, for less than a minute."""
    return lists.advance_lists()
