"""Telling the partners' webhooks that their feed goes on: once after each publication, however much came.

What is due is found by comparing where the feed is with what was announced, so that a publisher that dies before this
step leaves it to the next one.
"""

from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.partners.webhooks.announcing import ENDPOINT, announce
from accounts.partners.webhooks.enums import EndpointState, EventType
from ameli_notify.core.api.cursors import CursorBook
from ameli_notify.core.sql import fetch_all, run
from reimbursements.partner_api.models import AnnouncedFeed
from reimbursements.partner_api.schema import CHANGE

FEED: Final = "changes"
"""The feed's cursors (``CursorBook``)."""
_ANNOUNCED: Final = AnnouncedFeed._meta.db_table

_DUE: Final = f"""
SELECT listener.partner_id, feed.position
FROM (SELECT DISTINCT e.partner_id FROM {ENDPOINT} e
      WHERE e.state = '{EndpointState.ACTIVE}' AND e.event_types ? '{EventType.CHANGES_AVAILABLE}') listener
CROSS JOIN LATERAL (SELECT max(x.position) AS position FROM {CHANGE} x WHERE x.partner_id = listener.partner_id) feed
LEFT JOIN {_ANNOUNCED} told ON told.partner_id = listener.partner_id
WHERE feed.position > coalesce(told.position, 0)
ORDER BY listener.partner_id
"""

# Of several publishers at once, the first to tell.
_NOTE: Final = f"""
INSERT INTO {_ANNOUNCED} AS told (partner_id, position, announced_at) VALUES (%(partner)s, %(position)s, %(now)s)
ON CONFLICT (partner_id) DO UPDATE SET position = excluded.position, announced_at = excluded.announced_at
WHERE told.position < excluded.position
"""


def announce_changes() -> int:
    """Announce to whoever listens and has not been told up to here; returns how many partners were."""
    return sum(_announce(partner_id, position) for partner_id, position in fetch_all(_DUE))


def place_in_feed(partner_id: int, position: int) -> str:
    """The ``next_after`` of a partner that has read up to this position."""
    return CursorBook(FEED, reader=partner_id, filters={}).make((position,))


def _announce(partner_id: int, position: int) -> bool:
    with transaction.atomic():
        if not run(_NOTE, {"partner": partner_id, "position": position, "now": timezone.now()}):
            return False
        news = {"position": place_in_feed(partner_id, position)}
        announce(partner_id, EventType.CHANGES_AVAILABLE, news, replaces_older=True)
    return True
