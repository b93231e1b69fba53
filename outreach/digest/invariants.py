"""What must always hold of the outbox, counted in the database. Zero means it holds.

Numbered after the reliability invariants of the field (sent, due, ambiguous, parked):

I1   once_only: people with more than one notification of one run; recipients without their notification.
I2   every_person_counted: runs whose recipients and notifications are not as many as planned.
I3   accepted_was_handed: notifications with a carrier's answer above their chunk's ``handed_up_to``.
I4   nothing_in_between: rows of a finished chunk that are still pending without a date for the next try.
I5   all_settled: rows pending in a run that is marked finished.
I6   unknown_is_due_again: people of an ``unknown`` message neither due again nor in a later run.
I7   refused_is_final: permanent failures that are waiting for another try.
I8   poison_is_parked: pending rows started more often than allowed, in chunks.
I9   one_run_a_day: days with several runs, or a run of a cohort that is not its day's.
I10  cancelled_has_reason: cancelled rows without a reason, or waiting for a try.
I11  no_stale_lease: chunks of a run being sent, and rows of the lane, whose lease ended an hour ago untaken.
I12  batches_collected: loaded batches older than an hour whose people were not collected.
"""

from typing import Final

from ameli_notify.core.sql import fetch_value
from outreach.digest.schema import DUE, NOTIFICATION, RECIPIENT

_CHUNK: Final = "outreach_notificationchunk"
# Days past their retention are dropped with their partition: there is nothing left to compare.
_HAS_NOTIFICATIONS: Final = f"to_regclass('{NOTIFICATION}_p' || to_char(r.planned_on, 'YYYYMMDD')) IS NOT NULL"
_HAS_RECIPIENTS: Final = f"to_regclass('{RECIPIENT}_p' || to_char(r.planned_on, 'YYYYMM') || '01') IS NOT NULL"

CHECKS: Final[dict[str, str]] = {
    "I1_once_only": f"""
        SELECT (SELECT count(*) FROM (SELECT 1 FROM {NOTIFICATION} WHERE run_id IS NOT NULL
                GROUP BY created_on, run_id, insured_id HAVING count(*) > 1) twice)
             + (SELECT count(*) FROM {RECIPIENT} r LEFT JOIN {NOTIFICATION} n
                  ON n.created_on = r.planned_on AND n.id = r.notification_id AND n.insured_id = r.insured_id
                WHERE n.id IS NULL AND {_HAS_NOTIFICATIONS})
    """,
    "I2_every_person_counted": f"""
        SELECT count(*) FROM outreach_digestrun r
        WHERE ({_HAS_RECIPIENTS} AND r.people <> (
                   SELECT count(*) FROM {RECIPIENT} x WHERE x.planned_on = r.planned_on AND x.run_id = r.id))
           OR ({_HAS_NOTIFICATIONS} AND r.people <> (
                   SELECT count(*) FROM {NOTIFICATION} n WHERE n.created_on = r.planned_on AND n.run_id = r.id))
    """,
    "I3_accepted_was_handed": f"""
        SELECT count(*) FROM {_CHUNK} c JOIN {NOTIFICATION} n
          ON n.created_on = c.created_on AND n.id > c.handed_up_to AND n.id <= c.last_id AND n.run_id = c.run_id
        WHERE c.status <> 'done' AND n.status IN ('sending', 'delivered', 'unknown')
    """,
    "I4_nothing_in_between": f"""
        SELECT count(*) FROM {_CHUNK} c JOIN {NOTIFICATION} n
          ON n.created_on = c.created_on AND n.id BETWEEN c.first_id AND c.last_id AND n.run_id = c.run_id
        WHERE c.status = 'done' AND n.status = 'created' AND n.next_attempt_at IS NULL
    """,
    "I5_all_settled": f"""
        SELECT count(*) FROM outreach_digestrun r JOIN {NOTIFICATION} n
          ON n.created_on = r.planned_on AND n.run_id = r.id
        WHERE r.status = 'finished' AND n.status IN ('created', 'claimed')
    """,
    "I6_unknown_is_due_again": f"""
        SELECT count(*) FROM {NOTIFICATION} n
        WHERE n.status = 'unknown' AND n.run_id IS NOT NULL
          AND EXISTS (SELECT FROM accounts_insuredperson p WHERE p.id = n.insured_id)
          AND NOT EXISTS (SELECT FROM {DUE} d WHERE d.insured_id = n.insured_id)
          AND NOT EXISTS (SELECT FROM {RECIPIENT} r JOIN outreach_digestrun later ON later.id = r.run_id
                          WHERE r.insured_id = n.insured_id AND r.run_id <> n.run_id
                            AND later.planned_at > n.settled_at)
    """,
    "I7_refused_is_final": f"""
        SELECT count(*) FROM {NOTIFICATION} WHERE status = 'permanent-failure' AND next_attempt_at IS NOT NULL
    """,
    "I8_poison_is_parked": f"""
        SELECT count(*) FROM {NOTIFICATION} WHERE status = 'created' AND next_attempt_at IS NULL AND attempts > 3
    """,
    "I9_one_run_a_day": """
        SELECT (SELECT count(*) FROM (SELECT 1 FROM outreach_digestrun GROUP BY planned_on HAVING count(*) > 1) twice)
             + (SELECT count(*) FROM outreach_digestrun WHERE cohort <> mod(planned_on - date '0001-01-01' + 1, 10))
    """,
    "I10_cancelled_has_reason": f"""
        SELECT count(*) FROM {NOTIFICATION}
        WHERE status = 'cancelled' AND (status_reason = '' OR next_attempt_at IS NOT NULL)
    """,
    "I11_no_stale_lease": f"""
        SELECT (SELECT count(*) FROM {_CHUNK} c JOIN outreach_digestrun r ON r.id = c.run_id
                WHERE c.status = 'claimed' AND r.status = 'sending' AND c.leased_until < now() - interval '1 hour')
             + (SELECT count(*) FROM {NOTIFICATION}
                WHERE status = 'claimed' AND next_attempt_at < now() - interval '1 hour')
    """,
    "I12_batches_collected": """
        SELECT count(*) FROM reimbursements_importbatch b
        WHERE b.status = 'loaded' AND b.finished_at < now() - interval '1 hour'
          AND NOT EXISTS (SELECT FROM outreach_collectedbatch c WHERE c.batch_id = b.id)
    """,
}


def check_invariants() -> dict[str, int]:
    """Violations by invariant. These are full scans: for operators and tests, not for a page."""
    return {name: int(fetch_value(query)) for name, query in CHECKS.items()}
