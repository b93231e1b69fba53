"""The app's models, each kept in the room of its subject."""

from fraud.conversations.models import Conversation
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
    "AssistantDialogue",
    "AttachmentContent",
    "Conversation",
    "FraudReport",
    "QuestionnaireVersion",
    "ReportAttachment",
    "ReportEvent",
    "ReportMessage",
    "ReportedLine",
]
