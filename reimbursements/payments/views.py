"""The pages of an insured person about their payments. All of them are read-only and never stored by a browser."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.identity.models import OpenSession
from accounts.identity.perms import insured_required
from ameli_notify.core.typesetting import TypesettingBusyError
from reimbursements.payments.access import reader_of
from reimbursements.payments.detail import explain_payment
from reimbursements.payments.exports import InvalidFilterError, csv_statement
from reimbursements.payments.listing import CURSOR, Listing, list_payments
from reimbursements.payments.pdf_export import pdf_statement, take_turn
from reimbursements.payments.whole_statements import TooManyLinesError
from reimbursements.payments.years import year_of_care

BUSY_SECONDS: Final = 30


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
        return _to_the_error(request)
    return StreamingHttpResponse(
        pieces, content_type="text/csv; charset=utf-8", headers=_as_file(request, "paiements", "csv")
    )


@insured_required
@require_safe
def payments_pdf(request: HttpRequest, session: OpenSession) -> HttpResponseBase:
    """The filtered list as a document to print or to send; the page that says why when there is none."""
    refusal = take_turn(request)
    if refusal is not None:
        return _refused(
            request, "Vous avez demandé beaucoup de relevés en peu de temps.", status=429, wait=refusal.seconds
        )
    try:
        pdf = pdf_statement(request)
    except InvalidFilterError:
        return _to_the_error(request)
    except TooManyLinesError:
        return _refused(request, "Il serait trop long\u00a0: choisissez une période plus courte.", status=400)
    except TypesettingBusyError:
        return _refused(request, "Beaucoup de relevés sont demandés en ce moment.", status=503, wait=BUSY_SECONDS)
    return HttpResponse(pdf, content_type="application/pdf", headers=_as_file(request, "releve-paiements", "pdf"))


def _to_the_error(request: HttpRequest) -> HttpResponse:
    """To the list, whose form says which filter does not exist."""
    return redirect(f"{reverse('payments')}?{request.GET.urlencode()}")


def _as_file(request: HttpRequest, name: str, extension: str) -> dict[str, str]:
    """Named after the day; the name says nothing of the person."""
    day = reader_of(request).today.isoformat()
    return {"Content-Disposition": f'attachment; filename="{name}-{day}.{extension}"'}


def _refused(request: HttpRequest, reason: str, *, status: int, wait: int = 0) -> HttpResponse:
    """``wait``: seconds after which the same is worth another try."""
    if wait:
        minutes = -(-wait // 60)
        reason = f"{reason} Réessayez dans {'une minute' if minutes == 1 else f'{minutes} minutes'}."
    answer = render(request, "reimbursements/payments/statement_refused.html", {"reason": reason}, status=status)
    if wait:
        answer["Retry-After"] = str(wait)
    return answer


def _addresses(listing: Listing) -> dict[str, str]:
    """The same list elsewhere: as files, newer, older. Empty where there is nothing."""
    chosen = listing.form.chosen if listing.form.is_valid() else {}
    query = f"?{urlencode(chosen)}" if chosen else ""
    return {
        "csv_url": f"{reverse('payments-csv')}{query}",
        "pdf_url": f"{reverse('payments-pdf')}{query}",
        "newer_url": _page(chosen, listing.newer),
        "older_url": _page(chosen, listing.older),
    }


def _page(chosen: dict[str, str], token: str) -> str:
    return f"?{urlencode(chosen | {CURSOR: token})}" if token else ""
