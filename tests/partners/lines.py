"""Batches of lines as the import leaves them: written together, seen together."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from itertools import count
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.people.models import InsuredPerson
from ameli_notify.core.partitions import Span, ensure_partitions
from reimbursements.feed.models import BatchStatus, ImportBatch
from reimbursements.lines.models import ReimbursementLine
from reimbursements.lines.schema import TABLE

PAID: Final = dt.date(2026, 10, 19)
FUND: Final = "01C751000"
CONSULTATION: Final = 1110
_numbers = count(1)


def have_months(*days: dt.date) -> None:
    for day in days or (PAID,):
        ensure_partitions(TABLE, first=day, last=day, span=Span.MONTH)


def make_line(person: InsuredPerson, *, under: InsuredPerson | None = None, **values: Any) -> ReimbursementLine:
    """An unsaved line of a consultation. ``under``: the policyholder, when it is not the person."""
    return ReimbursementLine(
        **{
            "insured_id": (under or person).pk, "beneficiary_id": person.pk, "payment_date": PAID,
            "care_start": PAID - dt.timedelta(days=7), "emitter_code": FUND, "statement_no": next(_numbers),
            "line_no": 1, "rem_type": 0, "operation": "C", "beneficiary_quality": 1, "nature_code": CONSULTATION,
            "quantity": 1, "coefficient": 1, "amount_charged": Decimal("30.00"), "base_amount": Decimal("30.00"),
            "rate_pct": Decimal("70.00"), "amount_paid": Decimal("21.00"), "excess_amount": Decimal("0.00"),
            "insurance_nature": 10, "payee": 10, "is_confidential": False, "is_amc_transmitted": False,
            "act_system": "NGAP", "act_code": "G", "performer_rpps": 10_000_000_017,
        } | values
    )  # fmt: skip


def load(*lines: ReimbursementLine) -> list[int]:
    """One loaded batch, as one transaction; returns the ids of its lines."""
    with transaction.atomic():
        return insert_batch(lines)


def insert_batch(lines: Iterable[ReimbursementLine]) -> list[int]:
    """The rows of a loaded batch, in the caller's transaction."""
    lines = list(lines)
    now = timezone.now()
    batch = ImportBatch.objects.create(
        emitter_code=FUND,
        flow_date=PAID,
        file_name="DEC_essai.csv",
        sha256=b"0" * 32,
        status=BatchStatus.LOADED,
        lines_good=len(lines),
        first_payment_on=min((line.payment_date for line in lines), default=None),
        last_payment_on=max((line.payment_date for line in lines), default=None),
        started_at=now,
        finished_at=now,
    )
    for line in lines:
        line.batch_id = batch.pk
    return [line.pk for line in ReimbursementLine.objects.bulk_create(lines)]
