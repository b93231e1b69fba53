"""One message to one person, outside of any wave: it goes into the lane of single messages, and leaves at once.

The text is the same for everybody, as in a wave; the row holds ids only. Who may not be written to gets a row that
says so. The order of the cases is that of the waves: what forbids writing first, then the person's wish.
"""

from typing import Final

from django.db import transaction
from django.utils import timezone

from ameli_notify.core.jobs import enqueue
from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.core.sql import fetch_one
from outreach.digest.schema import NOTIFICATION
from outreach.notifications.enums import Channel, MessageKind
from outreach.notifications.versions import active_templates

_DRAIN: Final = "outreach.notifications.tasks.drain"
CHANNEL_DECISION: Final = """CASE
            WHEN p.died_on IS NOT NULL THEN 'deceased'
            WHEN p.is_contact_protected THEN 'protected'
            WHEN p.preferred_channel = 'none' THEN 'opted-out'
            WHEN p.preferred_channel = 'post' AND p.postcode <> '' THEN 'post'
            WHEN p.preferred_channel = 'sms' AND p.has_mobile THEN 'sms'
            WHEN p.has_email THEN 'email'
            WHEN p.has_mobile THEN 'sms'
            WHEN p.postcode <> '' THEN 'post'
            ELSE 'no-contact'
        END"""
"""SQL: the channel on which a person ``p`` is written to, else the reason why not."""

_POST: Final = f"""
WITH decided AS (
    SELECT p.id AS insured_id, {CHANNEL_DECISION} AS decision
    FROM accounts_insuredperson p WHERE p.id = %(insured)s
)
INSERT INTO {NOTIFICATION}
    (insured_id, template_id, created_on, channel, status, status_reason, next_attempt_at, settled_at)
SELECT insured_id,
    CASE decision WHEN 'email' THEN %(email)s WHEN 'sms' THEN %(sms)s WHEN 'post' THEN %(post)s END,
    %(day)s,
    CASE WHEN decision IN ('email', 'sms', 'post') THEN decision ELSE 'none' END,
    CASE WHEN decision IN ('email', 'sms', 'post') THEN 'created' ELSE 'cancelled' END,
    CASE WHEN decision IN ('email', 'sms', 'post') THEN '' ELSE decision END,
    CASE WHEN decision IN ('email', 'sms', 'post') THEN now() END,
    CASE WHEN decision IN ('email', 'sms', 'post') THEN NULL ELSE now() END
FROM decided
RETURNING channel
"""


def post_single(kind: MessageKind, *, insured_id: int) -> Channel:
    """Put one message into the outbox, in the caller's transaction; ``Channel.NONE`` when nobody may be written to.

    Raises LookupError for somebody who is not in the directory.
    """
    with transaction.atomic():
        templates = active_templates(kind)
        day = timezone.localdate()
        ensure_partitions(NOTIFICATION, first=day, last=day, span=Span.DAY)
        values = {channel.value: template.pk for channel, template in templates.items()}
        row = fetch_one(_POST, {"insured": insured_id, "day": day, **values})
        if row is None:
            raise LookupError("nobody to write to")
        channel = Channel(row[0])
        if channel is not Channel.NONE:
            enqueue(_DRAIN, channel.value)
    return channel
