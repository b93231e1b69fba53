"""Making accounts of the staff and applying the roles."""

import base64
import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from django.contrib.auth.models import Group, Permission
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from accounts.staff.models import StaffTotpDevice, User
from accounts.staff.roles import PERMISSIONS, Role

ISSUER: Final = "Assurance Maladie"
SEED_BYTES: Final = 20
"""RFC 4226 §4, requirement R6: the recommended length of the shared secret."""


class UnknownPermissionError(LookupError):
    """A role names a page that does not exist; the message lists the names."""


class AccountExistsError(ValueError):
    """The professional identifier is taken."""


@dataclass(frozen=True, slots=True)
class NewStaff:
    """A new account and what its owner must enter once into an authenticator app."""

    user: User
    otpauth_uri: str


@transaction.atomic
def sync_roles() -> dict[Role, int]:
    """Make the groups hold exactly what ``roles.PERMISSIONS`` says; returns the number of permissions of each.

    Raises UnknownPermissionError, and then changes nothing.
    """
    named = {
        permission.name_in_code: permission.pk
        for permission in Permission.objects.annotate(
            name_in_code=Concat(F("content_type__app_label"), Value("."), F("codename"))
        )
    }
    unknown = sorted(frozenset().union(*PERMISSIONS.values()) - named.keys())
    if unknown:
        raise UnknownPermissionError(", ".join(unknown))
    for role, permissions in PERMISSIONS.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set([named[name] for name in permissions])
    return {role: len(permissions) for role, permissions in PERMISSIONS.items()}


@transaction.atomic
def create_staff(username: str, *, role: Role, password: str) -> NewStaff:
    """Create an account with its role and its authenticator app.

    Raises ValidationError (identifier or password refused) or AccountExistsError. The seed is shown by the
    returned URI only; afterwards it exists sealed.
    """
    user = User(username=username, is_staff=True)
    user.clean_fields(exclude=["password"])
    if User.objects.filter(username=user.username).exists():
        raise AccountExistsError("this identifier already has an account")
    validate_password(password, user)
    user.set_password(password)
    user.save()
    group, _ = Group.objects.get_or_create(name=role)
    user.groups.set([group])
    seed = os.urandom(SEED_BYTES)
    device = StaffTotpDevice(user=user, name="application d’authentification", confirmed=True)
    device.set_seed(seed)
    device.save()
    return NewStaff(user=user, otpauth_uri=otpauth_uri(user.username, seed=seed))


def otpauth_uri(username: str, *, seed: bytes) -> str:
    """The address that authenticator apps read (Key Uri Format)."""
    query = {
        "secret": base64.b32encode(seed).decode().rstrip("="),
        "issuer": ISSUER,
        "algorithm": "SHA1",
        "digits": StaffTotpDevice.DIGITS,
        "period": StaffTotpDevice.STEP_SECONDS,
    }
    return f"otpauth://totp/{quote(f'{ISSUER}:{username}')}?{urlencode(query, quote_via=quote)}"
