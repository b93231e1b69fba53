"""What is near: a call that was promised, an appointment of the week. This is where a reminder leads."""

import datetime as dt
from typing import Final

from django.urls import reverse
from django.utils import timezone

from ameli_notify.my_space.alerts import Alert
from outreach.campaigns.appointments.enums import AppointmentStatus
from outreach.campaigns.appointments.models import Appointment
from outreach.campaigns.claiming.promises import promised_calls
from outreach.my_appointments.hours_fr import moment_fr

NEAR: Final = dt.timedelta(days=7)


def appointment_alerts(insured_id: int) -> list[Alert]:
    """The next call and the appointments of a week. Two queries, within ``as_insured``."""
    now = timezone.now()
    near = Appointment.objects.filter(
        insured_id=insured_id, status=AppointmentStatus.PLANNED, starts_at__gt=now, starts_at__lte=now + NEAR
    )
    said = [
        f"Rendez-vous : {moment_fr(at, territory=territory)}."
        for at, territory in near.order_by("starts_at").values_list("starts_at", "territory")
    ]
    promised = promised_calls(insured_id).first()
    if promised is not None and promised.due_at is not None:
        said.insert(0, f"Un conseiller vous appelle {moment_fr(promised.due_at, territory=promised.territory)}.")
    return [Alert(text=text, link=reverse("my-appointments"), link_text="Voir mes rendez-vous") for text in said]
