"""The pages of an insured person about their payments. All of them are read-only and never stored by a browser."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.identity.models import OpenSession
from accounts.identity.perms import insured_required
from reimbursements.payments.access import reader_of
from reimbursements.payments.detail import explain_payment
from reimbursements.payments.exports import InvalidFilterError, csv_statement
from reimbursements.payments.listing import CURSOR, Listing, list_payments
from reimbursements.payments.years import year_of_care


@insured_required
@require_safe
def payments(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """« Mes paiements ». A filter that does not exist is told as an error of the form."""
    listing = list_payments(request)
    is_valid = listing.form.is_valid()
    context = {"listing": listing, "form": listing.form, "is_valid": is_valid, **_addresses(listing)}
    return render(request, "reimbursements/payments/payments.html", context, status=200 if is_valid else 400)


@insured_required
@require_safe
def payment(request: HttpRequest, session: OpenSession, statement: str) -> HttpResponse:
    """« Détail du paiement »."""
    return render(request, "reimbursements/payments/payment.html", {"detail": explain_payment(request, statement)})


@insured_required
@require_safe
def care_year(request: HttpRequest, session: OpenSession, year: int) -> HttpResponse:
    """« Ce que vos soins ont coûté »."""
    return render(request, "reimbursements/payments/care_year.html", {"care": year_of_care(request, year)})


@insured_required
@require_safe
def payments_csv(request: HttpRequest, session: OpenSession) -> HttpResponseBase:
    """The filtered list as a file; with a filter that does not exist, the page that says so."""
    try:
        pieces = csv_statement(request)
    except InvalidFilterError:
        return redirect(f"{reverse('payments')}?{request.GET.urlencode()}")
    name = f"paiements-{reader_of(request).today.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers)


def _addresses(listing: Listing) -> dict[str, str]:
    """The same list elsewhere: as a file, newer, older. Empty where there is nothing."""
    chosen = listing.form.chosen if listing.form.is_valid() else {}
    file = reverse("payments-csv")
    return {
        "csv_url": f"{file}?{urlencode(chosen)}" if chosen else file,
        "newer_url": _page(chosen, listing.newer),
        "older_url": _page(chosen, listing.older),
    }


def _page(chosen: dict[str, str], token: str) -> str:
    return f"?{urlencode(chosen | {CURSOR: token})}" if token else ""
