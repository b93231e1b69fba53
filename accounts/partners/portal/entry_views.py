"""Coming in: the sign-in in two pages, an invitation in two pages, and going out."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.identity.qr_code import qr_code
from accounts.partners.portal import invitations
from accounts.partners.portal.forms import JoinForm, SignInForm
from accounts.partners.portal.models import PartnerTotpDevice, PartnerUser
from accounts.partners.portal.pages import refuse
from accounts.partners.portal.sessions import close_session, member_of
from accounts.partners.portal.sign_in import Refused, awaiting_code, check_code, check_password, count_try
from accounts.staff.forms import CodeForm

WRONG_PAIR: Final = "L’identifiant ou le mot de passe n’est pas correct."
WRONG_INVITATION: Final = (
    "Cette invitation n’est pas valable : vérifiez l’identifiant et le code. Une invitation sert une fois, pendant "
    "sept jours."
)
EXPIRED_FR: Final = "Votre identification a expiré. Recommencez avec votre mot de passe."
JOIN_EXPIRED_FR: Final = "Votre invitation n’est plus valable, ou a déjà servi. Recommencez, ou demandez-en une autre."
_ENTRY: Final = [login_not_required, never_cache, sensitive_post_parameters()]


def _shown(request: HttpRequest, template: str, **context: Any) -> Callable[..., HttpResponse]:
    def show(*, form: Form, status: int = 200) -> HttpResponse:
        return render(request, template, {**context, "form": form}, status=status)

    return show


@method_decorator(_ENTRY, name="dispatch")
class SignInView(View):
    """Step 1 of 2: identifier and password."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        if isinstance(member_of(request), PartnerUser):
            return redirect("portal")
        return _shown(request, "accounts/partners/sign_in.html")(form=SignInForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form, show = SignInForm(request.POST), _shown(request, "accounts/partners/sign_in.html")
        if not form.is_valid():
            return show(form=form)
        refusal = check_password(request, **form.cleaned_data)
        if refusal is not None:
            return refuse(request, form, refusal, show=show, message=WRONG_PAIR)
        return redirect("portal-sign-in-code")


@method_decorator(_ENTRY, name="dispatch")
class SignInCodeView(View):
    """Step 2 of 2: the code of the app."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        if awaiting_code(request) is None:
            return redirect("portal-sign-in")
        return _shown(request, "accounts/partners/sign_in_code.html")(form=CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        member = awaiting_code(request)
        if member is None:
            messages.warning(request, EXPIRED_FR)
            return redirect("portal-sign-in")
        form, show = CodeForm(request.POST), _shown(request, "accounts/partners/sign_in_code.html")
        if not form.is_valid():
            return show(form=form)
        refusal = check_code(request, member=member, code=form.cleaned_data["code"])
        if refusal is not None:
            return refuse(request, form, refusal, show=show)
        return redirect("portal")


@method_decorator(_ENTRY, name="dispatch")
class JoinView(View):
    """Step 1 of 2 of an invitation: its code, and a password."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return _shown(request, "accounts/partners/join.html")(form=JoinForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form, show = JoinForm(request.POST), _shown(request, "accounts/partners/join.html")
        if not form.is_valid():
            return show(form=form)
        data = form.cleaned_data
        blocked = count_try(request, f"portal-join|{data['identifier'].casefold()}")
        if blocked is not None:
            return refuse(request, form, blocked, show=show)
        try:
            begun = invitations.begin(
                request, identifier=data["identifier"], code=data["code"], password=data["password"]
            )
        except ValidationError as error:
            form.add_error("password", error)
            return show(form=form)
        if not begun:
            return refuse(request, form, Refused(), show=show, message=WRONG_INVITATION)
        return redirect("portal-join-app")


@method_decorator(_ENTRY, name="dispatch")
class JoinAppView(View):
    """Step 2 of 2: the key to enter into an app, and the first code that it shows."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        device = invitations.joining(request)
        return _expired(request) if device is None else self._show(request, device)(form=CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        device = invitations.joining(request)
        if device is None:
            return _expired(request)
        form, show = CodeForm(request.POST), self._show(request, device)
        if not form.is_valid():
            return show(form=form)
        blocked = count_try(request, f"portal-join-code|{device.pk}")
        if blocked is not None:
            return refuse(request, form, blocked, show=show)
        if not invitations.finish(request, device, code=form.cleaned_data["code"]):
            return refuse(request, form, Refused(), show=show)
        messages.success(request, "Votre compte est ouvert. L’application vous sera demandée à chaque connexion.")
        return redirect("portal")

    def _show(self, request: HttpRequest, device: PartnerTotpDevice) -> Callable[..., HttpResponse]:
        uri = invitations.seed_uri(device, device.user.username)
        return _shown(
            request, "accounts/partners/join_app.html", seed=invitations.seed_text(device), uri=uri, qr=qr_code(uri)
        )


@login_not_required
@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget the session, whoever it belonged to."""
    close_session(request)
    messages.success(request, "Vous êtes déconnecté.")
    return redirect("portal-sign-in")


def _expired(request: HttpRequest) -> HttpResponse:
    if request.session.get(invitations.JOINING_KEY) is not None:
        messages.warning(request, JOIN_EXPIRED_FR)
    return redirect("portal-join")
