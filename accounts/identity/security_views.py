"""« Sécurité de mon compte »: second factors, recovery codes, open sessions. Changes need a fresh code."""

import uuid
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.identity import changing, sign_in
from accounts.identity.enums import CodeChannel
from accounts.identity.factors import FactorKind, factors_of
from accounts.identity.forms import AppNameForm, CodeForm
from accounts.identity.franceconnect.configuration import configuration as franceconnect
from accounts.identity.franceconnect.leaving import may_post_to_franceconnect
from accounts.identity.franceconnect.linking import linked_device
from accounts.identity.models import OpenSession
from accounts.identity.pages import page, refuse, with_next
from accounts.identity.perms import confirmation_required, insured_required
from accounts.identity.qr_code import qr_code
from accounts.identity.sessions import live_sessions, revoke, revoke_others
from accounts.identity.sign_in import CONFIRMING, chosen_factor
from accounts.identity.sign_in_views import WRONG_CODE, code_context, code_form, take_choice

WRONG_APP_CODE: Final = (
    "Ce code ne correspond pas. Vérifiez la clé saisie et l’heure de votre appareil, puis saisissez le code affiché "
    "maintenant."
)


@insured_required
@require_GET
def security(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Everything on one page, each thing with its button."""
    account = session.account
    factors = factors_of(account)
    context = {
        "factors": [factor for factor in factors if factor.kind is not FactorKind.RECOVERY],
        "recovery": next((factor for factor in factors if factor.kind is FactorKind.RECOVERY), None),
        "missing": changing.missing_channels(account),
        "sessions": live_sessions(account),
        "current": session,
        "has_franceconnect": franceconnect() is not None,
        "franceconnect": linked_device(account),
    }
    return may_post_to_franceconnect(render(request, "accounts/identity/security.html", context))


@insured_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def confirm_identity(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """A fresh code before a change."""
    chosen = chosen_factor(request, session.account, slot=CONFIRMING)
    context = code_context(request, session.account, chosen)
    form = code_form(chosen, request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return page(request, "accounts/identity/confirm_identity.html", form, context=context)
    refusal = sign_in.confirm(request, session, code=form.cleaned_data["code"])
    if refusal is not None:
        return refuse(
            request, "accounts/identity/confirm_identity.html", form, refusal, message=WRONG_CODE, context=context
        )
    return redirect(context["next"])


@insured_required
@require_POST
def confirm_identity_factor(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Use another factor, or have a code sent, for the fresh code."""
    take_choice(request, session.account, slot=CONFIRMING)
    return redirect(with_next(request, "confirm-identity", default="security"))


@insured_required
@confirmation_required
@require_http_methods(["GET", "POST"])
def add_app(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Step 1 of 2: name an authenticator app."""
    form = AppNameForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return page(request, "accounts/identity/add_app.html", form)
    try:
        changing.begin_app(session.account, name=form.cleaned_data["name"])
    except changing.TooManyAppsError:
        form.add_error(None, f"Vous avez déjà {changing.MOST_APPS} applications. Retirez-en une d’abord.")
        return page(request, "accounts/identity/add_app.html", form)
    return redirect("confirm-app")


@insured_required
@confirmation_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def confirm_app(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Step 2 of 2: the key to enter into the app, and the first code that it shows."""
    device = changing.waiting_app(session.account)
    if device is None:
        return redirect("add-app")
    uri = changing.seed_uri(device)
    context = {"seed": changing.seed_text(device), "uri": uri, "qr": qr_code(uri)}
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return page(request, "accounts/identity/confirm_app.html", form, context=context)
    if not changing.confirm_app(session.account, device, code=form.cleaned_data["code"]):
        form.add_error(None, WRONG_APP_CODE)
        return page(request, "accounts/identity/confirm_app.html", form, context=context)
    messages.success(request, "Votre application est enregistrée. Elle vous sera demandée à la prochaine connexion.")
    return redirect("security")


@insured_required
@confirmation_required
@require_POST
def add_channel(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Receive codes on a known channel again."""
    wanted = request.POST.get("channel", "")
    if wanted not in CodeChannel.values:
        raise Http404
    if changing.add_channel(session.account, CodeChannel(wanted)):
        messages.success(request, f"Vous pouvez de nouveau recevoir vos codes par {CodeChannel(wanted).label}.")
    else:
        messages.warning(request, "Nous ne connaissons pas d’adresse pour cet envoi.")
    return redirect("security")


@insured_required
@confirmation_required
@require_POST
def remove_factor(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Remove an app, a channel or the recovery codes."""
    try:
        is_removed = changing.remove_factor(session.account, device_id=request.POST.get("device", ""))
    except changing.LastFactorError:
        messages.error(
            request,
            "Ce moyen de connexion est le dernier : ajoutez-en un autre avant de le retirer. Sans lui, vous ne "
            "pourriez plus vous connecter.",
        )
        return redirect("security")
    if not is_removed:
        raise Http404
    if request.session.get(DEVICE_ID_SESSION_KEY) == request.POST["device"]:
        sign_in.sign_out(request)
        messages.success(request, "Ce moyen de connexion est retiré. Il avait ouvert cette session : reconnectez-vous.")
        return redirect("sign-in")
    messages.success(request, "Ce moyen de connexion est retiré.")
    return redirect("security")


@insured_required
@confirmation_required
@require_POST
def make_recovery_codes(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Show ten new codes, this once: the answer to the POST is the only page that ever holds them."""
    codes = changing.make_recovery_codes(session.account)
    return render(request, "accounts/identity/recovery_codes.html", {"codes": codes})


@insured_required
@require_POST
def end_session(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Close one other session. No fresh code: whoever sees a stranger's session must be able to end it at once."""
    try:
        wanted = uuid.UUID(request.POST.get("session", ""))
    except ValueError:
        raise Http404 from None
    if wanted == session.pk or not revoke(session.account, session_id=wanted):
        raise Http404
    messages.success(request, "La session est fermée.")
    return redirect("security")


@insured_required
@require_POST
def end_other_sessions(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Close every session but this one."""
    count = revoke_others(session.account, keep=session.pk)
    said = {0: "Aucune autre session n’était ouverte.", 1: "L’autre session est fermée."}
    messages.success(request, said.get(count, f"Les {count} autres sessions sont fermées."))
    return redirect("security")
