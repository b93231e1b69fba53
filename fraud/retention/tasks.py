"""What django-q2 wakes up for the end of what is kept."""

from fraud.retention.forgetting import forget_past_term


def forget() -> tuple[int, int, int, int]:
    """Contents of attachments, reports, cases and conversations that went."""
    gone = forget_past_term()
    return gone.contents, gone.reports, gone.cases, gone.talks
