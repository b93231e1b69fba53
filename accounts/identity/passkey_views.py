"""Passkeys in the browser: each use is a challenge (JSON), then a form that carries the device's answer.

Both are posted, with the CSRF token of the page. A challenge that cannot be set answers with ``message``, one sentence
that the page shows.
"""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.identity import passkey_factor
from accounts.identity.factors import Refused
from accounts.identity.forms import PasskeyForm
from accounts.identity.models import InsuredAccount, OpenSession
from accounts.identity.pages import page, safe_next, wait_fr, with_next
from accounts.identity.passkeys import MOST_PASSKEYS, Purpose, ask_to_use, passkeys_of
from accounts.identity.perms import confirmation_required, insured_required
from accounts.identity.sign_in import awaiting_code
from accounts.identity.sign_in_views import EXPIRED_FIRST_STEP
from ameli_notify.core.limits import RetryAfter

NO_PASSKEY: Final = "Aucune clé d’accès n’est enregistrée pour ce compte. Choisissez un autre moyen."
WRONG_PASSKEY: Final = "Cette clé d’accès n’a pas été acceptée. Recommencez, ou choisissez un autre moyen."
NOT_ADDED: Final = "Cette clé d’accès n’a pas pu être enregistrée. Recommencez dans un instant."
TOO_MANY: Final = f"Vous avez déjà {MOST_PASSKEYS} clés d’accès. Retirez-en une d’abord."


def sentence(text: str, *, status: int) -> JsonResponse:
    """Why there is no challenge."""
    return JsonResponse({"message": text}, status=status)


def _challenge(request: HttpRequest, account: InsuredAccount, *, purpose: Purpose) -> JsonResponse:
    if not passkeys_of(account.user_id):
        return sentence(NO_PASSKEY, status=409)
    return JsonResponse(ask_to_use(request, account.user, purpose=purpose))


def _say(request: HttpRequest, refusal: Refused | RetryAfter) -> None:
    messages.error(request, wait_fr(refusal) if isinstance(refusal, RetryAfter) else WRONG_PASSKEY)


@login_not_required
@never_cache
@require_POST
def sign_in_challenge(request: HttpRequest) -> JsonResponse:
    """Step 2 of 2 of a sign-in, with a passkey: the challenge."""
    account = awaiting_code(request)
    if account is None:
        return sentence(EXPIRED_FIRST_STEP, status=409)
    return _challenge(request, account, purpose=Purpose.SIGN_IN)


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_POST
def sign_in_passkey(request: HttpRequest) -> HttpResponse:
    """Step 2 of 2 of a sign-in, with a passkey: the answer."""
    account = awaiting_code(request)
    if account is None:
        messages.warning(request, EXPIRED_FIRST_STEP)
        return redirect(with_next(request, "sign-in"))
    refusal = passkey_factor.give(request, account, answer=request.POST.get("credential", ""))
    if refusal is not None:
        _say(request, refusal)
        return redirect(with_next(request, "sign-in-code"))
    return redirect(safe_next(request))


@insured_required
@require_POST
def confirm_challenge(request: HttpRequest, session: OpenSession) -> JsonResponse:
    """A passkey before a change: the challenge."""
    return _challenge(request, session.account, purpose=Purpose.CONFIRM)


@insured_required
@sensitive_post_parameters()
@require_POST
def confirm_passkey(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """A passkey before a change: the answer."""
    refusal = passkey_factor.confirm(request, session, answer=request.POST.get("credential", ""))
    if refusal is not None:
        _say(request, refusal)
        return redirect(with_next(request, "confirm-identity", default="security"))
    return redirect(safe_next(request))


@insured_required
@confirmation_required
@require_POST
def new_passkey_challenge(request: HttpRequest, session: OpenSession) -> JsonResponse:
    """Adding a passkey: the challenge, once the name is in order."""
    form = PasskeyForm(request.POST)
    if not form.is_valid():
        return sentence(first_error(form), status=422)
    try:
        return JsonResponse(passkey_factor.ask_for_new(request, session.account))
    except passkey_factor.TooManyPasskeysError:
        return sentence(TOO_MANY, status=409)


@insured_required
@confirmation_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def add_passkey(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Name a passkey and have the browser make it."""
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return page(request, "accounts/identity/add_passkey.html", form)
    answer = request.POST.get("credential", "")
    if not passkey_factor.add(request, session.account, name=form.cleaned_data["name"], answer=answer):
        form.add_error(None, NOT_ADDED)
        return page(request, "accounts/identity/add_passkey.html", form)
    messages.success(request, "Votre clé d’accès est enregistrée. Elle vous sera demandée à la prochaine connexion.")
    return redirect("security")


def first_error(form: Any) -> str:  # noqa: ANN401 (any form)
    """The first sentence of what is wrong in a form."""
    return str(next(iter(form.errors.values()))[0])
