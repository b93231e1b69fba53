"""The app's models, each kept in the room of its subject."""

from outreach.campaigns.appointments.models import (
    Appointment,
    AppointmentEvent,
    AppointmentReminder,
    CallObstacle,
)
from outreach.campaigns.campaign.models import CallCampaign, CampaignApproval, CampaignEvent, DisplayedNumber
from outreach.campaigns.claiming.models import AdviserPause, CallAttempt, CallClaim, CallDraft, CallTask
from outreach.campaigns.prevention.models import (
    PreventionApproval,
    PreventionCampaign,
    PreventionEvent,
    PreventionPerson,
)
from outreach.campaigns.proposals.models import CampaignProposal, ProposalApproval
from outreach.campaigns.quality.models import QualityReview, ReviewGrid
from outreach.campaigns.retention.models import CallTerm
from outreach.campaigns.scripts.models import CallScriptVersion
from outreach.campaigns.supervision.models import CallHour, CampaignDay, CampaignProgress
from outreach.campaigns.targeting.models import TargetChunk
from outreach.channels.models import InboxMessage, PostListEntry
from outreach.digest.models import CollectedBatch, DigestDue, DigestRun, DigestRunRecipient
from outreach.notifications.models import MessageTemplate, Notification, NotificationChunk

__all__ = [
    "AdviserPause",
    "Appointment",
    "AppointmentEvent",
    "AppointmentReminder",
    "CallAttempt",
    "CallCampaign",
    "CallClaim",
    "CallDraft",
    "CallHour",
    "CallObstacle",
    "CallScriptVersion",
    "CallTask",
    "CallTerm",
    "CampaignApproval",
    "CampaignDay",
    "CampaignEvent",
    "CampaignProposal",
    "CampaignProgress",
    "CollectedBatch",
    "DigestDue",
    "DigestRun",
    "DigestRunRecipient",
    "DisplayedNumber",
    "InboxMessage",
    "MessageTemplate",
    "Notification",
    "NotificationChunk",
    "PostListEntry",
    "PreventionApproval",
    "PreventionCampaign",
    "PreventionEvent",
    "PreventionPerson",
    "ProposalApproval",
    "QualityReview",
    "ReviewGrid",
    "TargetChunk",
]
