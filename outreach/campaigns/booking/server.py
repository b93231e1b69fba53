"""A FHIR R4 server: free slots read, one booked, a booking cancelled. Off while the settings name none.

A slot is taken by a change that names the version that was read (``If-Match``): of two at once, one gets it. The
appointment is made with ``If-None-Exist``, so that asking again after a lost answer makes no second one.
"""

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings

from ameli_notify.core.outgoing.requests import Answer, Limits, send
from outreach.campaigns.booking.resources import (
    OWN_SYSTEM,
    RPPS_SYSTEM,
    FhirAnswerError,
    Slot,
    appointment,
    checked_id,
    own_references,
    read_object,
    read_slots,
    slot_of,
)

MEDIA_TYPE: Final = "application/fhir+json"
MOST_SLOTS: Final = 50
_LIMITS: Final = Limits(most_bytes=1_000_000)


class BookingOffError(RuntimeError):
    """No FHIR server is named in the settings."""


class SlotTakenError(RuntimeError):
    """Somebody else has the slot, or it changed since it was read."""


class FhirRefusalError(RuntimeError):
    """The server refused. The message is its status, never its text."""


def free_slots(rpps: str, *, first: dt.datetime, last: dt.datetime) -> list[Slot]:
    """The earliest free slots of a professional between two instants. Raises OutgoingError, FhirRefusalError."""
    question = [
        ("status", "free"),
        ("schedule.actor:Practitioner.identifier", f"{RPPS_SYSTEM}|{rpps}"),
        ("start", f"ge{_instant(first)}"),
        ("start", f"le{_instant(last)}"),
        ("_sort", "start"),
        ("_count", str(MOST_SLOTS)),
    ]
    return read_slots(_ask("GET", f"Slot?{urlencode(question)}", expected=(200,)).body)


def book(slot_id: str, *, reference: uuid.UUID, rpps: str) -> str:
    """Take a slot and make its appointment; returns the appointment's id on the server.

    The same reference again finds the appointment that was made. Raises SlotTakenError, FhirRefusalError,
    OutgoingError; after the latter, asking again with the same reference is safe.
    """
    known = _known(reference)
    if known is not None:
        return known
    slot = _slot(slot_id)
    if not slot.is_held_for(reference):
        if not slot.is_free:
            raise SlotTakenError
        _change(slot, slot.held_for(reference))
    headers = {"If-None-Exist": urlencode({"identifier": f"{OWN_SYSTEM}|{reference.urn}"})}
    made = appointment(slot, reference=reference, rpps=rpps)
    try:
        return _id(_ask("POST", "Appointment", content=made, headers=headers, expected=(200, 201)))
    except FhirRefusalError:
        held = _slot(slot_id)
        _change(held, held.given_back())
        raise


def cancel(appointment_id: str) -> None:
    """Cancel a booking and give its slot back; twice is once. Raises FhirRefusalError, OutgoingError."""
    path = f"Appointment/{checked_id(appointment_id)}"
    found = read_object(_ask("GET", path, expected=(200,)).body, kind="Appointment")
    if found["status"] != "cancelled":
        version = str(found.get("meta", {}).get("versionId", ""))
        content = {**found, "status": "cancelled"}
        _ask("PUT", path, content=content, headers=_matching(version), expected=(200,))
    for each in found.get("slot", []):
        slot = _slot(str(each["reference"]).removeprefix("Slot/"))
        if any(slot.is_held_for(reference) for reference in own_references(found)):
            _change(slot, slot.given_back())


def _known(reference: uuid.UUID) -> str | None:
    """The appointment that was made for this reference already, cancelled or not."""
    question = urlencode({"identifier": f"{OWN_SYSTEM}|{reference.urn}"})
    bundle = json.loads(_ask("GET", f"Appointment?{question}", expected=(200,)).body)
    entries = bundle.get("entry", []) if isinstance(bundle, dict) else []
    return checked_id(str(entries[0]["resource"]["id"])) if entries else None


def _slot(slot_id: str) -> Slot:
    return slot_of(read_object(_ask("GET", f"Slot/{checked_id(slot_id)}", expected=(200,)).body, kind="Slot"))


def _change(slot: Slot, content: Mapping[str, Any]) -> None:
    """Raises SlotTakenError when it is not as it was read."""
    _ask("PUT", f"Slot/{slot.id}", content=content, headers=_matching(slot.version), expected=(200,), taken=(409, 412))


def _id(answer: Answer) -> str:
    """From the body, or from where the server says that the new resource is."""
    if answer.body:
        return str(read_object(answer.body, kind="Appointment")["id"])
    parts = answer.headers.get("location", "").split("/")
    if "Appointment" not in parts[:-1]:
        raise FhirAnswerError("Appointment")
    return parts[parts.index("Appointment") + 1]


def _ask(
    method: str,
    path: str,
    *,
    expected: tuple[int, ...],
    taken: tuple[int, ...] = (),
    content: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    if not settings.FHIR_BOOKING_URL:
        raise BookingOffError("FHIR_BOOKING_URL names no server")
    sent = {"Accept": MEDIA_TYPE, "Authorization": f"Bearer {settings.FHIR_BOOKING_TOKEN}", **(headers or {})}
    body = b""
    if content is not None:
        body, sent["Content-Type"] = json.dumps(content).encode(), MEDIA_TYPE
    answer = send(method, f"{settings.FHIR_BOOKING_URL.rstrip('/')}/{path}", body=body, headers=sent, limits=_LIMITS)
    if answer.status in taken:
        raise SlotTakenError
    if answer.status not in expected:
        raise FhirRefusalError(f"status {answer.status}")
    return answer


def _matching(version: str) -> dict[str, str]:
    return {"If-Match": f'W/"{version}"'} if version else {}


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds")
