"""Members of the staff for the tests, and the codes of their authenticator apps."""

import time

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.staff.models import StaffTotpDevice, User
from accounts.staff.roles import Role
from accounts.staff.services import create_staff
from accounts.staff.sessions import SESSION_KEY

PASSWORD = "un-mot-de-passe-d-essai-7"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def make_staff(username: str = "agent-essai", *, role: Role = Role.INVESTIGATOR) -> User:
    """An account with its role and its authenticator app. The roles are there: see tests/guards/migrated_rows.py."""
    return create_staff(username, role=role, password=PASSWORD).user


def device_of(user: User) -> StaffTotpDevice:
    device: StaffTotpDevice = StaffTotpDevice.objects.get(user=user)
    return device


def code_of(user: User) -> str:
    """The code that the app shows now."""
    return f"{device_of(user).totp().token():06d}"


def client_of(user: User, *, is_verified: bool = True) -> Client:
    """A browser in which ``user`` is signed in, with or without the second factor."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    session, now = client.session, int(time.time())
    session[SESSION_KEY] = {"started_at": now, "seen_at": now}
    if is_verified:
        session[DEVICE_ID_SESSION_KEY] = device_of(user).persistent_id
    session.save()
    return client


def staff_client(role: Role = Role.INVESTIGATOR) -> Client:
    """A browser in which a new member of the staff is signed in."""
    return client_of(make_staff(f"agent-{role}", role=role))
