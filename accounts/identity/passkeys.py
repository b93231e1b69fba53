"""Passkeys (WebAuthn) as a second factor, for insured people and staff alike.

The server sets a challenge, the person's device signs it. An answer counts on the site's own addresses only, to the
session that asked, for the purpose it asked for, once, within five minutes; the device must have checked the person
(code, finger or face), and its counter must not have gone back, as that of a copy would. Callers count tries first.
"""

import json
import logging
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from django.db import DataError, IntegrityError, transaction
from django.http import HttpRequest
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from webauthn.helpers import base64url_to_bytes, parse_attestation_object
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    UserVerificationRequirement,
)

from accounts.staff.models import User
from ameli_notify.core.limits import Allowed, hit

logger = logging.getLogger(__name__)

STATE_KEY: Final = "passkey"
VALID_SECONDS: Final = 5 * 60
MOST_PASSKEYS: Final = 10
LONGEST_ANSWER: Final = 16_000
"""Characters; the answers of devices have at most a few thousand."""
NAME_CHARACTERS: Final = 40

_REFUSALS: Final = (WebAuthnException, OTPWebAuthnApiError, ValueError, IntegrityError, DataError)
"""What a wrong answer raises; the last two: a key that is registered already, a counter out of range."""


class Purpose(StrEnum):
    """What a challenge is for; an answer to another one is refused."""

    SIGN_IN = "sign-in"
    CONFIRM = "confirm"
    ADD = "add"


class _Ceremony(WebAuthnHelper):
    """The package's ceremony with the rules of the house."""

    def __init__(self, request: HttpRequest, *, account_name: str = "", passkey_name: str = "") -> None:
        super().__init__(request)
        self._account_name = account_name
        self._passkey_name = passkey_name

    def get_credential_name(self, user: User) -> str:
        return self._account_name

    def get_credential_display_name(self, user: User) -> str:
        return self._account_name

    def get_generate_registration_options_kwargs(self, *, user: User) -> dict[str, Any]:
        options: dict[str, Any] = super().get_generate_registration_options_kwargs(user=user)
        options["authenticator_selection"] = AuthenticatorSelectionCriteria(
            user_verification=UserVerificationRequirement.REQUIRED,
            resident_key=self.get_discoverable_credentials_preference(),
        )
        return options

    def get_registration_extensions(self) -> dict[str, Any]:
        return {}

    def create_credential(self, user: User, made: Any, parsed: Any, data: Any) -> WebAuthnCredential:  # noqa: ANN401
        """The passkey with its name. Raises ValueError when the browser and the device name two different ones."""
        if made.credential_id != parsed.raw_id:
            raise ValueError("the answer is about two keys")
        credential = super().create_credential(user, made, parsed, data)
        credential.name = self._passkey_name
        return credential

    def create_attestation(self, *args: Any) -> None:
        """Keep no statement about the make of the person's device: none is asked for."""


def passkeys_of(user_id: int) -> list[WebAuthnCredential]:
    """The passkeys of an account, the oldest first."""
    return list(WebAuthnCredential.objects.filter(user_id=user_id, confirmed=True).order_by("pk"))


def ask_for_new(request: HttpRequest, user: User, *, account_name: str) -> dict[str, Any]:
    """What the browser needs to make a passkey. ``account_name`` is what the person's device shows beside the site."""
    options, state = _Ceremony(request, account_name=account_name).register_begin(user=user)
    _keep(request, user, purpose=Purpose.ADD, challenge=state["challenge"])
    return dict(options)


def add(
    request: HttpRequest, user: User, *, name: str, answer: str, announce: Callable[[], None]
) -> WebAuthnCredential | None:
    """Register the passkey that the browser made, and announce it in one transaction; None when it is refused."""
    state = _take(request, user, purpose=Purpose.ADD)
    if state is None:
        return None
    try:
        data = _parsed(answer)
        _refuse_foreign_statements(data)
        with transaction.atomic():
            passkey = _Ceremony(request, passkey_name=name).register_complete(user=user, state=state, data=data)
            announce()
    except _REFUSALS as error:
        _log(user, purpose=Purpose.ADD, error=error)
        return None
    return passkey


def ask_to_use(request: HttpRequest, user: User, *, purpose: Purpose) -> dict[str, Any]:
    """What the browser needs to answer with one of the account's passkeys."""
    options, state = _Ceremony(request).authenticate_begin(user=user, require_user_verification=True)
    _keep(request, user, purpose=purpose, challenge=state["challenge"])
    return dict(options)


def use(request: HttpRequest, user: User, *, purpose: Purpose, answer: str) -> WebAuthnCredential | None:
    """The passkey of this account that answered; None when the answer is refused."""
    state = _take(request, user, purpose=purpose)
    if state is None:
        return None
    try:
        with transaction.atomic():
            # The counter is read and written under this lock, so that no two answers can bring the same one.
            usable = {passkey.pk for passkey in _locked(user)}
            passkey = _Ceremony(request).authenticate_complete(user=user, state=state, data=_parsed(answer))
    except _REFUSALS as error:
        _log(user, purpose=purpose, error=error)
        return None
    return passkey if passkey.pk in usable else None


def _locked(user: User) -> list[WebAuthnCredential]:
    return list(WebAuthnCredential.objects.select_for_update().filter(user=user, confirmed=True).order_by("pk"))


def _keep(request: HttpRequest, user: User, *, purpose: Purpose, challenge: str) -> None:
    """Remember the challenge in the session; it takes the place of an earlier one."""
    request.session[STATE_KEY] = {
        "user": user.pk, "purpose": purpose, "challenge": challenge, "at": int(time.time()),
    }  # fmt: skip


def _take(request: HttpRequest, user: User, *, purpose: Purpose) -> dict[str, Any] | None:
    """The challenge that this session was set, once. Counted in the database: parallel requests share a session."""
    kept = request.session.pop(STATE_KEY, None)
    if kept is None or kept["user"] != user.pk or kept["purpose"] != purpose:
        return None
    if not 0 <= time.time() - kept["at"] <= VALID_SECONDS:
        return None
    first = hit(f"passkey|{kept['challenge']}", limit=1, window_seconds=2 * VALID_SECONDS)
    if not isinstance(first, Allowed):
        return None
    return {"challenge": kept["challenge"], "require_user_verification": True}


def _parsed(answer: str) -> dict[str, Any]:
    """The parts of the browser's answer that are looked at. Raises ValueError."""
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("the answer is too long")
    try:
        data = json.loads(answer)
    except RecursionError:
        raise ValueError("the answer is nested too deeply") from None
    if not isinstance(data, dict) or not isinstance(data.get("response"), dict):
        raise ValueError("the answer is no object with a response")
    response = {name: value for name, value in data["response"].items() if name != "userHandle"}
    return {"id": data.get("id"), "rawId": data.get("rawId"), "type": data.get("type"), "response": response}


def _refuse_foreign_statements(data: dict[str, Any]) -> None:
    """Browsers were asked for no statement of a maker and send none; one that comes all the same is not read.

    Raises ValueError.
    """
    sealed = data["response"].get("attestationObject")
    if not isinstance(sealed, str):
        raise ValueError("the answer holds no new key")
    statement = parse_attestation_object(base64url_to_bytes(sealed))
    is_signed_by_itself = statement.fmt == AttestationFormat.PACKED and not statement.att_stmt.x5c
    if statement.fmt != AttestationFormat.NONE and not is_signed_by_itself:
        raise ValueError("the answer holds the statement of a maker")


def _log(user: User, *, purpose: Purpose, error: Exception) -> None:
    logger.info(
        "passkey refused", extra={"user": user.pk, "purpose": purpose.value, "error_class": type(error).__name__}
    )
