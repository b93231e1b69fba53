"""From the stage into ``reimbursements_line``: one plain INSERT … SELECT.

ON CONFLICT would cost every line a third more. Keys that stand twice in the file are found before the insert; keys
of earlier batches are not looked for. If the insert meets one it is rolled back to its savepoint, the lines are told
apart as new, duplicate or in conflict, and the new ones are inserted.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.core.sql import run
from reimbursements.feed.checks import check_cancellations
from reimbursements.feed.layout import STORED
from reimbursements.feed.twins import (
    IS_CONFIDENTIAL,
    IS_LEFT,
    forget_twins,
    name_conflicts,
    sort_twins_in_file,
    sort_twins_of_earlier_batches,
)
from reimbursements.lines.schema import TABLE

_INSERT: Final = f"""
INSERT INTO {TABLE} (batch_id, insured_id, beneficiary_id, is_confidential, {", ".join(STORED)})
SELECT %s, p.insured_id, p.beneficiary_id, {IS_CONFIDENTIAL}, {", ".join(STORED.values())}
FROM feed_stage s
JOIN feed_pair p ON p.insured_nir = s.insured_nir AND p.beneficiary_nir = s.beneficiary_nir
WHERE {IS_LEFT}
"""


def prepare_months(days: Iterable[dt.date]) -> None:
    """Make the month partitions that the payment dates need. Short, in a transaction of its own."""
    for month in sorted({day.replace(day=1) for day in days}):
        ensure_partitions(TABLE, first=month, last=month, span=Span.MONTH)


def insert_lines(batch_id: int) -> int:
    """Insert what is neither rejected nor a twin; returns the number of lines. Inside a transaction."""
    sort_twins_in_file()
    name_conflicts()
    check_cancellations()
    try:
        with transaction.atomic():
            return run(_INSERT, [batch_id])
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
    forget_twins()
    sort_twins_of_earlier_batches()
    sort_twins_in_file()
    name_conflicts()
    check_cancellations()
    return run(_INSERT, [batch_id])
