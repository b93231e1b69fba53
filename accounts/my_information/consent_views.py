"""« Mon organisme complémentaire »: what a person lets their mutual insurer see, also of minors under their number."""

from typing import Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.identity.models import OpenSession
from accounts.identity.pages import page
from accounts.identity.perms import confirmation_required, insured_required
from accounts.my_information.consents_form import ConsentsForm
from accounts.partners.consents import (
    ConsentError,
    choices_about_minors,
    choices_about_partners,
    choose_consents,
    choose_for_minor,
)
from accounts.people.models import InsuredPerson
from ameli_notify.core.walls import as_insured

_TEMPLATE: Final = "accounts/my_information/consents.html"
_CHANGED_FR: Final = "Une adhésion ou un rattachement vient de changer. Rechargez cette page, puis recommencez."


@insured_required
@confirmation_required
@require_http_methods(["GET", "POST"])
def my_consents(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """After a fresh code: whoever borrows a session must not open somebody's care to others."""
    person = session.account.insured
    with as_insured(person.pk):
        choices = choices_about_partners(person.pk) + choices_about_minors(person.pk)
    form = ConsentsForm(choices, request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return page(request, _TEMPLATE, form)
    try:
        changed = _choose(form, person)
    except ConsentError:
        form.add_error(None, _CHANGED_FR)
        return page(request, _TEMPLATE, form)
    messages.success(request, "Vos choix sont enregistrés." if changed else "Vos choix restent les mêmes.")
    return redirect("my-information")


@transaction.atomic
def _choose(form: ConsentsForm, person: InsuredPerson) -> int:
    """All answers or none. Raises ConsentError."""
    by, changed = str(person.public_id), 0
    for one, wanted in form.wanted():
        if one.minor is None:
            changed += choose_consents(person.pk, one.partner.pk, wanted, by=by)
        else:
            changed += choose_for_minor(one.minor.person_id, one.partner.pk, wanted, guardian_id=person.pk, by=by)
    return changed
