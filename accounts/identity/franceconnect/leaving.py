"""Signing out of FranceConnect as well, so that the next person at this computer is not identified as this one."""

import base64
import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.identity.franceconnect.configuration import configuration
from accounts.identity.franceconnect.provider import provider_of
from accounts.identity.franceconnect.refusals import StoppedError
from ameli_notify.core.crypto import SealedValueError, key_ring

HINT: Final = "franceconnect_hint"
LEAVING: Final = "franceconnect_leaving"
_CONTEXT: Final = "session.franceconnect_hint"


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to sign out of FranceConnect."""

    url: str


def keep_hint(request: HttpRequest, id_token: str) -> None:
    """Keep the ID token that FranceConnect wants to see again, sealed: whoever reads the sessions learns no subject."""
    sealed = key_ring().seal(id_token, context=_CONTEXT)
    request.session[HINT] = base64.b64encode(sealed).decode()


def hint_of(request: HttpRequest) -> str | None:
    """What was kept, still sealed; None for a session that FranceConnect did not open."""
    hint: str | None = request.session.get(HINT)
    return hint if hint and configuration() is not None else None


def prepare(request: HttpRequest, hint: str) -> None:
    """Note, in the session that is left after signing out, that FranceConnect is still to be told."""
    request.session[LEAVING] = {"hint": hint, "state": secrets.token_hex(32)}


def departure(request: HttpRequest) -> Departure | None:
    """Where to go now; None when there is nothing to end, or FranceConnect cannot be asked."""
    waiting, found = request.session.get(LEAVING), configuration()
    if waiting is None or found is None:
        return None
    try:
        endpoint = provider_of(found).endpoints().end_session
        id_token = key_ring().open(base64.b64decode(waiting["hint"]), context=_CONTEXT)
    except (StoppedError, SealedValueError):
        return None
    if not endpoint:
        return None
    asked = {
        "id_token_hint": id_token,
        "state": waiting["state"],
        "post_logout_redirect_uri": request.build_absolute_uri(reverse("franceconnect-signed-out")),
    }
    return Departure(f"{endpoint}?{urlencode(asked)}")


def is_back(request: HttpRequest) -> bool:
    """Whether this is the return from the departure of this very session; true once."""
    waiting = request.session.pop(LEAVING, None)
    return waiting is not None and secrets.compare_digest(
        waiting["state"].encode(), request.GET.get("state", "").encode()
    )


def may_post_to_franceconnect(response: HttpResponse) -> HttpResponse:
    """Let the forms of this page lead to FranceConnect: browsers hold redirects to ``form-action``, too."""
    found = configuration()
    if found is not None:
        response._csp_update = {"form-action": [found.origin]}  # type: ignore[attr-defined] # read by django-csp
    return response
