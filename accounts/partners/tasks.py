"""What django-q2 wakes up for partners."""

from accounts.partners import tokens


def forget() -> int:
    """Expired tokens and used assertions go; returns how many."""
    return tokens.forget()
