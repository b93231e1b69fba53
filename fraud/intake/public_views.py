"""Reporting without an account: a printable form, and where to send it."""

from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.identity.pages import wait_fr
from ameli_notify.core.client_address import client_address
from ameli_notify.core.limits import Allowed, hit
from ameli_notify.core.typesetting import TypesettingBusyError
from fraud.intake.receipt_pdf import paper_form

FORMS: Final = 20
AN_HOUR: Final = 60 * 60


@login_not_required
@require_safe
def without_account(request: HttpRequest) -> HttpResponse:
    """« Signaler sans compte »."""
    return render(request, "fraud/intake/without_account.html")


@login_not_required
@require_safe
def paper(request: HttpRequest) -> HttpResponse:
    """The form to print."""
    allowed = hit(f"reports|paper|{client_address(request)}", limit=FORMS, window_seconds=AN_HOUR)
    if not isinstance(allowed, Allowed):
        response = render(request, "fraud/intake/later.html", {"text": wait_fr(allowed)}, status=429)
        response["Retry-After"] = str(allowed.seconds)
        return response
    try:
        pdf = paper_form()
    except TypesettingBusyError:
        text = "Beaucoup de documents sont demandés en ce moment. Réessayez dans une minute."
        response = render(request, "fraud/intake/later.html", {"text": text}, status=503)
        response["Retry-After"] = "60"
        return response
    headers = {"Content-Disposition": 'attachment; filename="signaler-un-remboursement.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
