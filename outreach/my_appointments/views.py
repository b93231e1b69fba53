"""« Mes rappels et rendez-vous »: read behind the wall; what is changed is looked up again by person and row."""

import uuid
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.identity.models import OpenSession
from accounts.identity.perms import insured_required
from ameli_notify.core.walls import as_insured
from outreach.campaigns.appointments.enums import AppointmentStatus
from outreach.campaigns.appointments.models import Appointment
from outreach.campaigns.appointments.services import (
    AppointmentError,
    choose_reminders,
    end_appointment,
    move_appointment,
)
from outreach.campaigns.claiming.following import Refusal, stop_calls
from outreach.campaigns.claiming.models import CallTask
from outreach.campaigns.claiming.promises import PromiseError, cancel_promise, move_promise
from outreach.my_appointments.calendar import MEDIA_TYPE, appointment_file, promise_file
from outreach.my_appointments.forms import MomentForm
from outreach.my_appointments.rows import (
    AppointmentRow,
    PromiseRow,
    appointment_row,
    my_appointments_of,
    own_appointment,
    own_promise,
    promise_row,
)

LIST: Final = "my-appointments"
_ENDINGS: Final = {
    "cancel": (AppointmentStatus.CANCELLED, "Le rendez-vous est annulé ici. Prévenez aussi le cabinet."),
    "kept": (AppointmentStatus.KEPT, "Merci, c’est noté."),
    "missed": (AppointmentStatus.MISSED, "C’est noté. Vous pouvez donner une nouvelle date quand vous l’aurez."),
}
_REMINDERS: Final = {
    "remind": (True, "Nous vous rappellerons ce rendez-vous."),
    "no-reminders": (False, "Nous ne vous rappellerons pas ce rendez-vous."),
}


@insured_required
@require_safe
def my_appointments(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """What is ahead, what is over, how to book, how to be called no more."""
    person = session.account.insured
    with as_insured(person.pk):
        found = my_appointments_of(person.pk)
    page = {"found": found, "accepts_calls": person.accepts_calls}
    return render(request, "outreach/my_appointments/list.html", page)


@insured_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_appointment(request: HttpRequest, session: OpenSession, public_id: uuid.UUID) -> HttpResponse:
    """One appointment: another date, its end, its reminders. What a button does is in ``action``."""
    insured_id = session.account.insured_id
    row = _appointment_row(insured_id, public_id)
    form = MomentForm(local_start=row.local_start)
    if request.method == "POST":
        action = request.POST.get("action", "")
        if action == "move":
            form = MomentForm(request.POST, local_start=row.local_start)
            done = form.is_valid() and _move(form, public_id, insured_id)
        else:
            done = _end(request, action, public_id, insured_id)
        if done:
            if action == "move":
                messages.success(request, "La nouvelle date est enregistrée.")
            return redirect("my-appointment", public_id=public_id)
    return _page(request, "outreach/my_appointments/appointment.html", row, form)


@insured_required
@require_safe
def appointment_ics(request: HttpRequest, session: OpenSession, public_id: uuid.UUID) -> HttpResponse:
    """An appointment for the person's own calendar."""
    insured_id = session.account.insured_id
    with as_insured(insured_id):
        try:
            content = appointment_file(own_appointment(insured_id, public_id))
        except Appointment.DoesNotExist:
            raise Http404 from None
    return _file(content, "rendez-vous.ics")


@insured_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_callback(request: HttpRequest, session: OpenSession, task_id: int) -> HttpResponse:
    """One promised call: at another hour, or not at all."""
    insured_id = session.account.insured_id
    row = _promise_row(insured_id, task_id)
    form = MomentForm(local_start=row.local_start)
    if request.method == "POST":
        if request.POST.get("action") == "cancel":
            _cancel_promise(task_id, insured_id)
            messages.success(request, "Nous ne vous appellerons pas : ce rappel est annulé.")
            return redirect(LIST)
        form = MomentForm(request.POST, local_start=row.local_start)
        if form.is_valid() and _move_promise(form, task_id, insured_id, row):
            messages.success(request, "Nous vous appellerons à cette nouvelle heure.")
            return redirect(LIST)
    return _page(request, "outreach/my_appointments/callback.html", row, form)


@insured_required
@require_safe
def callback_ics(request: HttpRequest, session: OpenSession, task_id: int) -> HttpResponse:
    """A promised call for the person's own calendar."""
    insured_id = session.account.insured_id
    with as_insured(insured_id):
        try:
            content = promise_file(own_promise(insured_id, task_id), now=timezone.now())
        except CallTask.DoesNotExist:
            raise Http404 from None
    return _file(content, "appel.ics")


@insured_required
@require_http_methods(["GET", "HEAD", "POST"])
def stop_my_calls(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """« Ne plus m’appeler »: asked once, then at once for every campaign."""
    person = session.account.insured
    if request.method == "POST":
        stop_calls(person.pk, by=str(person.public_id))
        messages.success(request, "Vous ne recevrez plus d’appel d’accompagnement.")
        return redirect(LIST)
    return render(request, "outreach/my_appointments/stop.html", {"accepts_calls": person.accepts_calls})


def _appointment_row(insured_id: int, public_id: uuid.UUID) -> AppointmentRow:
    with as_insured(insured_id):
        try:
            return appointment_row(own_appointment(insured_id, public_id))
        except Appointment.DoesNotExist:
            raise Http404 from None


def _promise_row(insured_id: int, task_id: int) -> PromiseRow:
    with as_insured(insured_id):
        try:
            return promise_row(own_promise(insured_id, task_id))
        except CallTask.DoesNotExist:
            raise Http404 from None


def _move(form: MomentForm, public_id: uuid.UUID, insured_id: int) -> bool:
    try:
        move_appointment(public_id, insured_id=insured_id, starts_at=form.moment(), by=None)
    except AppointmentError as error:
        form.add_error("day", str(error))
        return False
    return True


def _end(request: HttpRequest, action: str, public_id: uuid.UUID, insured_id: int) -> bool:
    """Whether the button was one of ours."""
    try:
        if action in _ENDINGS:
            status, said = _ENDINGS[action]
            end_appointment(public_id, insured_id=insured_id, status=status, by=None)
        elif action in _REMINDERS:
            wanted, said = _REMINDERS[action]
            choose_reminders(public_id, insured_id=insured_id, wanted=wanted)
        else:
            return False
    except AppointmentError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, said)
    return True


def _cancel_promise(task_id: int, insured_id: int) -> None:
    try:
        cancel_promise(task_id, insured_id=insured_id)
    except CallTask.DoesNotExist:
        raise Http404 from None


def _move_promise(form: MomentForm, task_id: int, insured_id: int, row: PromiseRow) -> bool:
    try:
        move_promise(task_id, insured_id=insured_id, at=form.moment())
    except CallTask.DoesNotExist:
        raise Http404 from None
    except PromiseError as error:
        form.add_error("time" if error.refusal is Refusal.CLOSED else "day", _refused_fr(error.refusal, row))
        return False
    return True


def _refused_fr(refusal: Refusal, row: PromiseRow) -> str:
    if refusal is Refusal.PAST:
        return "Cette heure est passée : choisissez-en une à venir."
    if refusal is Refusal.AFTER_END:
        return f"Nous pouvons vous appeler jusqu’au {row.last_day:%d/%m/%Y}."
    return f"Nous n’appelons pas à cette heure-là. Nous appelons {', '.join(row.hours_fr)}, hors jours fériés."


def _page(request: HttpRequest, template: str, row: AppointmentRow | PromiseRow, form: MomentForm) -> HttpResponse:
    return render(request, template, {"row": row, "form": form})


def _file(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=MEDIA_TYPE, headers=headers)
