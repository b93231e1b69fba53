"""Batches of reimbursement lines as a loaded file leaves them, without the file."""

import datetime as dt
import hashlib
from typing import Final

from django.db import transaction
from django.utils import timezone

from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.core.sql import run
from reimbursements.feed.models import BatchStatus, ImportBatch
from reimbursements.lines.schema import TABLE as LINE

EMITTER: Final = "01C751000"

_LINES: Final = f"""
INSERT INTO {LINE} (
    insured_id, beneficiary_id, batch_id, statement_no, payment_date, care_start, line_no, nature_code, rem_type,
    beneficiary_quality, insurance_nature, payee, is_confidential, is_amc_transmitted, operation, card_mode,
    care_place, emitter_code, key_letter, act_system, act_code, quantity, coefficient, amount_charged, base_amount,
    rate_pct, amount_paid, excess_amount, performer_am_no, performer_specialty, performer_finess, settlement_ref,
    amc_code, payee_account
)
SELECT insured_id, insured_id, %s, %s::bigint * 1000000000 + insured_id, %s, %s, line_no, 1110, 0,
    1, 10, 1, %s, false, 'C', '', '', %s, 'G', '', '', 1, 1, 30, 30, 70, 21, 0, '', '01', '', '', '', ''
FROM generate_series(%s, %s) AS insured_id, generate_series(1, %s) AS line_no
"""


def load_batch(people: range, *, day: dt.date, sequence: int, lines: int = 3, is_confidential: bool = False) -> int:
    """Load one batch with so many lines for each person, paid on a day; returns its id."""
    ensure_partitions(LINE, first=day, last=day, span=Span.MONTH)
    now = timezone.now()
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            emitter_code=EMITTER,
            flow_date=day,
            sequence=sequence,
            file_name=f"batch-{sequence}",
            sha256=hashlib.sha256(b"%d" % sequence).digest(),
            status=BatchStatus.LOADED,
            row_count=lines * len(people),
            lines_good=lines * len(people),
            first_payment_on=day,
            last_payment_on=day,
            started_at=now,
            finished_at=now,
        )
        run(
            _LINES,
            [batch.pk, sequence, day, day, is_confidential, EMITTER, people.start, people.stop - 1, lines],
        )
    return batch.pk
