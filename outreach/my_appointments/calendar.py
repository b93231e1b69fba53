"""A file that a calendar opens (RFC 5545): when, and nothing of what for or with whom.

Calendars are shared and copied to other people's servers. The identifier stays the same through every change, and the
sequence grows, so that a file opened again replaces the entry.
"""

import datetime as dt
import uuid
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from outreach.campaigns.appointments.enums import AppointmentStatus
from outreach.campaigns.appointments.models import Appointment
from outreach.campaigns.campaign.hours import TERRITORIES
from outreach.campaigns.claiming.models import CallTask

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
PRODUCT: Final = "-//Assurance Maladie//Mon espace//FR"
APPOINTMENT: Final = "Rendez-vous"
CALL: Final = "Appel téléphonique"
_DETAIL: Final = "Le détail est dans votre espace."
_LASTS: Final = {APPOINTMENT: dt.timedelta(minutes=30), CALL: dt.timedelta(minutes=15)}
"""Shown as taken in a calendar; nobody knows how long it really lasts."""
_CALLS: Final = uuid.UUID("5b0f3f5c-2f2e-5d3a-9a41-3f1f7c6d2a10")
"""Name space of the identifiers of calls (RFC 9562, 5.5)."""


def appointment_file(one: Appointment) -> bytes:
    """The calendar entry of an appointment, cancelled when it is."""
    event = _event(APPOINTMENT, uid=one.public_id, at=one.starts_at, territory=one.territory, stamp=one.changed_at)
    event.add("sequence", one.sequence)
    event.add("created", one.created_at.astimezone(dt.UTC))
    event.add("last-modified", one.changed_at.astimezone(dt.UTC))
    event.add("status", "CANCELLED" if one.status == AppointmentStatus.CANCELLED else "CONFIRMED")
    return _file(event)


def promise_file(task: CallTask, *, now: dt.datetime) -> bytes:
    """The calendar entry of a promised call."""
    if task.due_at is None:
        raise ValueError("this call was not promised")
    uid = uuid.uuid5(_CALLS, str(task.pk))
    event = _event(CALL, uid=uid, at=task.due_at, territory=task.territory, stamp=now)
    event.add("sequence", int(now.timestamp()) // 60)
    event.add("status", "CONFIRMED")
    return _file(event)


def _event(summary: str, *, uid: uuid.UUID, at: dt.datetime, territory: str, stamp: dt.datetime) -> Event:
    event = Event()
    event.add("uid", str(uid))
    event.add("dtstamp", stamp.astimezone(dt.UTC))
    event.add("dtstart", at.astimezone(ZoneInfo(TERRITORIES[territory].zone)))
    event.add("duration", _LASTS[summary])
    event.add("summary", summary)
    event.add("description", _DETAIL)
    event.add("class", "PRIVATE")
    return event


def _file(event: Event) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
