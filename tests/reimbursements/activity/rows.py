"""Loaded batches of acts of health professionals, for tests of the roll-ups and of what reads them."""

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from ameli_notify.core.partitions import Span, ensure_partitions
from reimbursements.feed.models import ImportBatch
from reimbursements.lines.models import ReimbursementLine
from reimbursements.lines.schema import TABLE
from reimbursements.professionals.models import HealthProfessional, PracticePlace

_numbers = count(1)


def make_batch(*, first: dt.date, last: dt.date) -> int:
    """A loaded batch without lines yet; its id."""
    ensure_partitions(TABLE, first=first, last=last, span=Span.MONTH)
    batch = ImportBatch.objects.create(
        emitter_code="01C751000", sequence=next(_numbers), file_name="essai.csv", sha256=b"0" * 32, status="loaded",
        first_payment_on=first, last_payment_on=last, started_at=timezone.now(),
    )  # fmt: skip
    return batch.pk


def act_line(
    batch_id: int, *, rpps: int | None, beneficiary_id: int, care: dt.date, **others: Any
) -> ReimbursementLine:
    """A consultation, not saved; paid a week after."""
    number, paid = next(_numbers), others.pop("payment_date", care + dt.timedelta(days=7))
    fields: dict[str, Any] = {
        "insured_id": beneficiary_id, "beneficiary_id": beneficiary_id, "payment_date": paid, "batch_id": batch_id,
        "emitter_code": "01C751000", "statement_no": number, "line_no": 1, "rem_type": 0, "operation": "C",
        "beneficiary_quality": 1, "care_start": care, "nature_code": 1110, "key_letter": "G", "act_system": "NGAP",
        "act_code": "G", "quantity": 1, "coefficient": 0, "amount_charged": 30, "base_amount": 30, "rate_pct": 70,
        "amount_paid": Decimal("21.00"), "excess_amount": 0, "insurance_nature": 10, "is_confidential": False,
        "performer_rpps": rpps, "performer_specialty": "01", "payee": 36, "is_amc_transmitted": False,
    }  # fmt: skip
    return ReimbursementLine(**{**fields, **others})


def load(lines: list[ReimbursementLine]) -> None:
    ReimbursementLine.objects.bulk_create(lines)


def make_professional(rpps: int, *, specialty: str = "01", department: str = "75", name: str = "ESSAI") -> None:
    professional = HealthProfessional.objects.create(rpps=rpps, last_name=name, first_name="Camille")
    PracticePlace.objects.create(
        professional=professional, am_no="751000000", specialty=specialty, department=department,
        active_from=dt.date(2020, 1, 1),
    )  # fmt: skip
