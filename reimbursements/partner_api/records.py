"""The words in which partners are told what codes mean, and the one spelling of an instant."""

import datetime as dt
from typing import Final

from reimbursements.explanations.payees import DIRECT, DOCTOR, INTEGRAL_THIRD_PARTY, STATUTORY_THIRD_PARTY
from reimbursements.lines.models import LineOperation

OTHER: Final = "other"
ACT: Final = "act"
FLAT_CONTRIBUTION: Final = "flat_contribution"
DEDUCTIBLE: Final = "deductible"
KINDS: Final = (ACT, FLAT_CONTRIBUTION, DEDUCTIBLE)
OPERATIONS: Final = {
    LineOperation.CREATE: "created",
    LineOperation.CANCEL: "cancelled",
    LineOperation.REGULARISE: "regularised",
}
MEMBER: Final = "member"
CARE_GIVER: Final = "care_giver"
PAYEES: Final = {
    DIRECT: MEMBER,
    DOCTOR: CARE_GIVER,
    STATUTORY_THIRD_PARTY: CARE_GIVER,
    INTEGRAL_THIRD_PARTY: CARE_GIVER,
}
"""By the code of the payee; every other one is « other »."""


def instant(at: dt.datetime) -> str:
    """``2026-10-19T08:00:00.000000Z``: UTC, one spelling."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
