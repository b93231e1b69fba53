"""Signing in with FranceConnect, linking it to an account, and signing out of it. Every URL is 404 while it is off."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.identity import sign_in
from accounts.identity.franceconnect import flow, leaving, linking
from accounts.identity.franceconnect.configuration import configuration, published_key
from accounts.identity.franceconnect.flow import Attempt, Purpose
from accounts.identity.franceconnect.provider import Provider, provider_of
from accounts.identity.franceconnect.refusals import Reason, StoppedError
from accounts.identity.models import OpenSession
from accounts.identity.pages import is_signed_in, safe_next, wait_fr
from accounts.identity.perms import confirmation_required, insured_required, session_of
from accounts.identity.sessions import change_key
from ameli_notify.core.client_address import client_address
from ameli_notify.core.limits import RetryAfter, hit

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 50
WINDOW_SECONDS: Final = 15 * 60
"""Attempts from one network address: each may cost FranceConnect three requests."""

_P = ParamSpec("_P")


def when_on(
    view: Callable[Concatenate[HttpRequest, Provider, _P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
    """Give the view the provider; 404 for everybody while FranceConnect is off."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        found = configuration()
        if found is None:
            raise Http404
        return view(request, provider_of(found), *args, **kwargs)

    return cast("Callable[Concatenate[HttpRequest, _P], HttpResponseBase]", login_not_required(guarded))


@when_on
@never_cache
@require_POST
def start(request: HttpRequest, provider: Provider) -> HttpResponse:
    """« S’identifier avec FranceConnect+ »."""
    if is_signed_in(request):
        return redirect(safe_next(request))
    return _leave(request, provider, purpose=Purpose.SIGN_IN, after=safe_next(request))


@when_on
@never_cache
@require_GET
def callback(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Where FranceConnect sends everybody back to, with a code or an error."""
    attempt = flow.attempt_of(request)
    try:
        if attempt is None:
            raise StoppedError(Reason.EXPIRED, detail="no attempt")
        identity = flow.finish(request, provider, attempt)
        if attempt.purpose == Purpose.LINK:
            return _link(request, attempt, identity)
        account, device = linking.account_opened_by(identity)
    except StoppedError as error:
        return _stop(error)
    sign_in.finish_sign_in(request, account, device=device)
    leaving.keep_hint(request, identity.id_token)
    return redirect(attempt.after)


@when_on
@never_cache
@require_GET
def stopped(request: HttpRequest, provider: Provider, reason: str) -> HttpResponse:
    """Why it stopped, and what to do."""
    words = next((one.value for one in Reason if one.slug == reason), None)
    if words is None:
        raise Http404
    context = {"words": words, "is_signed_in": is_signed_in(request)}
    return render(request, "accounts/identity/franceconnect_stopped.html", context, status=words.status)


@when_on
@insured_required
@confirmation_required
@require_POST
def start_linking(request: HttpRequest, session: OpenSession, provider: Provider) -> HttpResponse:
    """« Lier FranceConnect+ à mon compte »."""
    return _leave(request, provider, purpose=Purpose.LINK, after=reverse("security"), account_id=session.account_id)


@when_on
@insured_required
@confirmation_required
@require_POST
def unlink(request: HttpRequest, session: OpenSession, provider: Provider) -> HttpResponse:
    """« Ne plus utiliser FranceConnect+ »."""
    device_id = linking.unlink(session.account)
    if device_id is None:
        raise Http404
    if request.session.get(DEVICE_ID_SESSION_KEY) == device_id:
        sign_in.sign_out(request)
        messages.success(
            request, "Votre compte n’est plus lié à FranceConnect+, qui avait ouvert cette session : reconnectez-vous."
        )
        return redirect("sign-in")
    messages.success(request, "Votre compte n’est plus lié à FranceConnect+.")
    return redirect("security")


@when_on
@never_cache
@require_GET
def sign_out(request: HttpRequest, provider: Provider) -> HttpResponse:
    """A page that leads on to FranceConnect by itself; a redirect after the form would be held to ``form-action``."""
    departure = leaving.departure(request)
    if departure is None:
        return redirect("sign-in")
    return render(request, "accounts/identity/franceconnect_leaving.html", {"url": departure.url})


@when_on
@never_cache
@require_GET
def signed_out(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Back from FranceConnect, signed out there."""
    if leaving.is_back(request):
        messages.success(request, "Votre session FranceConnect+ est fermée aussi.")
    return redirect("sign-in")


@when_on
@cache_control(public=True, max_age=3600)
@require_GET
def keys(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Our public key, for FranceConnect+ to encrypt with."""
    if not provider.configuration.key_files:
        raise Http404
    return JsonResponse(published_key(provider.configuration.key_files))


def _leave(
    request: HttpRequest, provider: Provider, *, purpose: Purpose, after: str, account_id: int | None = None
) -> HttpResponse:
    """To FranceConnect, unless too many attempts came from this address, or it does not answer."""
    verdict = hit(f"franceconnect|address|{client_address(request)}", limit=ATTEMPTS, window_seconds=WINDOW_SECONDS)
    back = "security" if purpose is Purpose.LINK else "sign-in"
    if isinstance(verdict, RetryAfter):
        logger.warning("sign-in limit reached", extra={"quota": "franceconnect", "scope": "address"})
        messages.warning(request, wait_fr(verdict))
        return redirect(back)
    try:
        return redirect(flow.begin(request, provider, purpose=purpose, after=after, account_id=account_id))
    except StoppedError as error:
        return _stop(error)


def _link(request: HttpRequest, attempt: Attempt, identity: flow.Identity) -> HttpResponse:
    """Link in the session that asked for it, and give that session a new key."""
    session = session_of(request)
    if session is None or not is_signed_in(request) or session.account_id != attempt.account_id:
        raise StoppedError(Reason.EXPIRED, detail="session")
    linking.link(session.account, identity)
    change_key(request, session)
    leaving.keep_hint(request, identity.id_token)
    messages.success(
        request, "Votre compte est lié à FranceConnect+. Vous pourrez vous en servir dès la prochaine connexion."
    )
    return redirect(attempt.after)


def _stop(stopped: StoppedError) -> HttpResponse:
    """To the page that says why: its address holds no code, so that none stays in a history or a log."""
    logger.info("franceconnect stopped", extra={"reason": stopped.reason.name, "detail": stopped.detail})
    return redirect("franceconnect-stopped", reason=stopped.reason.slug)
