"""Pages of « Mes informations » that need nothing from the floors above."""

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.identity.activity import KEPT as ACTIVITY_KEPT
from accounts.identity.models import OpenSession
from accounts.identity.outbox import KEPT as CODES_KEPT
from accounts.identity.pages import page
from accounts.identity.perms import confirmation_required, insured_required
from accounts.my_information.accesses import accesses_page
from accounts.my_information.forms import PreferencesForm
from accounts.people.preferences import UnreachableError, change_preferences
from ameli_notify.core.sealed_tokens import TokenError
from ameli_notify.core.walls import as_insured

CURSOR: Final = "page"
_PREFERENCES: Final = "accounts/my_information/preferences.html"


@insured_required
@require_safe
def my_accesses(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """« Qui a consulté mes données »."""
    insured_id = session.account.insured_id
    try:
        with as_insured(insured_id):
            found = accesses_page(insured_id, cursor=request.GET.get(CURSOR, ""))
    except TokenError as error:
        raise Http404 from error
    return render(request, "accounts/my_information/accesses.html", {"accesses": found})


@insured_required
@require_safe
def my_rights(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """« Mes droits »."""
    context = {
        "lines_months": settings.LINE_RETENTION_MONTHS,
        "sending_days": settings.NOTIFICATION_RETENTION_DAYS,
        "codes_days": CODES_KEPT.days,
        "activity_days": ACTIVITY_KEPT.days,
    }
    return render(request, "accounts/my_information/rights.html", context)


@insured_required
@confirmation_required
@require_http_methods(["GET", "POST"])
def my_preferences(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """« Mes préférences ». After a fresh code: whoever borrows a session must not silence the messages that alert."""
    person = session.account.insured
    form = PreferencesForm(person, request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return page(request, _PREFERENCES, form)
    try:
        changes = change_preferences(person.pk, form.wanted(), by=str(person.public_id))
    except UnreachableError:
        form.add_error("digest", "Nous n’avons plus d’adresse pour cet envoi. Choisissez une autre réponse.")
        return page(request, _PREFERENCES, form)
    said = "Vos préférences sont enregistrées." if changes else "Vos préférences restent les mêmes."
    messages.success(request, said)
    return redirect("my-information")
