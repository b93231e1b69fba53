"""The app's models, each kept in the room of its subject."""

from reimbursements.feed.models import ImportBatch, ImportReject, RejectedLine
from reimbursements.lines.models import ReimbursementLine
from reimbursements.professionals.models import HealthProfessional, PracticePlace
from reimbursements.reference.models import (
    ActReference,
    CarePath,
    ConditionReference,
    CopayRule,
    ExemptionReason,
    HealthFund,
    InsuranceNature,
    NatureReference,
    PayeeReference,
    Specialty,
)

__all__ = [
    "ActReference",
    "CarePath",
    "ConditionReference",
    "CopayRule",
    "ExemptionReason",
    "HealthFund",
    "HealthProfessional",
    "ImportBatch",
    "ImportReject",
    "InsuranceNature",
    "NatureReference",
    "PayeeReference",
    "PracticePlace",
    "ReimbursementLine",
    "RejectedLine",
    "Specialty",
]
