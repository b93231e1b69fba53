"""The list of a partner's bulk exports, as Task resources, as BCDA has it at ``/jobs``."""

import json
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from accounts.partners.enums import Scope
from ameli_notify.core.walls import as_partner
from reimbursements.partner_api.exports.models import ExportShape, ExportState, PartnerExport
from reimbursements.partner_api.exports.walls import EXPORT_COLUMNS
from reimbursements.partner_api.fhir import pages
from reimbursements.partner_api.fhir.parameters import Values, page_size, refused
from reimbursements.partner_api.fhir.resources import BENEFIT, PATIENT
from reimbursements.partner_api.fhir.views import FhirView, base_of, fhir_answer
from reimbursements.partner_api.records import instant

EXPORT_STATE: Final = "urn:ameli-notify:export-state"
# https://hl7.org/fhir/R4/valueset-task-status.html
TASK_STATUS: Final = "http://hl7.org/fhir/task-status"
STATES: Final[dict[str, tuple[ExportState, ...]]] = {
    **dict.fromkeys(("draft", "received", "accepted", "rejected", "ready", "on-hold", "entered-in-error"), ()),
    "requested": (ExportState.QUEUED,),
    "in-progress": (ExportState.RUNNING,),
    "completed": (ExportState.READY, ExportState.EXPIRED),
    "failed": (ExportState.FAILED,),
    "cancelled": (ExportState.CANCELLED,),
}
"""Every status of a Task, with what it is here: files that are gone were made all the same."""
_STATUS: Final = {state: status for status, states in STATES.items() for state in states}


class JobsView(FhirView):
    """The newest first; which program of the partner ordered one does not matter."""

    scope = Scope.EXPORT
    known = ("_format", "status", "_count", pages.CURSOR)

    def get(self, request: Request) -> HttpResponse:
        partner_id, limit, book = self.caller.partner_id, page_size(self.search), self.book("fhir-jobs")
        own = PartnerExport.objects.only(*EXPORT_COLUMNS).filter(partner_id=partner_id, shape=ExportShape.FHIR)
        if "status" in self.search:
            own = own.filter(state__in=_states(self.search))
        if pages.CURSOR in self.search:
            own = own.filter(pk__lt=self.place(book))
        with as_partner(partner_id):
            found = list(own.order_by("-pk")[: limit + 1])
        base, following = base_of(request), None
        if len(found) > limit:
            query = pages.next_query(request.query_params, cursor=book.make((found[limit - 1].pk,)))
            following = f"{base}/jobs?{query}"
        entries = ((f"urn:uuid:{export.public_id}", json.dumps(_task(export, base))) for export in found[:limit])
        return fhir_answer(
            request, pages.bundle(entries, pages.links_of(request.build_absolute_uri(), following=following))
        )


def _states(search: Values) -> list[ExportState]:
    """What « status » asks for: one of them or several, with or without their system. Raises ProblemError."""
    wanted = [code.removeprefix(f"{TASK_STATUS}|") for code in search["status"][0].split(",")]
    if not STATES.keys() >= set(wanted):
        raise refused("status")
    return [state for code in wanted for state in STATES[code]]


def _task(export: PartnerExport, base: str) -> dict[str, Any]:
    types = [kind for kind, is_in in ((PATIENT, export.has_members), (BENEFIT, export.has_lines)) if is_in]
    ended = {"end": instant(export.ended_at)} if export.ended_at else {}
    return {
        "resourceType": "Task",
        "id": str(export.public_id),
        "status": _STATUS[ExportState(export.state)],
        "businessStatus": {"coding": [{"system": EXPORT_STATE, "code": _state(export)}]},
        "intent": "order",
        "code": {"text": "$export"},
        "executionPeriod": {"start": instant(export.ordered_at), **ended},
        "authoredOn": instant(export.ordered_at),
        "lastModified": instant(export.ended_at or export.ordered_at),
        "input": [{"type": {"text": "_type"}, "valueString": ",".join(types)}],
        **({} if export.state == ExportState.CANCELLED else {"output": _outputs(export, base)}),
    }


def _outputs(export: PartnerExport, base: str) -> list[dict[str, Any]]:
    """Where its status is told, and how far it is or how long there is something to fetch."""
    told: list[dict[str, Any]] = [
        {"type": {"text": "status"}, "valueUrl": f"{base}/export-status/{export.public_id}"},
    ]
    if export.is_under_way:
        told.append({"type": {"text": "progress-percent"}, "valueInteger": export.percent})
    elif export.expires_at is not None and _state(export) == ExportState.READY:
        told.append({"type": {"text": "expires"}, "valueInstant": instant(export.expires_at)})
    return told


def _state(export: PartnerExport) -> ExportState:
    """Of one whose time is over before the job that clears up came by, what it says then."""
    is_over = export.expires_at is not None and export.expires_at <= timezone.now()
    return ExportState.EXPIRED if export.state == ExportState.READY and is_over else ExportState(export.state)
