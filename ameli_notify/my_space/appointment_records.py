"""Appointments, promised calls and obstacles that were told, for the file of all one's data. Within ``as_insured``."""

from collections.abc import Iterator, Mapping

from outreach.campaigns.appointments.enums import AppointmentEventKind, Obstacle
from outreach.campaigns.appointments.models import Appointment, AppointmentEvent, AppointmentReminder, CallObstacle
from outreach.campaigns.claiming.promises import promised_calls
from outreach.my_appointments.rows import own_appointments, with_fr

Record = Mapping[str, object]


def appointment_records(insured_id: int) -> Iterator[Record]:
    """Appointments, the latest date first, each with its history."""
    for one in own_appointments(insured_id):
        yield {
            "rendez_vous": one.starts_at,
            "avec": with_fr(one) or None,
            "rpps": one.practitioner_rpps,
            "etat": one.get_status_display(),
            "note_le": one.created_at,
            "rappels_voulus": one.reminds,
            "rappels_envoyes": list(_reminded(one)),
            "historique": list(_events(one)),
        }


def call_records(insured_id: int) -> Record:
    """Calls that were promised and are still to come; what the person said makes an appointment difficult."""
    codes = CallObstacle.objects.filter(insured_id=insured_id).order_by("pk").values_list("code", flat=True)
    return {
        "rappels_promis": [task.due_at for task in promised_calls(insured_id)],
        "difficultes_dites": [str(Obstacle(code).label) for code in codes],
    }


def _reminded(one: Appointment) -> Iterator[object]:
    rows = AppointmentReminder.objects.filter(appointment_id=one.pk, insured_id=one.insured_id).order_by("pk")
    yield from rows.values_list("posted_at", flat=True)


def _events(one: Appointment) -> Iterator[Record]:
    rows = AppointmentEvent.objects.filter(appointment_id=one.pk, insured_id=one.insured_id).order_by("pk")
    for at, kind, starts_at in rows.values_list("at", "kind", "starts_at"):
        yield {"date": at, "evenement": str(AppointmentEventKind(kind).label), "rendez_vous": starts_at}
