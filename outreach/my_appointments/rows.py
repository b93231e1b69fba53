"""Promised calls and appointments of one person, ready to print. Everything is read within ``as_insured``."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from outreach.campaigns.appointments.enums import MOVABLE, AppointmentStatus
from outreach.campaigns.appointments.models import Appointment
from outreach.campaigns.appointments.reminding import STEPS
from outreach.campaigns.appointments.services import practitioner_of
from outreach.campaigns.campaign.definition import parse_windows
from outreach.campaigns.campaign.hours import TERRITORIES
from outreach.campaigns.claiming.models import CallTask
from outreach.campaigns.claiming.promises import promised_calls
from outreach.my_appointments.hours_fr import moment_fr, windows_fr
from reimbursements.professionals.models import HealthProfessional

LAST_PAST: Final = 20
SHOWN: Final = (
    "id", "public_id", "insured_id", "territory", "starts_at", "practitioner_sealed", "practitioner_rpps", "status",
    "sequence", "reminds", "created_at", "changed_at",
)  # fmt: skip
_STATUS_FR: Final[Mapping[AppointmentStatus, str]] = {
    AppointmentStatus.PLANNED: "prévu",
    AppointmentStatus.KEPT: "il a eu lieu",
    AppointmentStatus.MISSED: "il n’a pas eu lieu",
    AppointmentStatus.CANCELLED: "annulé",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRow:
    """``is_ahead``: planned, and its date is still to come; ``asks_whether_kept``: planned, and over."""

    public_id: uuid.UUID
    when_fr: str
    with_fr: str
    status_fr: str
    reminds: bool
    reminders_fr: str
    is_ahead: bool
    asks_whether_kept: bool
    may_move: bool
    local_start: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRow:
    """A call that an adviser promised. ``hours_fr``: when it can be moved to, ``until_fr`` the last day."""

    task_id: int
    when_fr: str
    hours_fr: tuple[str, ...]
    last_day: dt.date
    local_start: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MyAppointments:
    promises: tuple[PromiseRow, ...]
    ahead: tuple[AppointmentRow, ...]
    past: tuple[AppointmentRow, ...]


def my_appointments_of(insured_id: int) -> MyAppointments:
    """All that the page lists: what is ahead by date, then what is over, the latest first."""
    found = [appointment_row(one) for one in own_appointments(insured_id)]
    ahead = [row for row in found if row.is_ahead]
    return MyAppointments(
        promises=tuple(promise_row(task) for task in promised_calls(insured_id)),
        ahead=tuple(reversed(ahead)),
        past=tuple(row for row in found if not row.is_ahead)[:LAST_PAST],
    )


def own_appointments(insured_id: int) -> Iterator[Appointment]:
    """The latest date first, with the columns that the wall shows."""
    return Appointment.objects.filter(insured_id=insured_id).only(*SHOWN).order_by("-starts_at", "-pk").iterator()


def own_appointment(insured_id: int, public_id: uuid.UUID) -> Appointment:
    """Raises Appointment.DoesNotExist for anybody else's."""
    return Appointment.objects.only(*SHOWN).get(insured_id=insured_id, public_id=public_id)


def own_promise(insured_id: int, task_id: int) -> CallTask:
    """Raises CallTask.DoesNotExist for anybody else's, and once its hour has come."""
    return promised_calls(insured_id).get(pk=task_id)


def appointment_row(one: Appointment) -> AppointmentRow:
    is_planned, is_over = one.status == AppointmentStatus.PLANNED, one.starts_at <= timezone.now()
    asks = is_planned and is_over
    return AppointmentRow(
        public_id=one.public_id,
        when_fr=moment_fr(one.starts_at, territory=one.territory),
        with_fr=with_fr(one),
        status_fr="a-t-il eu lieu ?" if asks else _STATUS_FR[AppointmentStatus(one.status)],
        reminds=one.reminds,
        reminders_fr=_reminders_fr(one),
        is_ahead=is_planned and not is_over,
        asks_whether_kept=asks,
        may_move=one.status in MOVABLE,
        local_start=TERRITORIES[one.territory].local(one.starts_at),
    )


def promise_row(task: CallTask) -> PromiseRow:
    if task.due_at is None:
        raise ValueError("this call was not promised")
    return PromiseRow(
        task_id=task.pk,
        when_fr=moment_fr(task.due_at, territory=task.territory),
        hours_fr=tuple(windows_fr(parse_windows(task.campaign.windows))),
        last_day=task.campaign.ends_on,
        local_start=TERRITORIES[task.territory].local(task.due_at),
    )


def with_fr(one: Appointment) -> str:
    """What the person called the doctor; else their name in the directory of professionals; else nothing."""
    said = practitioner_of(one)
    if said or one.practitioner_rpps is None:
        return said
    names = HealthProfessional.objects.filter(rpps=one.practitioner_rpps).values_list("first_name", "last_name")
    return " ".join(names.first() or ())


def _reminders_fr(one: Appointment) -> str:
    """« sept jours avant et la veille », as far as they are still to come."""
    words = {7: "sept jours avant", 1: "la veille"}
    left = one.starts_at - timezone.now()
    to_come = [words[step.days_before] for step in STEPS if left > dt.timedelta(days=step.days_before)]
    return " et ".join(to_come)
