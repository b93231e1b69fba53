"""Sign-in of the staff in two pages, and sign-out."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import View

from accounts.identity.pages import wait_fr
from accounts.identity.passkey_views import NO_PASSKEY, WRONG_PASSKEY, sentence
from accounts.identity.passkeys import Purpose, ask_to_use, passkeys_of
from accounts.staff.forms import CodeForm, PasswordForm
from accounts.staff.models import User
from accounts.staff.sign_in import awaiting_code, check_code, check_passkey, check_password
from ameli_notify.core.limits import RetryAfter

EXPIRED_FIRST_STEP: Final = "Votre identification a expiré. Recommencez avec votre mot de passe."
WRONG_FIRST_STEP: Final = "L’identifiant ou le mot de passe n’est pas correct."
WRONG_SECOND_STEP: Final = (
    "Ce code n’a pas été accepté. Attendez que votre application en affiche un nouveau, puis saisissez-le : "
    "un code ne sert qu’une fois."
)


@method_decorator([login_not_required, never_cache, sensitive_post_parameters()], name="dispatch")
class SignInView(View):
    """Step 1 of 2: identifier and password."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if _is_signed_in(request):
            return redirect(_safe_next(request))
        return _page(request, PasswordForm(), step=1)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PasswordForm(request.POST)
        if not form.is_valid():
            return _page(request, form, step=1)
        refusal = check_password(request, **form.cleaned_data)
        if refusal is not None:
            return _refuse(request, form, refusal, message=WRONG_FIRST_STEP, step=1)
        return redirect(_with_next(request, "staff-sign-in-code"))


@method_decorator([login_not_required, never_cache, sensitive_post_parameters()], name="dispatch")
class CodeView(View):
    """Step 2 of 2: the code of the authenticator app."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = awaiting_code(request)
        if user is None:
            return redirect(_with_next(request, "staff-sign-in"))
        return _page(request, CodeForm(), step=2, context=_means(user))

    def post(self, request: HttpRequest) -> HttpResponse:
        user = awaiting_code(request)
        if user is None:
            messages.warning(request, EXPIRED_FIRST_STEP)
            return redirect(_with_next(request, "staff-sign-in"))
        form, context = CodeForm(request.POST), _means(user)
        if not form.is_valid():
            return _page(request, form, step=2, context=context)
        refusal = check_code(request, user=user, code=form.cleaned_data["code"])
        if refusal is not None:
            return _refuse(request, form, refusal, message=WRONG_SECOND_STEP, step=2, context=context)
        return redirect(_safe_next(request))


@login_not_required
@never_cache
@require_POST
def passkey_challenge(request: HttpRequest) -> JsonResponse:
    """Step 2 of 2, with a passkey: the challenge."""
    user = awaiting_code(request)
    if user is None:
        return sentence(EXPIRED_FIRST_STEP, status=409)
    if not passkeys_of(user.pk):
        return sentence(NO_PASSKEY, status=409)
    return JsonResponse(ask_to_use(request, user, purpose=Purpose.SIGN_IN))


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_POST
def passkey_answer(request: HttpRequest) -> HttpResponse:
    """Step 2 of 2, with a passkey: the answer."""
    user = awaiting_code(request)
    if user is None:
        messages.warning(request, EXPIRED_FIRST_STEP)
        return redirect(_with_next(request, "staff-sign-in"))
    refusal = check_passkey(request, user=user, answer=request.POST.get("credential", ""))
    if refusal is not None:
        messages.error(request, wait_fr(refusal) if isinstance(refusal, RetryAfter) else WRONG_PASSKEY)
        return redirect(_with_next(request, "staff-sign-in-code"))
    return redirect(_safe_next(request))


@login_not_required
@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponseRedirect:
    """Forget the session, whoever it belonged to."""
    logout(request)
    messages.success(request, "Vous êtes déconnecté.")
    return redirect("staff-sign-in")


def _is_signed_in(request: HttpRequest) -> bool:
    user: Any = request.user  # the OTP middleware adds is_verified
    return bool(user.is_active and user.is_staff and user.is_verified())


def _means(user: User) -> dict[str, bool]:
    return {"has_passkeys": bool(passkeys_of(user.pk))}


def _page(
    request: HttpRequest, form: Form, *, step: int, status: int = 200, context: Mapping[str, Any] | None = None
) -> HttpResponse:
    template = "accounts/sign_in.html" if step == 1 else "accounts/sign_in_code.html"
    return render(request, template, {"form": form, "next": _safe_next(request), **(context or {})}, status=status)


def _refuse(
    request: HttpRequest,
    form: Form,
    refusal: object,
    *,
    message: str,
    step: int,
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    if not isinstance(refusal, RetryAfter):
        form.add_error(None, message)
        return _page(request, form, step=step, context=context)
    form.add_error(None, wait_fr(refusal))
    response = _page(request, form, step=step, status=429, context=context)
    response["Retry-After"] = str(refusal.seconds)
    return response


def _safe_next(request: HttpRequest) -> str:
    """Where to go afterwards: a path of this site, else the console."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    allowed = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if allowed and wanted.startswith("/") else reverse("admin:index")


def _with_next(request: HttpRequest, url_name: str) -> str:
    return f"{reverse(url_name)}?{urlencode({'next': _safe_next(request)})}"
