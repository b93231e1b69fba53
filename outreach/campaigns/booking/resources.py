"""The FHIR R4 resources that a booking needs, read and written: Slot and Appointment.

The patient is an opaque identifier of ours: who it is, the practice and the person settle between them. The
professional is named by RPPS, in the name space of the national directory.
"""

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

RPPS_SYSTEM: Final = "https://rpps.esante.gouv.fr"
OWN_SYSTEM: Final = "urn:ietf:rfc:3986"
"""An identifier of ours is a UUID written as a URN."""


_ID: Final = re.compile(r"[A-Za-z0-9.\-]{1,64}")


class FhirAnswerError(ValueError):
    """The server's answer is no such resource. The message names the resource, never what it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A free time in a professional's calendar. ``version`` is what a change must name (HTTP ETag)."""

    id: str
    version: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    content: Mapping[str, Any]

    @property
    def is_free(self) -> bool:
        return bool(self.content["status"] == "free")

    def is_held_for(self, reference: uuid.UUID) -> bool:
        """Taken by us for this booking, whose appointment may not have been made."""
        return not self.is_free and own_identifier(reference) in self.content.get("identifier", [])

    def held_for(self, reference: uuid.UUID) -> dict[str, Any]:
        """What the slot says once it is taken for a booking."""
        return {**self.content, "status": "busy", "identifier": [*self._others(), own_identifier(reference)]}

    def given_back(self) -> dict[str, Any]:
        content = {name: value for name, value in self.content.items() if name != "identifier"} | {"status": "free"}
        return content | ({"identifier": others} if (others := self._others()) else {})

    def _others(self) -> list[Any]:
        return [each for each in self.content.get("identifier", []) if each.get("system") != OWN_SYSTEM]


def read_object(body: bytes, *, kind: str) -> dict[str, Any]:
    """One resource of this kind. Raises FhirAnswerError."""
    try:
        content = json.loads(body)
    except ValueError:
        raise FhirAnswerError(kind) from None
    if not isinstance(content, dict) or content.get("resourceType") != kind or not isinstance(content.get("id"), str):
        raise FhirAnswerError(kind)
    return content


def read_slots(body: bytes) -> list[Slot]:
    """The free slots of a search's bundle, the earliest first. Raises FhirAnswerError."""
    try:
        bundle = json.loads(body)
        found = list(_slots(bundle))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FhirAnswerError("Bundle") from None
    return sorted(found, key=lambda slot: slot.starts_at)


def _slots(bundle: Mapping[str, Any]) -> Iterator[Slot]:
    if bundle["resourceType"] != "Bundle":
        raise FhirAnswerError("Bundle")
    for entry in bundle.get("entry", []):
        content = entry["resource"]
        if content["resourceType"] == "Slot" and content["status"] == "free":
            yield slot_of(content)


def slot_of(content: Mapping[str, Any]) -> Slot:
    starts_at, ends_at = (dt.datetime.fromisoformat(content[name]) for name in ("start", "end"))
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        raise FhirAnswerError("Slot")
    version = str(content.get("meta", {}).get("versionId", ""))
    return Slot(id=content["id"], version=version, starts_at=starts_at, ends_at=ends_at, content=content)


def appointment(slot: Slot, *, reference: uuid.UUID, rpps: str) -> dict[str, Any]:
    """A booked appointment in this slot; ``reference`` is what it is found by again."""
    own = own_identifier(reference)
    return {
        "resourceType": "Appointment",
        "identifier": [own],
        "status": "booked",
        "start": slot.starts_at.isoformat(),
        "end": slot.ends_at.isoformat(),
        "slot": [{"reference": f"Slot/{slot.id}"}],
        "participant": [
            {"actor": {"type": "Patient", "identifier": own}, "status": "accepted"},
            {
                "actor": {"type": "Practitioner", "identifier": {"system": RPPS_SYSTEM, "value": rpps}},
                "status": "accepted",
            },
        ],
    }


def checked_id(text: str) -> str:
    """An identifier of a resource, as FHIR writes them. Raises FhirAnswerError."""
    if not _ID.fullmatch(text):
        raise FhirAnswerError("id")
    return text


def own_identifier(reference: uuid.UUID) -> dict[str, str]:
    return {"system": OWN_SYSTEM, "value": reference.urn}


def own_references(content: Mapping[str, Any]) -> list[uuid.UUID]:
    """Our references among the identifiers of a resource."""
    own = [str(each["value"]) for each in content.get("identifier", []) if each.get("system") == OWN_SYSTEM]
    return [uuid.UUID(value) for value in own]
