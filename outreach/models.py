"""The app's models, each kept in the room of its subject."""

from outreach.campaigns.campaign.models import CallCampaign, CampaignApproval, CampaignEvent, DisplayedNumber
from outreach.campaigns.scripts.models import CallScriptVersion
from outreach.campaigns.targeting.models import TargetChunk
from outreach.channels.models import InboxMessage, PostListEntry
from outreach.digest.models import CollectedBatch, DigestDue, DigestRun, DigestRunRecipient
from outreach.notifications.models import MessageTemplate, Notification, NotificationChunk

__all__ = [
    "CallCampaign",
    "CallScriptVersion",
    "CampaignApproval",
    "CampaignEvent",
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
    "TargetChunk",
]
