"""« Mes clés d’accès » in the console: one's own passkeys, to add and remove after a fresh code of the app.

The console wraps these views: they are reached with a verified device only.
"""

from functools import partial
from typing import Final

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST
from django_otp_webauthn.models import WebAuthnCredential

from accounts.identity import passkeys
from accounts.identity.forms import PasskeyForm
from accounts.identity.pages import wait_fr
from accounts.identity.passkey_views import NOT_ADDED, TOO_MANY, first_error, sentence
from accounts.staff.forms import CodeForm
from accounts.staff.models import User
from accounts.staff.perms import signed_in
from accounts.staff.sessions import is_confirmed
from accounts.staff.sign_in import confirm
from ameli_notify.core.limits import RetryAfter

PAGE: Final = "admin:passkeys"
CODE_FIRST: Final = "Saisissez d’abord un code de votre application."
WRONG_CODE: Final = (
    "Ce code n’a pas été accepté. Attendez que votre application en affiche un nouveau, puis saisissez-le : "
    "un code ne sert qu’une fois, celui de votre connexion aussi."
)


@require_GET
def my_passkeys(request: HttpRequest) -> HttpResponse:
    """The list; then the form for a code, or those for changes."""
    return _page(request, PasskeyForm() if is_confirmed(request) else CodeForm())


@sensitive_post_parameters()
@require_POST
def confirm_passkeys(request: HttpRequest) -> HttpResponse:
    """A fresh code of the app, before changes."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    refusal = confirm(request, user=signed_in(request), code=form.cleaned_data["code"])
    if refusal is None:
        return redirect(PAGE)
    form.add_error(None, wait_fr(refusal) if isinstance(refusal, RetryAfter) else WRONG_CODE)
    response = _page(request, form)
    if isinstance(refusal, RetryAfter):
        response.status_code, response["Retry-After"] = 429, str(refusal.seconds)
    return response


@require_POST
def new_passkey_challenge(request: HttpRequest) -> JsonResponse:
    """Adding a passkey: the challenge, once the name is in order."""
    user = signed_in(request)
    if not is_confirmed(request):
        return sentence(CODE_FIRST, status=403)
    form = PasskeyForm(request.POST)
    if not form.is_valid():
        return sentence(first_error(form), status=422)
    if len(passkeys.passkeys_of(user.pk)) >= passkeys.MOST_PASSKEYS:
        return sentence(TOO_MANY, status=409)
    return JsonResponse(passkeys.ask_for_new(request, user, account_name=user.username))


@sensitive_post_parameters()
@require_POST
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Adding a passkey: the answer of the person's device."""
    if not is_confirmed(request):
        return _code_first(request)
    form = PasskeyForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    user = signed_in(request)
    name, answer = form.cleaned_data["name"], request.POST.get("credential", "")
    announce = partial(_write_down, user, "clé d’accès ajoutée")
    if passkeys.add(request, user, name=name, answer=answer, announce=announce) is None:
        form.add_error(None, NOT_ADDED)
        return _page(request, form)
    messages.success(request, "Votre clé d’accès est enregistrée. Elle vous sera proposée à la prochaine connexion.")
    return redirect(PAGE)


@require_POST
def remove_passkey(request: HttpRequest) -> HttpResponse:
    """Remove one of one's own passkeys. The app stays, so nobody locks themselves out."""
    if not is_confirmed(request):
        return _code_first(request)
    user, number = signed_in(request), request.POST.get("passkey", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Http404
    with transaction.atomic():
        deleted, _ = WebAuthnCredential.objects.filter(user=user, pk=int(number)).delete()
        if not deleted:
            raise Http404
        _write_down(user, "clé d’accès retirée")
    messages.success(request, "La clé d’accès est retirée.")
    return redirect(PAGE)


def _page(request: HttpRequest, form: Form) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": "Mes clés d’accès",
        "passkeys": passkeys.passkeys_of(signed_in(request).pk),
        "is_confirmed": is_confirmed(request),
        "form": form,
    }
    return TemplateResponse(request, "accounts/staff/passkeys.html", context).render()


def _code_first(request: HttpRequest) -> HttpResponse:
    messages.warning(request, CODE_FIRST)
    return redirect(PAGE)


def _write_down(user: User, what: str) -> None:
    """Among what was changed in the console, by whom."""
    LogEntry.objects.log_actions(
        user.pk, User.objects.filter(pk=user.pk), CHANGE, change_message=what, single_object=True
    )
