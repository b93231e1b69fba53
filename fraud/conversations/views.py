"""« Parler à un conseiller »."""

import uuid
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.identity.models import OpenSession
from accounts.identity.pages import wait_fr
from accounts.identity.perms import insured_required
from ameli_notify.core.limits import Allowed, hit
from fraud.conversations.asking import Context, ask_adviser, own_conversation, place_in_queue
from fraud.conversations.enums import ConversationStatus, Origin, Satisfaction
from fraud.conversations.hours import hours_fr
from fraud.conversations.live import Live, live
from fraud.conversations.models import Conversation
from fraud.conversations.talking import may_rate
from fraud.conversations.thread import own_thread
from fraud.intake.access import own_report
from fraud.intake.assistant.dialogue import said_so_far
from fraud.intake.enums import ReportStatus
from fraud.intake.following import MessageTextError
from fraud.intake.forms import MessageForm
from fraud.intake.models import FraudReport

FROM: Final = "depuis"
ABOUT: Final = "signalement"
REQUESTS: Final = 10
AN_HOUR: Final = 60 * 60


@insured_required
@require_http_methods(["GET", "HEAD", "POST"])
def adviser(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """Ask for an adviser, wait for one, talk with them."""
    insured_id = session.account.insured_id
    report = _report(request, insured_id)
    form = MessageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        allowed = hit(f"conversations|ask|{insured_id}", limit=REQUESTS, window_seconds=AN_HOUR)
        try:
            if isinstance(allowed, Allowed):
                _ask(request, insured_id, form=form, report=report)
                return redirect("adviser")
            form.add_error(None, wait_fr(allowed))
        except MessageTextError as error:
            form.add_error("text", str(error))
    return adviser_page(request, insured_id, form=form)


def adviser_page(request: HttpRequest, insured_id: int, *, form: MessageForm) -> HttpResponse:
    """The conversation under way, or the form that asks for one beside the last that ended. GET writes nothing."""
    own = own_conversation(insured_id)
    is_over = own is None or own.status == ConversationStatus.CLOSED
    thread = own_thread(own) if own else []
    context = {
        "live": _live(own) if own else None,
        "form": form,
        # The page also answers a message that came too late: from there, one asks anew.
        "ask_address": request.get_full_path() if request.path == reverse("adviser") else reverse("adviser"),
        "conversation": own,
        "is_over": is_over,
        "thread": thread,
        "has_news": any(said.is_new for said in thread),
        "hours": hours_fr(timezone.now()),
        "rating": Satisfaction.choices if own and may_rate(own) else [],
    }
    return render(request, "fraud/conversations/adviser.html", context, status=400 if form.errors else 200)


@insured_required
@require_safe
def said(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """The conversation, for a page that shows it already; nothing when nothing has changed. Writes nothing."""
    own = own_conversation(session.account.insured_id)
    if own is None:
        raise Http404
    thread, now = own_thread(own), _live(own)
    if not now.is_news(request, number=len(thread)):
        return HttpResponse(status=204)
    context = {"live": now, "thread": thread, "has_news": any(one.is_new for one in thread)}
    return render(request, "fraud/conversations/live.html", context)


def _live(own: Conversation) -> Live:
    place = place_in_queue(own) if own.status == ConversationStatus.WAITING else 0
    return live(own, at=reverse("adviser-said"), place=place)


def _ask(request: HttpRequest, insured_id: int, *, form: MessageForm, report: FraudReport | None) -> None:
    origin = _origin(request)
    ask_adviser(
        insured_id,
        origin=origin,
        report_id=report.pk if report and report.status != ReportStatus.DRAFT else None,
        context=_context(insured_id, form, origin=origin, report=report),
    )


def _origin(request: HttpRequest) -> Origin:
    value = request.GET.get(FROM, "")
    return Origin(value) if value in Origin.values else Origin.SPACE


def _report(request: HttpRequest, insured_id: int) -> FraudReport | None:
    """The report or draft that the person came from; somebody else's is nobody's."""
    try:
        return own_report(insured_id, uuid.UUID(request.GET.get(ABOUT, "")))
    except (ValueError, Http404):
        return None


def _context(insured_id: int, form: MessageForm, *, origin: Origin, report: FraudReport | None) -> Context:
    context: dict[str, str | list[dict[str, str]]] = {"question": form.cleaned_data["text"].strip()}
    if report is not None and report.status == ReportStatus.DRAFT:
        context["draft"] = str(report.public_id)
    if origin is Origin.ASSISTANT:
        context["turns"] = [{"by": turn.by, "text": turn.text} for turn in said_so_far(insured_id)]
    return context
