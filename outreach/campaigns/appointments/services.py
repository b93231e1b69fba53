"""Appointments written down, moved and ended, each with its event, in one transaction."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring
from outreach.campaigns.appointments.enums import (
    EVENT_OF,
    MOVABLE,
    AppointmentEventKind,
    AppointmentStatus,
    Obstacle,
)
from outreach.campaigns.appointments.models import Appointment, AppointmentEvent, CallObstacle
from reimbursements.professionals.numbers import is_rpps

FURTHEST: Final = dt.timedelta(days=730)
LONGEST_NAME: Final = 100
"""Characters of what the person calls the doctor."""
KEPT: Final = dt.timedelta(days=365)
"""How long an appointment stays in the space after its date."""


class AppointmentError(ValueError):
    """An appointment that cannot be written so. The text is French, for whoever writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a person told an adviser of an appointment: when, and with whom if they wish to say."""

    starts_at: dt.datetime
    practitioner: str = ""
    rpps: str = ""


def check_told(told: Told) -> None:
    """Raises AppointmentError."""
    check_date(told.starts_at)
    if len(told.practitioner) > LONGEST_NAME or not (told.practitioner or "x").isprintable():
        raise AppointmentError(f"Le nom du professionnel a {LONGEST_NAME} caractères au plus, sur une ligne.")
    if told.rpps and not is_rpps(told.rpps):
        raise AppointmentError("Ce numéro RPPS n’existe pas : il a 11 chiffres. Laissez vide si vous ne l’avez pas.")


def check_date(starts_at: dt.datetime) -> None:
    """Raises AppointmentError for a date that is over, or too far off to be one."""
    now = timezone.now()
    if starts_at <= now:
        raise AppointmentError("Cette date est passée : donnez celle d’un rendez-vous à venir.")
    if starts_at > now + FURTHEST:
        raise AppointmentError("Cette date est dans plus de deux ans : vérifiez l’année.")


def plan_appointment(told: Told, *, attempt_id: int, insured_id: int, territory: str, by: User) -> Appointment:
    """Write an appointment down with the result of its call, in the caller's transaction. Raises AppointmentError."""
    check_told(told)
    appointment = Appointment(
        insured_id=insured_id,
        attempt_id=attempt_id,
        territory=territory,
        starts_at=told.starts_at,
        practitioner_rpps=int(told.rpps) if told.rpps else None,
    )
    if told.practitioner:
        appointment.practitioner_sealed = key_ring().seal(told.practitioner, context=appointment.practitioner_context)
    appointment.save()
    _record(appointment, AppointmentEventKind.PLANNED, by=by)
    return appointment


def note_obstacles(obstacles: frozenset[Obstacle], *, attempt_id: int, insured_id: int) -> None:
    """Write down what was said in a call, in the caller's transaction."""
    CallObstacle.objects.bulk_create(
        CallObstacle(attempt_id=attempt_id, insured_id=insured_id, code=code) for code in sorted(obstacles)
    )


@transaction.atomic
def move_appointment(public_id: uuid.UUID, *, insured_id: int, starts_at: dt.datetime, by: User | None) -> Appointment:
    """Give an appointment another date. Raises Appointment.DoesNotExist for anybody else's, AppointmentError.

    ``by``: the adviser; None for the person. Reminders count from the new date on.
    """
    appointment = _locked(public_id, insured_id)
    if appointment.status not in MOVABLE:
        raise AppointmentError("Ce rendez-vous a eu lieu : il ne change plus de date.")
    check_date(starts_at)
    if appointment.status == AppointmentStatus.PLANNED and appointment.starts_at == starts_at:
        return appointment
    appointment.starts_at, appointment.set_at = starts_at, timezone.now()
    appointment.status, appointment.ended_at = AppointmentStatus.PLANNED, None
    _save(appointment, "starts_at", "set_at", "status", "ended_at")
    _record(appointment, AppointmentEventKind.MOVED, by=by)
    return appointment


@transaction.atomic
def end_appointment(
    public_id: uuid.UUID, *, insured_id: int, status: AppointmentStatus, by: User | None
) -> Appointment:
    """Cancel an appointment, or say afterwards whether it was kept; the same again changes nothing.

    Raises Appointment.DoesNotExist for anybody else's, AppointmentError.
    """
    appointment = _locked(public_id, insured_id)
    if appointment.status == status:
        return appointment
    if appointment.status != AppointmentStatus.PLANNED:
        raise AppointmentError("Ce rendez-vous est déjà terminé ou annulé.")
    is_over = appointment.starts_at <= timezone.now()
    if status is AppointmentStatus.CANCELLED and is_over:
        raise AppointmentError("Cette date est passée : dites plutôt si le rendez-vous a eu lieu.")
    if status is not AppointmentStatus.CANCELLED and not is_over:
        raise AppointmentError("Ce rendez-vous n’a pas encore eu lieu.")
    appointment.status, appointment.ended_at = status, timezone.now()
    _save(appointment, "status", "ended_at")
    _record(appointment, EVENT_OF[status], by=by)
    return appointment


@transaction.atomic
def choose_reminders(public_id: uuid.UUID, *, insured_id: int, wanted: bool) -> Appointment:
    """The person's own word on whether they are reminded of this one. Raises Appointment.DoesNotExist."""
    appointment = _locked(public_id, insured_id)
    appointment.reminds = wanted
    appointment.save(update_fields=["reminds"])
    return appointment


def practitioner_of(appointment: Appointment) -> str:
    """What the person called the doctor; empty when they did not say."""
    sealed = appointment.practitioner_sealed
    return "" if sealed is None else key_ring().open(sealed, context=appointment.practitioner_context)


def forget_old() -> int:
    """Delete appointments a year after their date, with their history; returns how many rows that took away."""
    deleted, _ = Appointment.objects.filter(starts_at__lt=timezone.now() - KEPT).delete()
    return deleted


def _locked(public_id: uuid.UUID, insured_id: int) -> Appointment:
    rows = Appointment.objects.select_for_update(of=("self",))
    return rows.get(public_id=public_id, insured_id=insured_id)


def _save(appointment: Appointment, *changed: str) -> None:
    appointment.sequence += 1
    appointment.changed_at = timezone.now()
    appointment.save(update_fields=[*changed, "sequence", "changed_at"])


def _record(appointment: Appointment, kind: AppointmentEventKind, *, by: User | None) -> None:
    AppointmentEvent.objects.create(
        appointment=appointment,
        insured_id=appointment.insured_id,
        kind=kind,
        starts_at=appointment.starts_at,
        actor_id=by.pk if by else None,
    )
