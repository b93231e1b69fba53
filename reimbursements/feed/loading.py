"""From a filled stage to a loaded batch: the one path that ``import_feed`` and ``replay_rejects`` share."""

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils import timezone

from ameli_notify.core.import_report import FileReport
from ameli_notify.core.sql import fetch_all
from reimbursements.feed.checks import check_rows
from reimbursements.feed.merge import insert_lines, prepare_months
from reimbursements.feed.models import ImportBatch
from reimbursements.feed.rejects import tally
from reimbursements.feed.resolving import resolve
from reimbursements.feed.staging import PaymentDay, Staged, make_stage, stage
from reimbursements.lines.services import first_kept_day

_LEFT_OUT_DAYS: Final = """
SELECT s.payment_date, count(*), sum(s.amount_paid)
FROM (SELECT line_number FROM feed_rejected UNION SELECT line_number FROM feed_twin) o
JOIN feed_stage s USING (line_number)
WHERE s.payment_date IS NOT NULL
GROUP BY s.payment_date
"""


class AccountingError(RuntimeError):
    """Loaded, duplicate and rejected lines do not add up to the lines of the file: nothing is loaded."""


def stage_and_judge(
    blocks: Iterable[bytes], *, flow_date: dt.date, kept_on: dt.date, check: Callable[[Staged], None] | None = None
) -> Staged:
    """Stage blocks of lines, run every check on them, and have the partitions of those that pass.

    A payment after ``flow_date`` is refused, and so is one that the line table no longer keeps on ``kept_on``.
    ``check`` may refuse the whole from what staging counted. One transaction: a commit for each statement would
    cost more than the statements of a small file.
    """
    oldest = first_kept_day(kept_on)
    with transaction.atomic():
        make_stage()
        staged = stage(blocks)
        if check is not None:
            check(staged)
        resolve()
        check_rows(flow_date=flow_date, oldest=oldest)
    prepare_months(day for day in staged.days if oldest <= day <= flow_date)
    return staged


def merge(batch: ImportBatch, staged: Staged, report: FileReport) -> None:
    """Load what passed into ``batch`` (already saved) and fill the report and the batch's counts.

    Inside a transaction. Raises AccountingError.
    """
    lines_good = insert_lines(batch.pk)
    count_rejects(report)
    if lines_good + report.duplicates + report.lines_rejected != staged.rows:
        raise AccountingError(
            f"{lines_good} loaded, {report.duplicates} duplicates and {report.lines_rejected} rejected"
            f" are not {staged.rows} lines"
        )
    days = days_to_load(staged)
    report.lines_good = lines_good
    report.paid_total = sum((day.paid for day in days.values()), Decimal(0))
    batch.first_payment_on, batch.last_payment_on = min(days, default=None), max(days, default=None)
    fill_batch(batch, report)


def count_rejects(report: FileReport) -> None:
    """Bring the report's counts of what is not loaded up to date."""
    found = tally()
    report.lines_rejected, report.duplicates = found.lines_rejected, found.duplicates
    report.rejects, report.warnings = found.rejects, found.warnings


def fill_batch(batch: ImportBatch, report: FileReport) -> None:
    """Write the report's counts on its batch."""
    batch.row_count = report.rows
    batch.lines_good = report.lines_good
    batch.lines_duplicate = report.duplicates
    batch.lines_rejected = report.lines_rejected
    batch.reject_counts = dict(report.rejects)
    batch.warning_counts = dict(report.warnings)
    batch.paid_total = report.paid_total
    batch.finished_at = timezone.now()
    batch.save()


def days_to_load(staged: Staged) -> dict[dt.date, PaymentDay]:
    """Rows and amounts by payment date, without what is left out so far."""
    left_out = {day: (rows, paid) for day, rows, paid in fetch_all(_LEFT_OUT_DAYS)}
    days: dict[dt.date, PaymentDay] = {}
    for day, payments in staged.days.items():
        rows, paid = left_out.get(day, (0, Decimal(0)))
        if payments.rows > rows:
            days[day] = PaymentDay(payments.rows - rows, payments.paid - paid)
    return days
