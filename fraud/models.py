"""The app's models, each kept in the room of its subject."""

from fraud.cases.decision_models import CaseAmount, CaseApproval, CaseParameter, CaseStep, LegalBasis
from fraud.cases.models import (
    CaseAssignment,
    CaseCounter,
    CaseEvent,
    CaseLine,
    CaseMerge,
    CaseNote,
    CaseReport,
    FraudCase,
)
from fraud.cases.staffing_models import Absence, AssignmentRule, CaseNotice, CaseOpening, Workload
from fraud.conversations.models import Conversation, ConversationMessage
from fraud.intake.models import (
    AssistantDialogue,
    AttachmentContent,
    FraudReport,
    QuestionnaireVersion,
    ReportAttachment,
    ReportedLine,
    ReportEvent,
    ReportMessage,
)

__all__ = [
    "Absence",
    "AssignmentRule",
    "AssistantDialogue",
    "AttachmentContent",
    "CaseAmount",
    "CaseApproval",
    "CaseAssignment",
    "CaseCounter",
    "CaseEvent",
    "CaseLine",
    "CaseMerge",
    "CaseNote",
    "CaseNotice",
    "CaseOpening",
    "CaseParameter",
    "CaseReport",
    "CaseStep",
    "Conversation",
    "ConversationMessage",
    "FraudCase",
    "FraudReport",
    "LegalBasis",
    "QuestionnaireVersion",
    "ReportAttachment",
    "ReportEvent",
    "ReportMessage",
    "ReportedLine",
    "Workload",
]
