"""An appointment that a person told an adviser about, its history, its reminders; and obstacles that were told.

Every table carries ``insured_id``: row-level security shows a person their own rows by that column. The call that an
appointment comes from may be forgotten before it, hence no constraint in the database.
"""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.people.models import InsuredPerson
from outreach.campaigns.appointments.enums import AppointmentEventKind, AppointmentStatus, Obstacle

_CALL = "outreach.CallAttempt"


def _person() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        InsuredPerson, models.PROTECT, related_name="+", db_constraint=False, verbose_name="personne assurée"
    )


class Appointment(models.Model):
    """``starts_at`` is shown by the clock of ``territory``; ``set_at``: when that date was given.

    ``sequence`` grows with every change: calendars take the highest (RFC 5545, 3.8.7.4). ``reminds``: the person's
    own choice. ``practitioner_sealed`` is what the person called the doctor, if they wished to say.
    """

    public_id = models.UUIDField("identifiant public", default=uuid.uuid4, unique=True, editable=False)
    insured = _person()
    attempt = models.OneToOneField(
        _CALL, models.DO_NOTHING, related_name="appointment", db_constraint=False, verbose_name="appel"
    )
    territory = models.CharField("territoire", max_length=3, blank=True)
    starts_at = models.DateTimeField("rendez-vous")
    set_at = models.DateTimeField("date donnée le", db_default=Now())
    practitioner_sealed = models.BinaryField("professionnel chiffré", null=True)
    practitioner_rpps = models.BigIntegerField("RPPS du professionnel", null=True)
    status = models.CharField("état", max_length=9, choices=AppointmentStatus, default=AppointmentStatus.PLANNED)
    sequence = models.PositiveSmallIntegerField("version", default=0, db_default=0)
    reminds = models.BooleanField("rappels voulus", default=True, db_default=True)
    created_at = models.DateTimeField("noté le", db_default=Now())
    changed_at = models.DateTimeField("modifié le", db_default=Now())
    ended_at = models.DateTimeField("terminé le", null=True)

    class Meta:
        verbose_name = "rendez-vous"
        verbose_name_plural = "rendez-vous"
        constraints = [
            models.CheckConstraint(
                condition=Q(status=AppointmentStatus.PLANNED, ended_at=None)
                | ~Q(status=AppointmentStatus.PLANNED) & Q(ended_at__isnull=False),
                name="appointment_ended_at_an_instant",
            ),
            models.CheckConstraint(
                condition=Q(status__in=AppointmentStatus.values), name="appointment_status_known"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["insured", "-starts_at"], name="appointment_by_person"),
            models.Index(
                fields=["starts_at"],
                condition=Q(status=AppointmentStatus.PLANNED, reminds=True),
                name="appointment_to_remind",
            ),
        ]

    def __str__(self) -> str:
        return f"rendez-vous {self.pk}"

    @property
    def practitioner_context(self) -> str:
        return f"appointment.practitioner|{self.public_id}"


class AppointmentEvent(models.Model):
    """What happened to an appointment; only grows. ``actor_id``: the adviser's account, empty for the person."""

    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="events", verbose_name="rendez-vous")
    insured = _person()
    at = models.DateTimeField("le", db_default=Now())
    kind = models.CharField("événement", max_length=9, choices=AppointmentEventKind)
    starts_at = models.DateTimeField("rendez-vous")
    actor_id = models.BigIntegerField("compte", null=True)

    class Meta:
        verbose_name = "événement d’un rendez-vous"
        verbose_name_plural = "événements des rendez-vous"

    def __str__(self) -> str:
        return f"événement {self.pk}"


class AppointmentReminder(models.Model):
    """One reminder, so many days before one date of an appointment; the database allows no second one."""

    appointment = models.ForeignKey(
        Appointment, models.CASCADE, related_name="reminders", db_index=False, verbose_name="rendez-vous"
    )
    insured = _person()
    days_before = models.PositiveSmallIntegerField("jours avant")
    starts_at = models.DateTimeField("rendez-vous")
    posted_at = models.DateTimeField("posté le", db_default=Now())

    class Meta:
        verbose_name = "rappel d’un rendez-vous"
        verbose_name_plural = "rappels de rendez-vous"
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "days_before", "starts_at"], name="appointment_reminder_once_per_step"
            )
        ]

    def __str__(self) -> str:
        return f"rappel {self.pk}"


class CallObstacle(models.Model):
    """What a person said in one call makes an appointment difficult: a code, no story."""

    attempt = models.ForeignKey(
        _CALL, models.DO_NOTHING, related_name="obstacles", db_constraint=False, db_index=False, verbose_name="appel"
    )
    insured = _person()
    code = models.CharField("obstacle", max_length=16, choices=Obstacle)

    class Meta:
        verbose_name = "obstacle à un rendez-vous"
        verbose_name_plural = "obstacles aux rendez-vous"
        constraints = [models.UniqueConstraint(fields=["attempt", "code"], name="call_obstacle_once")]

    def __str__(self) -> str:
        return f"obstacle {self.pk}"
