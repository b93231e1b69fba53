"""What django-q2 wakes up for sign-in messages: at once when one is posted, and every minute to be sure."""

import time
from typing import Final

from accounts.identity.enums import CodeChannel
from outreach.codes.sending import send_waiting

SECONDS: Final = 40.0
"""Shorter than the queue's timeout."""


def send_codes(channel: str) -> int:
    """Hand over one channel's messages; returns how many were taken up."""
    started = time.monotonic()
    return send_waiting(CodeChannel(channel), is_stopping=lambda: time.monotonic() - started > SECONDS).claimed
