"""« Mes coordonnées »: changing an e-mail address or a mobile number, in two pages after a fresh code."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.identity import contact_changes
from accounts.identity.enums import CodeChannel
from accounts.identity.forms import AddressForm, CodeForm
from accounts.identity.models import OpenSession
from accounts.identity.pages import page, refuse
from accounts.identity.perms import confirmation_required, insured_required
from accounts.identity.reach import codes_wait_until
from accounts.identity.sign_in_views import WRONG_CODE
from accounts.people.contacts import mobile_fr
from accounts.people.enums import ContactKind

CHANNELS = {"adresse-e-mail": CodeChannel.EMAIL, "mobile": CodeChannel.SMS}
"""The words of the URL."""


@insured_required
@confirmation_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_contact(request: HttpRequest, session: OpenSession, channel: str) -> HttpResponse:
    """Step 1 of 2: the new address."""
    if channel not in CHANNELS:
        raise Http404
    wanted = CHANNELS[channel]
    form = AddressForm(wanted, request.POST if request.method == "POST" else None)
    context = {"is_mobile": wanted is CodeChannel.SMS, "channel": channel}
    if request.method == "GET" or not form.is_valid():
        return page(request, "accounts/identity/change_contact.html", form, context=context)
    refusal = contact_changes.ask_for_change(
        request, session.account, channel=wanted, address=form.cleaned_data["address"]
    )
    if refusal is not None:
        return refuse(request, "accounts/identity/change_contact.html", form, refusal, message="", context=context)
    return redirect("confirm-contact")


@insured_required
@confirmation_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def confirm_contact(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Step 2 of 2: the code that was sent to the new address."""
    change = contact_changes.open_change(session.account)
    if change is None:
        return redirect("security")
    is_mobile = change.kind == ContactKind.MOBILE
    address = contact_changes.new_address(change)
    context = {"is_mobile": is_mobile, "address": mobile_fr(address) if is_mobile else address}
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return page(request, "accounts/identity/confirm_contact.html", form, context=context)
    refusal = contact_changes.confirm_change(request, session.account, change, code=form.cleaned_data["code"])
    if refusal is not None:
        return refuse(
            request, "accounts/identity/confirm_contact.html", form, refusal, message=WRONG_CODE, context=context
        )
    messages.success(request, _changed_fr(session.account.insured_id, is_mobile=is_mobile))
    return redirect("security")


def _changed_fr(insured_id: int, *, is_mobile: bool) -> str:
    """What was done; from when on codes go to a new number, and nothing of it for the number they go to already."""
    if not is_mobile:
        return "Votre nouvelle adresse e-mail est enregistrée."
    from_at = codes_wait_until(insured_id, kind=ContactKind.MOBILE)
    if from_at is None:
        return "Votre numéro est enregistré. Vos codes de connexion y sont envoyés."
    when = date_format(timezone.localtime(from_at), "j F Y à H:i")
    return f"Votre nouveau numéro est enregistré. Vos codes de connexion y seront envoyés à partir du {when}."
