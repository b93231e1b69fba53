"""The app's models, each kept in the room of its subject."""

from reimbursements.activity.models import (
    AccountTie,
    CountedBatch,
    PatientTie,
    PractitionerDay,
    PractitionerMonth,
    PractitionerYear,
    PrescriberTie,
)
from reimbursements.feed.models import ImportBatch, ImportReject, RejectedLine
from reimbursements.lines.models import ReimbursementLine
from reimbursements.partner_api.exports.models import PartnerExport, PartnerExportFile, PartnerExportPerson
from reimbursements.partner_api.models import AnnouncedFeed, PartnerChange, PartnerEnrolment, PublishedBatch
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
    "AccountTie",
    "ActReference",
    "AnnouncedFeed",
    "CarePath",
    "ConditionReference",
    "CopayRule",
    "CountedBatch",
    "ExemptionReason",
    "HealthFund",
    "HealthProfessional",
    "ImportBatch",
    "ImportReject",
    "InsuranceNature",
    "NatureReference",
    "PartnerChange",
    "PartnerEnrolment",
    "PartnerExport",
    "PartnerExportFile",
    "PartnerExportPerson",
    "PatientTie",
    "PayeeReference",
    "PracticePlace",
    "PractitionerDay",
    "PractitionerMonth",
    "PractitionerYear",
    "PrescriberTie",
    "PublishedBatch",
    "ReimbursementLine",
    "RejectedLine",
    "Specialty",
]
