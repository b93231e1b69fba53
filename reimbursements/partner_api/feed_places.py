"""Places in a partner's feed: as a partner holds them, and as an instant names them."""

import datetime as dt
from typing import Final

from ameli_notify.core.api.cursors import CursorBook
from ameli_notify.core.sql import fetch_one
from reimbursements.partner_api.schema import CHANGE

# Positions are given in the order of publication: halving the span finds the instant by a score of index look-ups.
_LAST_BEFORE: Final = f"""
WITH RECURSIVE seek (low, high) AS (
    SELECT min(position) - 1, max(position) + 1 FROM {CHANGE} WHERE partner_id = %(partner)s
    UNION ALL
    SELECT CASE WHEN probe.published_at < %(at)s THEN probe.position ELSE low END,
        CASE WHEN probe.published_at < %(at)s THEN high ELSE middle END
    FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM seek WHERE high - low > 1) span
    LEFT JOIN LATERAL (
        SELECT x.position, x.published_at FROM {CHANGE} x
        WHERE x.partner_id = %(partner)s AND x.position >= middle AND x.position < high
        ORDER BY x.position LIMIT 1) probe ON true
)
SELECT low FROM seek ORDER BY high - low LIMIT 1
"""


def feed_book(partner_id: int) -> CursorBook:
    """What ``next_after`` is made with: the feed takes no filters."""
    return CursorBook("changes", reader=partner_id, filters={})


def last_position_before(partner_id: int, at: dt.datetime) -> int:
    """The place after which everything was published at ``at`` or later. Within ``as_partner``."""
    found = fetch_one(_LAST_BEFORE, {"partner": partner_id, "at": at})
    return 0 if found is None or found[0] is None else int(found[0])
