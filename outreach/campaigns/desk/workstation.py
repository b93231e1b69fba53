"""The adviser's workstation: take the next call, say the script, note, save. No result is saved by itself.

Works by keyboard and without scripts. Every page that shows a person is logged for that person.
"""

import uuid
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.models import User
from accounts.staff.perms import signed_in
from outreach.campaigns.appointments.services import AppointmentError
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.dialling import NotDialledError, show_number
from outreach.campaigns.claiming.enums import PauseReason
from outreach.campaigns.claiming.following import CallbackError
from outreach.campaigns.claiming.holding import (
    NoteError,
    NotHeldError,
    give_back,
    held_by,
    keep_on,
    note_of,
    take_up,
    to_review,
    write_draft,
)
from outreach.campaigns.claiming.models import CallClaim, CallDraft, CallTask
from outreach.campaigns.claiming.next_call import ClaimError, claim_next
from outreach.campaigns.claiming.pausing import begin_pause, end_pause, pause_of
from outreach.campaigns.claiming.saving import discard_note, late_notes, save_result
from outreach.campaigns.desk.call_form import CallForm
from outreach.campaigns.desk.shown import ShownCall, shown_call, spoken
from outreach.campaigns.quality.reviewing import unread

DESK: Final = "admin:outreach_callcampaign_desk"
CALL: Final = "admin:outreach_callcampaign_call"


def may_call(user: User) -> bool:
    return user.has_perm("outreach.call_callcampaign")


def _adviser(request: HttpRequest) -> User:
    user = signed_in(request)
    if not may_call(user):
        raise PermissionDenied
    return user


def desk(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Where an adviser is between two calls: the call in hand, what is to be dealt with, the next one, pauses."""
    adviser = _adviser(request)
    page = {
        "title": "Mon poste d’appel",
        "held": held_by(adviser),
        "pause": pause_of(adviser),
        "pause_reasons": PauseReason.choices,
        "campaigns": CallCampaign.objects.filter(status=CampaignStatus.RUNNING).order_by("pk"),
        "to_review": to_review(adviser),
        "new_feedback": unread(adviser),
        "late_notes": late_notes(adviser),
        "callbacks": CallTask.objects.filter(callback_for=adviser).select_related("campaign").order_by("due_at")[:20],
    }
    return TemplateResponse(request, "admin/outreach/campaigns/desk.html", context | page)


def take_next(request: HttpRequest) -> HttpResponse:
    """The next person of the campaign that was chosen."""
    adviser = _adviser(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    text = request.POST.get("campaign", "")
    if not text.isdecimal() or not CallCampaign.objects.filter(pk=text).exists():
        messages.warning(request, "Choisissez une campagne.")
        return redirect(DESK)
    try:
        claim = claim_next(int(text), by=adviser)
    except ClaimError as error:
        messages.warning(request, str(error))
        return redirect(DESK)
    return redirect(CALL, claim.token)


def take_up_again(request: HttpRequest, pk: int) -> HttpResponse:
    """A call that was lost after its number was shown."""
    adviser = _adviser(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        claim = take_up(pk, by=adviser)
    except ClaimError as error:
        messages.warning(request, str(error))
        return redirect(DESK)
    return redirect(CALL, claim.token)


def pause(request: HttpRequest) -> HttpResponse:
    """Begin a pause with a reason, or end it."""
    adviser = _adviser(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    reason = request.POST.get("reason", "")
    if not reason:
        end_pause(by=adviser)
    elif reason in PauseReason.values:
        try:
            begin_pause(by=adviser, reason=PauseReason(reason))
        except ClaimError as error:
            messages.warning(request, str(error))
    return redirect(DESK)


def late_note(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """A note that came too late: read, then put away."""
    adviser = _adviser(request)
    draft = late_notes(adviser).filter(pk=pk).first()
    if draft is None:
        raise Http404
    if request.method == "POST":
        discard_note(draft.pk, by=adviser)
        messages.success(request, "La note est rangée.")
        return redirect(DESK)
    _log(adviser, draft.claim, reason="relecture d’une note d’appel")
    page = {"title": f"Note de l’{draft.claim.task}", "draft": draft, "note": note_of(draft)}
    return TemplateResponse(request, "admin/outreach/campaigns/late_note.html", context | page)


def call(request: HttpRequest, token: uuid.UUID, context: dict[str, Any]) -> HttpResponse:
    """The page of the call in hand; its buttons post here."""
    adviser = _adviser(request)
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    claim = held_by(adviser)
    if request.method == "POST" and request.POST.get("action") == "keep":
        return _keep(request, token, adviser=adviser)
    if request.method == "POST":
        return _act(request, token, adviser=adviser, claim=claim, context=context)
    if claim is None or claim.token != token:
        messages.warning(request, str(NotHeldError()))
        return redirect(DESK)
    draft = CallDraft.objects.filter(claim=claim).first()
    shown = shown_call(claim, draft=draft)
    return _page(request, claim, shown, _form(None, shown, draft), context=context)


def _act(
    request: HttpRequest, token: uuid.UUID, *, adviser: User, claim: CallClaim | None, context: dict[str, Any]
) -> HttpResponse:
    draft = CallDraft.objects.filter(claim_id=token, adviser=adviser).first()
    holder = CallClaim.objects.filter(token=token, adviser=adviser).select_related("task__campaign").first()
    if holder is None:
        raise Http404
    shown = shown_call(holder, draft=draft)
    form = _form(request.POST, shown, draft)
    if form.is_valid():
        try:
            if _perform(request, holder, form, draft, adviser=adviser):
                return redirect(DESK)
        except (NotHeldError, NotDialledError) as error:
            messages.warning(request, str(error))
            return redirect(DESK)
        except (ClaimError, NoteError, CallbackError, AppointmentError) as error:
            is_held = claim is not None and claim.token == token
            if not is_held and not isinstance(error, NoteError):
                messages.warning(request, str(error))
                return redirect(DESK)
            form.add_error(None, str(error))
        if not form.errors:
            return redirect(CALL, token)
    return _page(request, holder, shown, form, context=context)


def _keep(request: HttpRequest, token: uuid.UUID, *, adviser: User) -> HttpResponse:
    """What the page sends by itself while the adviser types: the note, and what is ticked. No result comes of it."""
    ticked = request.POST.get("disposition", "")
    chosen = Disposition(ticked) if ticked in Disposition.values else None
    try:
        write_draft(token, by=adviser, note=request.POST.get("note", ""), disposition=chosen, by_itself=True)
    except NoteError as error:
        return JsonResponse({"said": str(error)}, status=400)
    except ClaimError as error:
        return JsonResponse({"said": str(error)}, status=409)
    return JsonResponse({"said": f"Note gardée à {timezone.localtime():%H:%M}."})


def _perform(request: HttpRequest, claim: CallClaim, form: CallForm, draft: CallDraft | None, *, adviser: User) -> bool:
    """Do what the button says; True when the call is over for its adviser."""
    answers: list[str] = list(draft.answers) if draft else []
    action = request.POST.get("action", "")
    if action == "save":
        result = form.result(claim.task, answers=answers)
        if result is None:
            return False
        save_result(claim.token, result, by=adviser)
        messages.success(request, f"Résultat enregistré : {result.disposition.label}.")
        return True
    if action == "give-back":
        give_back(claim.token, by=adviser)
        messages.success(request, "L’appel est rendu à la liste.")
        return True
    if action == "answer":
        answers += [form.cleaned_data["answer"]] if form.cleaned_data["answer"] else []
    elif action == "back":
        answers = answers[:-1]
    elif action == "number":
        show_number(claim.token, by=adviser)
    elif action == "here":
        keep_on(claim.token, by=adviser)
    chosen = form.chosen()
    write_draft(claim.token, by=adviser, note=form.cleaned_data["note"], answers=answers, disposition=chosen)
    if action == "draft":
        messages.success(request, "Votre note est gardée. Le résultat n’est pas encore enregistré.")
    return False


def _form(data: Any, shown: ShownCall, draft: CallDraft | None) -> CallForm:  # noqa: ANN401 (as in Django)
    kept = {"note": note_of(draft), "disposition": draft.disposition} if draft else {}
    return CallForm(data, step=shown.place.step, initial=kept)


def _page(
    request: HttpRequest, claim: CallClaim, shown: ShownCall, form: CallForm, *, context: dict[str, Any]
) -> HttpResponse:
    _log(signed_in(request), claim, reason="appel d’accompagnement")
    step = shown.place.step
    page = {
        "title": "Appel en cours",
        "subtitle": "Erreur" if form.errors else None,
        "claim": claim,
        "call": shown,
        "form": form,
        "say": spoken(step.say, shown) if step else "",
        "suggested": shown.place.outcome.label if shown.place.outcome else "",
        "voicemail": spoken(shown.script.voicemail, shown),
        "third_party": spoken(shown.script.third_party, shown),
        "minutes_left": max(0, int((claim.leased_until - timezone.now()).total_seconds() // 60)),
    }
    return TemplateResponse(request, "admin/outreach/campaigns/call.html", context | page)


def _log(adviser: User, claim: CallClaim, *, reason: str) -> None:
    log_access(
        by=adviser,
        action=AccessAction.VIEW,
        object_kind="outreach.calltask",
        object_id=claim.task_id,
        insured_id=claim.insured_id,
        reason=reason,
    )
