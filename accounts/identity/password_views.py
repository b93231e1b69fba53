"""« Mon mot de passe »: changing it in an open session."""

from typing import Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.identity.forms import ChangePasswordForm
from accounts.identity.models import OpenSession
from accounts.identity.pages import page, refuse
from accounts.identity.passwords import change_password as change
from accounts.identity.perms import confirmation_required, insured_required

TEMPLATE: Final = "accounts/identity/change_password.html"
WRONG_OLD_ONE: Final = "Votre mot de passe actuel n’est pas correct."


@insured_required
@confirmation_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """The old password, and a new one twice."""
    form = ChangePasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return page(request, TEMPLATE, form)
    try:
        refusal = change(request, session, old=form.cleaned_data["old"], new=form.cleaned_data["password"])
    except ValidationError as error:
        form.add_error("password", error)
        return page(request, TEMPLATE, form)
    if refusal is not None:
        return refuse(request, TEMPLATE, form, refusal, message=WRONG_OLD_ONE)
    messages.success(request, "Votre mot de passe est changé. Vos autres sessions sont fermées.")
    return redirect("security")
