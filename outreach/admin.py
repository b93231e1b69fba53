"""The app's console pages, each kept in the room of its subject."""

from outreach.campaigns.desk.admin import CallCampaignAdmin
from outreach.campaigns.prevention.admin import PreventionCampaignAdmin
from outreach.campaigns.proposals.admin import CampaignProposalAdmin
from outreach.channels.admin import InboxMessageAdmin, PostListEntryAdmin
from outreach.digest.admin import DigestRunAdmin
from outreach.notifications.admin import NotificationAdmin
from outreach.notifications.template_admin import MessageTemplateAdmin

__all__ = [
    "CallCampaignAdmin",
    "CampaignProposalAdmin",
    "DigestRunAdmin",
    "InboxMessageAdmin",
    "MessageTemplateAdmin",
    "NotificationAdmin",
    "PostListEntryAdmin",
    "PreventionCampaignAdmin",
]
