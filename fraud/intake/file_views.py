"""Documents: joined to a draft or to an open report, taken off a draft, and served to their owner alone."""

import uuid
from collections.abc import Iterable
from typing import Final

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.identity.models import OpenSession
from accounts.identity.pages import wait_fr
from accounts.identity.perms import insured_required
from ameli_notify.core.limits import Allowed, hit
from ameli_notify.core.walls import as_insured
from fraud.intake.access import draft_required, own_attachments, own_report, report_required, to_draft
from fraud.intake.attachments import MOST_FILES, AttachmentError, attach, content_of, remove_attachment
from fraud.intake.drafting import go_to
from fraud.intake.enums import MEDIA_TYPES, AttachmentKind, ReportStatus
from fraud.intake.forms import FILES_ACCEPTED
from fraud.intake.models import FraudReport
from fraud.intake.pages import draft_context, file_rows
from fraud.intake.questionnaire.publishing import published
from fraud.intake.sealed import answers_of, open_name
from fraud.intake.walking import CHECK, walk

SANDBOX: Final = "default-src 'none'; sandbox"
"""For a document that a browser opens all the same: no origin, no script, nothing loaded."""
UPLOADS: Final = 60
UPLOADS_SECONDS: Final = 60 * 60
NOTHING_CHOSEN: Final = "Choisissez d’abord un document, puis ajoutez-le."


@draft_required
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: HttpRequest, session: OpenSession, draft: FraudReport) -> HttpResponse:
    """« Vos documents ». « Ajouter » keeps what was chosen, « Continuer » goes on, with what was chosen or without."""
    way = walk(published(draft.questionnaire_id), answers_of(draft))
    if not way.is_complete:
        return to_draft(draft)
    refused: list[str] = []
    if request.method == "POST":
        refused = take(request, draft)
        if not refused and "next" in request.POST:
            return _to_check(draft)
        if not refused and request.FILES:
            messages.success(request, _added(len(request.FILES.getlist("files"))))
            return to_draft(draft, "report-files")
        refused = refused or [NOTHING_CHOSEN]
    context = {
        "files": file_rows(own_attachments(draft)),
        "refused": refused,
        "accept": FILES_ACCEPTED,
        "most": MOST_FILES,
        "previous": way.answers[-1].step,
        **draft_context(draft, stage=3, page=0),
    }
    return render(request, "fraud/intake/files.html", context, status=400 if refused else 200)


@draft_required
@require_POST
def remove_file(request: HttpRequest, session: OpenSession, draft: FraudReport, attachment: uuid.UUID) -> HttpResponse:
    """Take a document off a draft."""
    found = next((one for one in own_attachments(draft) if one.public_id == attachment), None)
    if found is None:
        raise Http404
    remove_attachment(found.pk, insured_id=draft.insured_id)
    messages.success(request, "Le document est retiré.")
    return to_draft(draft, "report-files")


@report_required
@require_POST
def add_file(request: HttpRequest, session: OpenSession, report: FraudReport) -> HttpResponse:
    """Join documents to a report that is being looked at."""
    refused = (
        take(request, report) if report.is_open else ["Ce signalement est terminé : il ne reçoit plus de document."]
    )
    for text in refused:
        messages.error(request, text)
    if not refused and request.FILES:
        messages.success(request, _added(len(request.FILES.getlist("files"))))
    elif not refused:
        messages.error(request, NOTHING_CHOSEN)
    return redirect("report", public_id=report.public_id)


@insured_required
@require_safe
def attachment(
    request: HttpRequest, session: OpenSession, public_id: uuid.UUID, attachment: uuid.UUID
) -> HttpResponseBase:
    """One document, to keep; never shown in the page's own origin."""
    report = own_report(session.account.insured_id, public_id)
    found = next((one for one in own_attachments(report) if one.public_id == attachment), None)
    if found is None:
        raise Http404
    with as_insured(report.insured_id):
        content = content_of(found)
    disposition = content_disposition_header(as_attachment=True, filename=open_name(found))
    return HttpResponse(
        content,
        content_type=MEDIA_TYPES[AttachmentKind(found.kind)],
        headers={
            "Content-Disposition": disposition or "attachment",
            "Content-Security-Policy": SANDBOX,
            "X-Content-Type-Options": "nosniff",
        },
    )


def take(request: HttpRequest, report: FraudReport) -> list[str]:
    """Join each file of the request; returns why some were refused, by their place in the choice."""
    refused: list[str] = []
    chosen: Iterable[UploadedFile[bytes]] = request.FILES.getlist("files")
    for place, upload in enumerate(chosen, start=1):
        allowed = hit(f"reports|upload|{report.insured_id}", limit=UPLOADS, window_seconds=UPLOADS_SECONDS)
        if not isinstance(allowed, Allowed):
            refused.append(wait_fr(allowed))
            break
        try:
            attach(report.pk, upload, insured_id=report.insured_id)
        except AttachmentError as error:
            refused.append(f"Document {place} : {error}")
    return refused


def _added(number: int) -> str:
    return "Votre document est ajouté." if number == 1 else f"Vos {number} documents sont ajoutés."


def _to_check(draft: FraudReport) -> HttpResponse:
    if draft.status == ReportStatus.DRAFT:
        go_to(draft.pk, CHECK)
    return to_draft(draft, "report-check")
