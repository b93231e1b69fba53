"""The app's console pages, each kept in the room of its subject."""

from accounts.access.admin import AccessLogAdmin
from accounts.partners.admin import PartnerClientAdmin, PartnerInsurerAdmin, PartnerKeyAdmin
from accounts.partners.portal.admin import PartnerUserAdmin
from accounts.partners.webhooks.admin import WebhookDeliveryAdmin, WebhookEndpointAdmin
from accounts.people.admin import DirectoryBatchAdmin, InsuredPersonAdmin
from accounts.staff.admin import LogEntryAdmin, UserAdmin

__all__ = [
    "AccessLogAdmin",
    "DirectoryBatchAdmin",
    "InsuredPersonAdmin",
    "LogEntryAdmin",
    "PartnerClientAdmin",
    "PartnerInsurerAdmin",
    "PartnerKeyAdmin",
    "PartnerUserAdmin",
    "UserAdmin",
    "WebhookDeliveryAdmin",
    "WebhookEndpointAdmin",
]
