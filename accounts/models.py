"""The app's models, each kept in the room of its subject."""

from accounts.access.models import AccessLog
from accounts.identity.devices import CodeDevice, InsuredTotpDevice, RecoveryCode, RecoveryCodeDevice
from accounts.identity.events import AccountEvent
from accounts.identity.franceconnect.devices import FranceConnectDevice
from accounts.identity.messages import SecurityMessage
from accounts.identity.models import ContactChange, IdentityProof, InsuredAccount, OpenSession
from accounts.partners.client_models import PartnerAssertion, PartnerClient, PartnerKey, PartnerToken
from accounts.partners.models import MemberConsent, PartnerInsurer, PartnerMember, PartnerMembership
from accounts.partners.portal.models import PartnerTotpDevice, PartnerUser
from accounts.partners.usage_models import PartnerStateChange, PartnerUsage
from accounts.partners.webhooks.models import WebhookDelivery, WebhookEndpoint
from accounts.people.models import (
    ContactChannel,
    DirectoryBatch,
    InsuredPerson,
    LongTermCondition,
    PreferenceChange,
)
from accounts.staff.models import StaffTotpDevice, User

__all__ = [
    "AccessLog",
    "AccountEvent",
    "CodeDevice",
    "ContactChange",
    "ContactChannel",
    "DirectoryBatch",
    "FranceConnectDevice",
    "IdentityProof",
    "InsuredAccount",
    "InsuredPerson",
    "InsuredTotpDevice",
    "LongTermCondition",
    "MemberConsent",
    "OpenSession",
    "PartnerAssertion",
    "PartnerClient",
    "PartnerInsurer",
    "PartnerKey",
    "PartnerMember",
    "PartnerMembership",
    "PartnerStateChange",
    "PartnerToken",
    "PartnerTotpDevice",
    "PartnerUsage",
    "PartnerUser",
    "PreferenceChange",
    "RecoveryCode",
    "RecoveryCodeDevice",
    "SecurityMessage",
    "StaffTotpDevice",
    "User",
    "WebhookDelivery",
    "WebhookEndpoint",
]
