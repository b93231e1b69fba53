"""The app's console pages, each kept in the room of its subject."""

from fraud.cases.admin import FraudCaseAdmin
from fraud.cases.register_admin import IdentityLiftAdmin, LiftBasisAdmin, SharedSignalAdmin
from fraud.cases.staffing_admin import (
    AbsenceAdmin,
    AssignmentRuleAdmin,
    CaseOpeningAdmin,
    CaseParameterAdmin,
    LegalBasisAdmin,
    WorkloadAdmin,
)
from fraud.conversations.admin import ConversationAdmin
from fraud.replies.admin import RightOfReplyAdmin

__all__ = [
    "AbsenceAdmin",
    "AssignmentRuleAdmin",
    "CaseOpeningAdmin",
    "CaseParameterAdmin",
    "ConversationAdmin",
    "FraudCaseAdmin",
    "IdentityLiftAdmin",
    "LegalBasisAdmin",
    "LiftBasisAdmin",
    "RightOfReplyAdmin",
    "SharedSignalAdmin",
    "WorkloadAdmin",
]
