"""The app's models, each kept in the room of its subject."""

from accounts.access.models import AccessLog
from accounts.partners.models import PartnerInsurer, PartnerMembership
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
    "ContactChannel",
    "DirectoryBatch",
    "InsuredPerson",
    "LongTermCondition",
    "PartnerInsurer",
    "PartnerMembership",
    "PreferenceChange",
    "StaffTotpDevice",
    "User",
]
