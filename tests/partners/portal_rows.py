"""Users of partners' pages for the tests: made by an invitation, let in by a password and the code of an app."""

from typing import Final

from django.test import Client
from django.utils import timezone

from accounts.partners.models import PartnerInsurer
from accounts.partners.portal.invitations import invite
from accounts.partners.portal.models import PartnerTotpDevice, PartnerUser
from accounts.partners.portal.sessions import SESSION_KEY, open_session
from tests.staff import PASSWORD

ROOT: Final = "/partenaires/"
SIGN_IN: Final = f"{ROOT}connexion/"
SIGN_IN_CODE: Final = f"{ROOT}connexion/code/"
JOIN: Final = f"{ROOT}invitation/"
JOIN_APP: Final = f"{ROOT}invitation/application/"
SEED: Final = b"partner-user-seed-20"


def make_user(partner: PartnerInsurer, *, is_manager: bool = False, label: str = "exploitation") -> PartnerUser:
    """An open account with its app."""
    member = invite(partner.pk, label=label, is_manager=is_manager, by="essai").member
    member.user.set_password(PASSWORD)
    member.user.is_active = True
    member.user.save()
    device = PartnerTotpDevice(user=member.user, name="application", confirmed=True)
    device.set_seed(SEED)
    device.save()
    member.invitation_lookup, member.joined_at = None, timezone.now()
    member.save()
    return member


def code_of(member: PartnerUser) -> str:
    """The code that the app shows now."""
    device: PartnerTotpDevice = PartnerTotpDevice.objects.get(user=member.user_id)
    return f"{device.totp().token():06d}"


def fresh_code_of(member: PartnerUser) -> str:
    """As if half a minute had gone by since the last code, and nobody had failed meanwhile."""
    PartnerTotpDevice.objects.filter(user=member.user_id).update(
        last_step=-1, throttling_failure_count=0, throttling_failure_timestamp=None
    )
    return code_of(member)


def browser_of(member: PartnerUser) -> Client:
    """A browser in which the member is signed in."""
    client = Client()
    client.get("/")
    request = client.request().wsgi_request
    open_session(request, member)
    request.session.save()
    assert SESSION_KEY in request.session
    client.cookies["sessionid"] = request.session.session_key or ""
    return client


def sign_in(member: PartnerUser, client: Client | None = None) -> Client:
    """By the pages."""
    client = client or Client()
    client.post(SIGN_IN, {"identifier": member.identifier, "password": PASSWORD})
    client.post(SIGN_IN_CODE, {"code": fresh_code_of(member)})
    return client
