"""Ends sessions of insured people in time, and keeps the two worlds apart.

It stands last, after the authentication, OTP and message middlewares. An insured person needs an open session of
ours; a member of the staff needs one that the sign-in of the staff opened, and a device of the staff: a code by SMS
never opens the console, whatever flags an account is given.
"""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp_webauthn.models import WebAuthnCredential

from accounts.identity.sessions import Ended, close_session, find_session, touch, verdict
from accounts.identity.sign_in import may_sign_in, nobodys_hash
from accounts.staff import sessions as staff_sessions
from accounts.staff.models import StaffTotpDevice, User

PASSIVE_PATHS: Final = (
    "/mon-espace/session/",
    "/mon-espace/conseiller/fil/",
    "/console/session/",
    "/console/outreach/callcampaign/supervision/chiffres/",
    "/console/fraud/conversation/fil/",
)
"""Asking how much time is left, what the figures are now or whether somebody wrote, (GET) is no activity."""

STAFF_DEVICES: Final = (StaffTotpDevice.model_label(), WebAuthnCredential.model_label())

SAID_FR: Final = {
    Ended.IDLE: "Votre session a pris fin après 15 minutes sans activité. Reconnectez-vous pour continuer.",
    Ended.TOO_LONG: "Votre session a pris fin après 12 heures. Reconnectez-vous pour continuer.",
    Ended.REVOKED: "Votre session a été fermée. Reconnectez-vous pour continuer.",
}


class InsuredSessionMiddleware:
    """Sets ``request.open_session``, or signs out whoever may not go on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        nobodys_hash()  # made now: the first visitor without an account must not wait longer than others

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user: Any = request.user
        if user.is_authenticated:
            if user.is_staff or user.is_superuser:
                self._check_staff(request)
            else:
                self._check_insured(request, user)
        return self._get_response(request)

    def _check_staff(self, request: HttpRequest) -> None:
        device: str = request.session.get(DEVICE_ID_SESSION_KEY, "")
        ended = staff_sessions.verdict(request)
        if device and device.rpartition("/")[0] not in STAFF_DEVICES:
            ended = Ended.REVOKED
        if ended is None:
            if _is_activity(request):
                staff_sessions.touch(request)
            return
        close_session(request)
        logout(request)
        messages.warning(request, SAID_FR[ended])

    def _check_insured(self, request: HttpRequest, user: User) -> None:
        session = find_session(request, user=user)
        if session is None or not may_sign_in(session.account):
            ended: Ended | None = Ended.REVOKED
        else:
            ended = verdict(session)
        if ended is not None or session is None:
            close_session(request)
            logout(request)
            messages.warning(request, SAID_FR[ended or Ended.REVOKED])
            return
        request.open_session = session  # type: ignore[attr-defined] # read by perms.session_of
        if _is_activity(request):
            touch(session)


def _is_activity(request: HttpRequest) -> bool:
    return request.method != "GET" or request.path not in PASSIVE_PATHS
