"""The app's models, each kept in the room of its subject."""

from fraud.cases.decision_models import CaseAmount, CaseApproval, CaseParameter, CaseStep, LegalBasis
from fraud.cases.disclosure_models import IdentityLift, LiftBasis, SharedSignal
from fraud.cases.letter_models import CaseLetter
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
from fraud.cases.prescription_models import CasePrescription
from fraud.cases.results.models import ResultsEdition
from fraud.cases.staffing_models import AssignmentRule, CaseNotice, CaseOpening, Workload
from fraud.cases.view_models import SavedView
from fraud.conversations.models import Conversation, ConversationMessage
from fraud.conversations.transfer_models import ConversationTransfer
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
from fraud.partner_api.models import AlertFeedback, PartnerAlert, PartnerAlertAmount
from fraud.replies.models import ReplyDocument, ReplyLine, ReplyMessage, RightOfReply
from fraud.staffing.models import Absence, KeyboardSwitch

__all__ = [
    "Absence",
    "AlertFeedback",
    "AssignmentRule",
    "AssistantDialogue",
    "AttachmentContent",
    "CaseAmount",
    "CaseApproval",
    "CaseAssignment",
    "CaseCounter",
    "CaseEvent",
    "CaseLetter",
    "CaseLine",
    "CaseMerge",
    "CaseNote",
    "CaseNotice",
    "CaseOpening",
    "CaseParameter",
    "CasePrescription",
    "CaseReport",
    "CaseStep",
    "Conversation",
    "ConversationMessage",
    "ConversationTransfer",
    "FraudCase",
    "FraudReport",
    "IdentityLift",
    "KeyboardSwitch",
    "LegalBasis",
    "LiftBasis",
    "PartnerAlert",
    "PartnerAlertAmount",
    "QuestionnaireVersion",
    "ReplyDocument",
    "ReplyLine",
    "ReplyMessage",
    "ReportAttachment",
    "ReportEvent",
    "ReportMessage",
    "ReportedLine",
    "ResultsEdition",
    "RightOfReply",
    "SavedView",
    "SharedSignal",
    "Workload",
]
