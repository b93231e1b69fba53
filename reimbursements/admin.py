"""The app's console pages, each kept in the room of its subject."""

from reimbursements.feed.admin import ImportBatchAdmin
from reimbursements.reference.admin import (
    ActReferenceAdmin,
    CodedReferenceAdmin,
    CopayRuleAdmin,
    HealthFundAdmin,
    NatureReferenceAdmin,
    PayeeReferenceAdmin,
    SpecialtyAdmin,
)

__all__ = [
    "ActReferenceAdmin",
    "CodedReferenceAdmin",
    "CopayRuleAdmin",
    "HealthFundAdmin",
    "ImportBatchAdmin",
    "NatureReferenceAdmin",
    "PayeeReferenceAdmin",
    "SpecialtyAdmin",
]
