"""Who is due: each loaded batch adds its people once.

Planning never scans lines: its cost follows the people due, not the history. A batch is found by the absence of its
CollectedBatch row and not by a watermark, so a batch that commits late is never passed over.
"""

from typing import Final

from django.db import transaction

from ameli_notify.core.sql import fetch_all, run
from outreach.digest.models import CollectedBatch
from outreach.digest.schema import DUE
from reimbursements.lines.schema import TABLE as LINE

_WAITING: Final = """
SELECT b.id, b.first_payment_on, b.last_payment_on FROM reimbursements_importbatch b
WHERE b.status = 'loaded' AND NOT EXISTS (SELECT FROM outreach_collectedbatch c WHERE c.batch_id = b.id)
ORDER BY b.id
"""

# Both sides of the join are bounded by the batch's own payment dates: only its partitions are read.
_ADD_PEOPLE: Final = f"""
INSERT INTO {DUE} AS due (insured_id, cohort, line_count, first_payment_on, last_payment_on)
SELECT seen.insured_id, p.cohort, seen.line_count, seen.first_on, seen.last_on
FROM (
    SELECT insured_id, count(*) AS line_count, min(payment_date) AS first_on, max(payment_date) AS last_on
    FROM {LINE}
    WHERE batch_id = %s AND payment_date BETWEEN %s AND %s AND NOT is_confidential
    GROUP BY insured_id
) seen
JOIN accounts_insuredperson p ON p.id = seen.insured_id
ORDER BY p.cohort, seen.insured_id
ON CONFLICT (cohort, insured_id) DO UPDATE SET
    line_count = due.line_count + excluded.line_count,
    first_payment_on = least(due.first_payment_on, excluded.first_payment_on),
    last_payment_on = greatest(due.last_payment_on, excluded.last_payment_on)
"""


def collect_due() -> int:
    """Add the people of every loaded batch not yet collected; returns how many batches were.

    One transaction a batch: its row in CollectedBatch and its people stand or fall together, and of two
    collectors at once the second waits for that row, then finds nothing to do.
    """
    return sum(_collect(*batch) for batch in fetch_all(_WAITING))


def _collect(batch_id: int, first_on: object, last_on: object) -> bool:
    with transaction.atomic():
        run("SET LOCAL statement_timeout = 0")
        claimed = run(
            """INSERT INTO outreach_collectedbatch (batch_id, collected_at, people) VALUES (%s, now(), 0)
               ON CONFLICT (batch_id) DO NOTHING""",
            [batch_id],
        )
        if not claimed:
            return False
        if first_on is not None:
            people = run(_ADD_PEOPLE, [batch_id, first_on, last_on])
            CollectedBatch.objects.filter(pk=batch_id).update(people=people)
    return True
