"""What django-q2 wakes up: coarse drain tasks. The truth is in the ledger; losing or repeating one is harmless."""

import time
from typing import Final

from outreach.digest.planning import finish_runs
from outreach.notifications.dispatch.sender import Sender
from outreach.notifications.enums import Channel

DRAIN_SECONDS: Final = 40.0
"""Shorter than the queue's timeout and than the minute between two wake-ups."""


def drain(channel: str) -> int:
    """Hand over one channel's messages for at most DRAIN_SECONDS; returns how many the carrier answered for."""
    started = time.monotonic()
    sender = Sender(Channel(channel), is_stopping=lambda: time.monotonic() - started > DRAIN_SECONDS)
    tally = sender.run()
    finish_runs()
    return tally.handed
