"""What of their reports an insured person may read: their own rows, all that they wrote and all they are told.

Withheld: how grave a report was judged and which other report it joins, which member of the staff wrote or acted,
and the professional and the whole frozen line, which they read among their payments.
"""

from typing import Final

from accounts.access.walls import OWN
from ameli_notify.core.roles import append_only, show_own, tear_down, wall_in

OWN_COLUMNS: Final = {
    "fraud_fraudreport": (
        "id", "public_id", "insured_id", "questionnaire_id", "status", "step", "motive", "leaf", "answers_sealed",
        "receipt_no", "amount_at_stake", "started_at", "updated_at", "expires_at", "sent_at", "withdrawn_at",
        "closed_at", "closing_reason",
    ),
    "fraud_reportedline": (
        "id", "insured_id", "report_id", "line_id", "payment_date", "care_start", "nature_code", "amount_paid",
        "title", "paid_to", "frozen_at",
    ),
    "fraud_reportattachment": (
        "id", "public_id", "insured_id", "report_id", "kind", "name_sealed", "size_bytes", "added_at",
    ),
    "fraud_attachmentcontent": ("attachment_id", "insured_id", "content_sealed"),
    "fraud_reportmessage": (
        "id", "public_id", "insured_id", "report_id", "author", "text_sealed", "written_at", "read_at",
    ),
    "fraud_reportevent": ("id", "insured_id", "report_id", "at", "kind", "author", "status"),
    "fraud_assistantdialogue": ("id", "public_id", "insured_id", "state", "turns_sealed", "started_at", "updated_at"),
    "fraud_conversation": (
        "id", "public_id", "insured_id", "report_id", "origin", "status", "asked_at", "opened_at", "closed_at",
    ),
}  # fmt: skip

CREATE: Final = (
    wall_in(*OWN_COLUMNS)
    + "".join(show_own(table, columns, rows=OWN) for table, columns in OWN_COLUMNS.items())
    + append_only("fraud_reportevent")
    + append_only("fraud_questionnaireversion")
)
DROP: Final = tear_down(*OWN_COLUMNS)
