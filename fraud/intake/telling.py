"""Outside the space, a person reads only that a message waits for them there."""

import datetime as dt
from typing import Final

from django.db.models.functions import Now

from fraud.intake.enums import Author
from fraud.intake.models import ReportMessage
from outreach.notifications.enums import MessageKind
from outreach.notifications.single import post_single

QUIET: Final = dt.timedelta(hours=24)
"""A second message that waits beside an unread one is not announced again for so long."""


def tell_outside(insured_id: int) -> None:
    """Announce that something waits, on the person's channel; in the caller's transaction, before it is written."""
    unread = ReportMessage.objects.filter(insured_id=insured_id, author=Author.STAFF, read_at=None)
    if not unread.filter(written_at__gt=Now() - QUIET).exists():
        post_single(MessageKind.MESSAGE_WAITING, insured_id=insured_id)
