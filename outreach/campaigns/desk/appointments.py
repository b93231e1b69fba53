"""Appointments told in calls, afterwards: another date, cancelled, kept or missed, when the person says so by phone.

An adviser finds those that they wrote down themselves, whoever runs campaigns all of them. The list names nobody; each
appointment that is opened is in its person's access log.
"""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import ConsoleModelAdmin, LookAheadPaginator, page_number
from outreach.campaigns.appointments.enums import AppointmentStatus
from outreach.campaigns.appointments.models import Appointment
from outreach.campaigns.appointments.services import AppointmentError, end_appointment, move_appointment
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.desk.shown import NAMED, name_of
from outreach.my_appointments.forms import MomentForm
from outreach.my_appointments.hours_fr import moment_fr
from outreach.my_appointments.rows import AppointmentRow, appointment_row

LIST: Final = "admin:outreach_callcampaign_appointments"
ONE: Final = "admin:outreach_callcampaign_appointment"
SHOWN: Final = 50

_AHEAD, _TO_SAY, _ENDED = "a-venir", "a-preciser", "termines"
_PARTS: Final[Mapping[str, tuple[str, Q, str]]] = {
    _TO_SAY: ("A-t-il eu lieu ?", Q(status=AppointmentStatus.PLANNED, starts_at__lte=Now()), "-starts_at"),
    _AHEAD: ("À venir", Q(status=AppointmentStatus.PLANNED, starts_at__gt=Now()), "starts_at"),
    _ENDED: ("Terminés ou annulés", ~Q(status=AppointmentStatus.PLANNED), "-starts_at"),
}
"""What the list is cut into: its heading, which appointments, in which order."""
_ENDINGS: Final[Mapping[str, tuple[AppointmentStatus, str]]] = {
    "cancel": (AppointmentStatus.CANCELLED, "Le rendez-vous est annulé. La personne prévient elle-même le cabinet."),
    "kept": (AppointmentStatus.KEPT, "C’est noté : le rendez-vous a eu lieu."),
    "missed": (AppointmentStatus.MISSED, "C’est noté : le rendez-vous n’a pas eu lieu."),
}


class AppointmentPages(ConsoleModelAdmin):
    """Works by keyboard and without scripts; what a button does is in ``action``."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("poste/rendez-vous/", wrap(self.appointments_view), name="outreach_callcampaign_appointments"),
            path(
                "poste/rendez-vous/<uuid:public_id>/",
                wrap(self.appointment_view),
                name="outreach_callcampaign_appointment",
            ),
        ]
        return own + super().get_urls()

    def appointments_view(self, request: HttpRequest) -> HttpResponse:
        """A part of the list, of one campaign (``campagne``) or of all."""
        user = follower(request)
        part = request.GET.get("etat", _AHEAD)
        if part not in _PARTS:
            raise Http404
        heading, condition, order = _PARTS[part]
        campaign = _campaign(request)
        rows = open_to(user).filter(condition).order_by(order, "pk")
        if campaign is not None:
            rows = rows.filter(attempt__task__campaign=campaign)
        try:
            number = page_number(request, "page")
        except ValueError:
            raise Http404 from None
        pages = LookAheadPaginator(
            rows.select_related("attempt__task__campaign", "attempt__adviser"), SHOWN, page=number
        )
        page = {
            "title": "Rendez-vous notés",
            "campaign": campaign,
            "heading": heading,
            "part": part,
            "parts": [(name, one[0]) for name, one in _PARTS.items()],
            "appointments": [_listed(one) for one in pages.object_list[(number - 1) * SHOWN : number * SHOWN]],
            "is_everybodys": runs_campaigns(user),
            "previous": number - 1,
            "next": number + 1 if pages.has_more else 0,
        }
        return self._shown(request, "admin/outreach/campaigns/appointments.html", page)

    def appointment_view(self, request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
        """One appointment, with its person's name; its buttons post here."""
        user = follower(request)
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        appointment = open_to(user).select_related("attempt__task__campaign").filter(public_id=public_id).first()
        if appointment is None:
            raise Http404
        _log(appointment, by=user)
        row = appointment_row(appointment)
        is_move = request.method == "POST" and request.POST.get("action") == "move"
        form = MomentForm(request.POST if is_move else None, local_start=row.local_start)
        if is_move and form.is_valid() and _try_to_move(appointment, form, by=user):
            self.message_user(request, "La nouvelle date est enregistrée.", messages.SUCCESS)
            return redirect(ONE, public_id)
        if request.method == "POST" and not is_move:
            self._end(request, appointment, by=user)
            return redirect(ONE, public_id)
        return self._shown(request, "admin/outreach/campaigns/appointment.html", _page(appointment, row, form))

    def _end(self, request: HttpRequest, appointment: Appointment, *, by: User) -> None:
        """Raises Http404 for a button that the page does not have."""
        ending = _ENDINGS.get(request.POST.get("action", ""))
        if ending is None:
            raise Http404
        status, said = ending
        try:
            end_appointment(appointment.public_id, insured_id=appointment.insured_id, status=status, by=by)
        except AppointmentError as error:
            self.message_user(request, str(error), messages.WARNING)
        else:
            self.message_user(request, said, messages.SUCCESS)

    def _shown(self, request: HttpRequest, template: str, page: dict[str, Any]) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"opts": self.opts} | page
        return TemplateResponse(request, template, context)


def runs_campaigns(user: User) -> bool:
    return user.has_perm("outreach.run_callcampaign")


def may_follow(user: User) -> bool:
    """Whether somebody has appointments to follow: who calls, and who runs campaigns."""
    return user.has_perm("outreach.call_callcampaign") or runs_campaigns(user)


def follower(request: HttpRequest) -> User:
    """Raises PermissionDenied."""
    user = signed_in(request)
    if not may_follow(user):
        raise PermissionDenied
    return user


def open_to(user: User) -> QuerySet[Appointment]:
    """Appointments whose call is still kept: all for whoever runs campaigns, an adviser's own for an adviser."""
    rows = Appointment.objects.filter(attempt__task__isnull=False)
    return rows if runs_campaigns(user) else rows.filter(attempt__adviser=user)


def _campaign(request: HttpRequest) -> CallCampaign | None:
    """The campaign asked for, None for all. Raises Http404."""
    text = request.GET.get("campagne", "")
    if not text:
        return None
    # Nine digits fit into a key; more are nobody's.
    found = CallCampaign.objects.filter(pk=text).first() if text.isdecimal() and len(text) < 10 else None
    if found is None:
        raise Http404
    return found


def _listed(one: Appointment) -> dict[str, Any]:
    return {"row": one, "when_fr": moment_fr(one.starts_at, territory=one.territory)}


def _page(appointment: Appointment, row: AppointmentRow, form: MomentForm) -> dict[str, Any]:
    person = InsuredPerson.objects.only(*NAMED).get(pk=appointment.insured_id)
    return {
        "title": f"Rendez-vous {appointment.pk}",
        "subtitle": "Erreur" if form.errors else None,
        "name": name_of(person),
        "campaign": appointment.attempt.task.campaign,
        "row": row,
        "form": form,
        "hints": ((form["day"], "Par exemple 24/11/2026"), (form["time"], "Par exemple 10:30")),
        "timeline": [
            (event.at, event.get_kind_display(), moment_fr(event.starts_at, territory=appointment.territory))
            for event in appointment.events.order_by("-pk")[:20]
        ],
    }


def _try_to_move(appointment: Appointment, form: MomentForm, *, by: User) -> bool:
    """False with what is wrong in the form."""
    try:
        move_appointment(appointment.public_id, insured_id=appointment.insured_id, starts_at=form.moment(), by=by)
    except AppointmentError as error:
        form.add_error("day", str(error))
        return False
    return True


def _log(appointment: Appointment, *, by: User) -> None:
    log_access(
        by=by,
        action=AccessAction.VIEW,
        object_kind="outreach.appointment",
        object_id=appointment.pk,
        insured_id=appointment.insured_id,
        reason="suivi d’un rendez-vous noté lors d’un appel",
    )
