"""« Répondre à l’Assurance Maladie »: a code on paper, what is asked about, and the professional's word on it."""

import uuid
from collections.abc import Iterable
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.identity.pages import wait_fr
from accounts.identity.quotas import DAY, MINUTE, Ceiling, Quota, give_back, use
from ameli_notify.core.crypto import lookup_id, lookup_key
from ameli_notify.core.limits import Allowed, hit
from fraud.cases.events import CaseError
from fraud.intake.attachments import MOST_FILES, AttachmentError
from fraud.intake.enums import MEDIA_TYPES, AttachmentKind
from fraud.intake.file_views import SANDBOX
from fraud.intake.following import MessageTextError
from fraud.intake.forms import FILES_ACCEPTED
from fraud.replies.access import begin, code_required, entered, leave
from fraud.replies.codes import typed_code
from fraud.replies.forms import EnterForm, ReplyForm
from fraud.replies.models import RightOfReply
from fraud.replies.rights import enter
from fraud.replies.thread import as_read_by_professional, attach, name_of, own_document, read_by_professional, write
from reimbursements.explanations.typography import french_date

# A code has 80 bits: these ceilings keep machines off, they are not what protects a case. That of a case is wide, so
# that a stranger who only knows its number cannot keep its professional out for long.
CODES: Final = Quota(
    "reply-code",
    per_person=Ceiling(30, 15 * MINUTE),
    per_address=Ceiling(20, 15 * MINUTE),
    over_all=Ceiling(600, MINUTE),
    per_day=Ceiling(500, DAY),
)
SENDINGS: Final = 60
AN_HOUR: Final = 60 * MINUTE
WRONG: Final = (
    "Ce numéro et ce code ne correspondent pas, ou le délai de réponse est terminé. Vérifiez-les sur notre courrier le "
    "plus récent."
)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Number and code. Whatever is wrong gets the same answer."""
    if request.method != "POST":
        return redirect("reply-case") if entered(request) else _start(request, EnterForm())
    form = EnterForm(request.POST)
    if not form.is_valid():
        return _start(request, form, status=400)
    number = form.cleaned_data["number"]
    case = lookup_id("right of reply", number, key=lookup_key())
    refusal = use(CODES, request, person=case)
    if refusal is not None:
        form.add_error(None, wait_fr(refusal))
        response = _start(request, form, status=429)
        response["Retry-After"] = str(refusal.seconds)
        return response
    right = enter(number, typed_code(form.cleaned_data["code"]))
    if right is None:
        form.add_error(None, WRONG)
        return _start(request, form, status=400)
    give_back(CODES, person=case)
    begin(request, right)
    return redirect("reply-case")


@code_required
@require_safe
def case(request: HttpRequest, right: RightOfReply) -> HttpResponse:
    """What is asked about, what was said, and the place to answer."""
    return _case(request, right, ReplyForm())


@code_required
@require_POST
def send(request: HttpRequest, right: RightOfReply) -> HttpResponse:
    """Documents first, then the message: while one document is refused, the text stays in its field."""
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return _case(request, right, form, status=400)
    text, files = form.cleaned_data["text"], request.FILES.getlist("files")
    if not text.strip() and not files:
        form.add_error("text", "Écrivez votre message, ou choisissez un document.")
        return _case(request, right, form, status=400)
    allowed = hit(f"replies|send|{right.pk}", limit=SENDINGS, window_seconds=AN_HOUR)
    if not isinstance(allowed, Allowed):
        form.add_error(None, wait_fr(allowed))
        return _case(request, right, form, status=429)
    try:
        refused = _attach(right, files)
        if not refused and text.strip():
            write(right.pk, text=text, by=None)
    except (MessageTextError, CaseError) as error:
        form.add_error("text", str(error))
        return _case(request, right, form, status=400)
    if refused:
        for said in refused:
            form.add_error(None, said)
        return _case(request, right, form, status=400)
    messages.success(request, "C’est envoyé, et versé au dossier.")
    return redirect("reply-case")


@code_required
@require_POST
def read(request: HttpRequest, right: RightOfReply) -> HttpResponse:
    """« J’ai lu »."""
    try:
        read_by_professional(right.pk)
    except CaseError as error:
        messages.warning(request, str(error))
    return redirect("reply-case")


@code_required
@require_safe
def document(request: HttpRequest, right: RightOfReply, public_id: uuid.UUID) -> HttpResponseBase:
    """A document that was attached here, to keep; never shown in the page's own origin."""
    found = own_document(right.pk, public_id)
    if found is None:
        raise Http404
    row, content = found
    disposition = content_disposition_header(as_attachment=True, filename=name_of(row))
    return HttpResponse(
        content,
        content_type=MEDIA_TYPES[AttachmentKind(row.kind)],
        headers={
            "Content-Disposition": disposition or "attachment",
            "Content-Security-Policy": SANDBOX,
            "X-Content-Type-Options": "nosniff",
        },
    )


@login_not_required
@never_cache
@require_POST
def quit_case(request: HttpRequest) -> HttpResponse:
    """« Quitter »."""
    leave(request)
    messages.success(request, "Vous avez quitté le dossier. Votre code reste valable jusqu’à la fin du délai.")
    return redirect("reply")


def _attach(right: RightOfReply, files: "Iterable[UploadedFile[bytes]]") -> list[str]:
    """Keep each file; returns why some were refused, by their place in the choice. Raises CaseError."""
    refused: list[str] = []
    for place, upload in enumerate(files, start=1):
        try:
            attach(right.pk, upload)
        except AttachmentError as error:
            refused.append(f"Document {place} : {error}")
    return refused


def _start(request: HttpRequest, form: EnterForm, *, status: int = 200) -> HttpResponse:
    return render(request, "fraud/replies/start.html", {"form": form}, status=status)


def _case(request: HttpRequest, right: RightOfReply, form: ReplyForm, *, status: int = 200) -> HttpResponse:
    context = {
        "right": right,
        "ends_on": french_date(right.ends_on),
        "reading": as_read_by_professional(right.pk),
        "form": form,
        "accept": FILES_ACCEPTED,
        "most": MOST_FILES,
    }
    return render(request, "fraud/replies/case.html", context, status=status)
