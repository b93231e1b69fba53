"""What is still unsent when its day's partition is about to be dropped: counted, never silently lost."""

import datetime as dt
from typing import Final

from django.db import transaction

from ameli_notify.core.sql import fetch_value, run
from outreach.digest.schema import NOTIFICATION
from outreach.notifications.dispatch.ledger import CHUNK
from outreach.notifications.dispatch.writing import DUE_AGAIN

# A claimed row, or one at or below its chunk's hand-up mark, may have been handed over.
_EXPIRE: Final = f"""
WITH lost AS (
    UPDATE {NOTIFICATION} n
    SET status = CASE WHEN {{handed}} THEN 'unknown' ELSE 'cancelled' END,
        status_reason = CASE WHEN {{handed}} THEN '' ELSE 'expired' END,
        settled_at = now(), next_attempt_at = NULL, claim_token = NULL
    WHERE n.created_on < %s AND n.status IN ('created', 'claimed')
    RETURNING n.insured_id, n.created_on, n.run_id
), due_again AS (
    {DUE_AGAIN}
)
SELECT count(*) FROM lost
""".format(
    handed=f"""(n.status = 'claimed' OR n.next_attempt_at IS NULL AND EXISTS (
        SELECT FROM {CHUNK} c WHERE c.run_id = n.run_id AND n.id BETWEEN c.first_id AND c.handed_up_to))"""
)


def expire_unsent(*, before: dt.date) -> int:
    """Settle what is unsent of the days before ``before``, as ``cancelled`` with the reason ``expired``.

    Its people become due again. A sender that still holds such a chunk loses its lease. Returns how many rows.
    """
    with transaction.atomic():
        run(
            f"""UPDATE {CHUNK} SET status = 'done', finished_at = now(), claim_token = NULL, leased_until = NULL
                WHERE created_on < %s AND status <> 'done'""",
            [before],
        )
        expired = int(fetch_value(_EXPIRE, [before]))
        run(
            """UPDATE outreach_digestrun SET status = 'finished', finished_at = now()
               WHERE planned_on < %s AND status <> 'finished'""",
            [before],
        )
    return expired
