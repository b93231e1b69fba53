"""« Mes signalements » and the page of one: where it stands, messages, documents, receipt, withdrawal."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.identity.models import OpenSession
from accounts.identity.pages import wait_fr
from accounts.identity.perms import insured_required
from ameli_notify.core.limits import Allowed, hit
from ameli_notify.core.typesetting import TypesettingBusyError
from fraud.intake.access import own_attachments, own_events, own_lines, own_messages, report_required
from fraud.intake.enums import NEXT, ReportStatus
from fraud.intake.following import MessageTextError, MoveError, mark_read, withdraw, write_message
from fraud.intake.forms import FILES_ACCEPTED, MessageForm
from fraud.intake.models import FraudReport
from fraud.intake.pages import (
    event_rows,
    file_rows,
    line_rows,
    message_rows,
    my_reports,
    report_row,
    status_sentence,
)
from fraud.intake.receipt_pdf import receipt_pdf
from fraud.intake.review import answers_in_words

MESSAGES: Final = 30
RECEIPTS: Final = 20
AN_HOUR: Final = 60 * 60


@insured_required
@require_safe
def reports(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """« Mes signalements »."""
    drafts, sent = my_reports(session.account.insured_id)
    return render(request, "fraud/intake/reports.html", {"drafts": drafts, "sent": sent})


@report_required
@require_safe
def report(request: HttpRequest, session: OpenSession, report: FraudReport) -> HttpResponse:
    """One report."""
    return _page(request, report, form=MessageForm())


@report_required
@require_POST
def message(request: HttpRequest, session: OpenSession, report: FraudReport) -> HttpResponse:
    """Write beside a report; what was waiting is read by then."""
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _page(request, report, form=form)
    allowed = hit(f"reports|message|{report.insured_id}", limit=MESSAGES, window_seconds=AN_HOUR)
    if not isinstance(allowed, Allowed):
        form.add_error(None, wait_fr(allowed))
        return _page(request, report, form=form)
    try:
        mark_read(report.pk, insured_id=report.insured_id)
        write_message(report.pk, text=form.cleaned_data["text"], by=None)
    except MessageTextError as error:
        form.add_error("text", str(error))
        return _page(request, report, form=form)
    except MoveError:
        messages.error(request, "Ce signalement est terminé : il ne reçoit plus de message.")
    else:
        messages.success(request, "Votre message est envoyé.")
    return redirect("report", public_id=report.public_id)


@report_required
@require_POST
def read(request: HttpRequest, session: OpenSession, report: FraudReport) -> HttpResponse:
    """« J’ai lu »."""
    mark_read(report.pk, insured_id=report.insured_id)
    return redirect("report", public_id=report.public_id)


@report_required
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, session: OpenSession, report: FraudReport) -> HttpResponse:
    """Withdraw a report, after asking."""
    if request.method == "POST":
        try:
            withdraw(report.pk, insured_id=report.insured_id)
        except MoveError:
            messages.error(request, "Ce signalement est déjà terminé.")
        else:
            messages.success(request, "Votre signalement est retiré.")
        return redirect("report", public_id=report.public_id)
    return render(request, "fraud/intake/withdraw.html", {"row": report_row(report, unread=0)})


@report_required
@require_safe
def receipt(request: HttpRequest, session: OpenSession, report: FraudReport) -> HttpResponse:
    """The acknowledgement as PDF."""
    allowed = hit(f"reports|receipt|{report.insured_id}", limit=RECEIPTS, window_seconds=AN_HOUR)
    if not isinstance(allowed, Allowed):
        response = render(request, "fraud/intake/later.html", {"text": wait_fr(allowed)}, status=429)
        response["Retry-After"] = str(allowed.seconds)
        return response
    try:
        pdf = receipt_pdf(report)
    except TypesettingBusyError:
        text = "Beaucoup de documents sont demandés en ce moment. Réessayez dans une minute."
        response = render(request, "fraud/intake/later.html", {"text": text}, status=503)
        response["Retry-After"] = "60"
        return response
    headers = {"Content-Disposition": f'attachment; filename="accuse-{report.receipt_no}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


def _page(request: HttpRequest, report: FraudReport, *, form: MessageForm) -> HttpResponse:
    rows = message_rows(own_messages(report))
    context = {
        "report": report,
        "row": report_row(report, unread=sum(row.is_new for row in rows)),
        "sentence": status_sentence(report),
        "lines": line_rows(own_lines(report)),
        "answers": answers_in_words(report),
        "files": file_rows(own_attachments(report)),
        "messages_beside": rows,
        "events": event_rows(own_events(report)),
        "form": form,
        "accept": FILES_ACCEPTED,
        "may_withdraw": ReportStatus.WITHDRAWN in NEXT[ReportStatus(report.status)],
    }
    return render(request, "fraud/intake/report.html", context, status=400 if form.errors else 200)
