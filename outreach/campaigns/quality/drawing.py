"""Which calls are read again: a few of each adviser's a week, by a draw that none foresees and all can redo."""

import datetime as dt
import hmac
from typing import Final

from ameli_notify.core.crypto import lookup_key
from ameli_notify.core.sql import run
from outreach.campaigns.campaign.dispositions import TRAITS
from outreach.campaigns.quality.grid import publish_grid
from outreach.campaigns.quality.walls import REVIEW
from outreach.campaigns.targeting.lists import today
from outreach.campaigns.walls import ATTEMPT, TASK

EACH: Final = 2
"""Calls of each adviser and week in which somebody answered."""
WEEKS: Final = 2
"""Whole weeks that a run looks back at: one that was missed is made good."""
_HUMAN: Final = ", ".join(f"'{each}'" for each, traits in TRAITS.items() if traits.human)

# The key makes the order, so that nobody can tell beforehand; the same key and calls give the same order again.
_DRAW: Final = f"""
INSERT INTO {REVIEW} (attempt_id, campaign_id, adviser_id, week_on, grid_id, drawn_at)
SELECT id, campaign_id, adviser_id, %(monday)s, %(grid)s, now()
FROM (
    SELECT a.id, t.campaign_id, a.adviser_id,
        row_number() OVER (PARTITION BY a.adviser_id ORDER BY sha256(%(seed)s || int8send(a.id)), a.id) AS place
    FROM {ATTEMPT} a JOIN {TASK} t ON t.id = a.task_id
    WHERE a.ended_at >= %(monday)s::timestamp AT TIME ZONE 'Europe/Paris'
      AND a.ended_at < (%(monday)s::timestamp + interval '7 days') AT TIME ZONE 'Europe/Paris'
      AND a.disposition IN ({_HUMAN})
) drawn
WHERE place <= %(each)s
ON CONFLICT (attempt_id) DO NOTHING
"""


def draw_reviews() -> int:
    """Draw the calls of the last whole weeks; again, it draws the same, and adds nothing. Returns how many are new."""
    this_monday = today() - dt.timedelta(days=today().weekday())
    return sum(draw_week(this_monday - dt.timedelta(weeks=back)) for back in range(1, WEEKS + 1))


def draw_week(monday: dt.date) -> int:
    """Draw the calls of a whole week by its Monday."""
    seed = hmac.digest(lookup_key(), f"quality|{monday}".encode(), "sha256")
    return run(_DRAW, {"monday": monday, "seed": seed, "grid": publish_grid().pk, "each": EACH})
