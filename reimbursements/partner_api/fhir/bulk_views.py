"""Bulk Data of FHIR (STU4): ordered by POST, followed until it is ready, fetched file by file, deleted."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.http import http_date
from rest_framework.request import Request

from accounts.partners.enums import Scope
from ameli_notify.core.api.bodies import StrictJsonParser
from ameli_notify.core.api.problems import (
    EXPORT_UNDER_WAY,
    GONE,
    INVALID_REQUEST,
    NOT_FOUND,
    TOO_MANY_REQUESTS,
    ProblemError,
    language_of,
)
from ameli_notify.core.walls import as_partner
from reimbursements.partner_api.exports import fetching
from reimbursements.partner_api.exports.models import ExportShape, ExportState, PartnerExport
from reimbursements.partner_api.exports.ordering import COME_BACK_SECONDS, Wanted, cancel, order
from reimbursements.partner_api.exports.views import file_id, files_of, visible
from reimbursements.partner_api.feed_places import last_position_before
from reimbursements.partner_api.fhir import outcomes
from reimbursements.partner_api.fhir.parameters import read_instant, refused
from reimbursements.partner_api.fhir.removals import BUNDLE
from reimbursements.partner_api.fhir.resources import BENEFIT, PATIENT
from reimbursements.partner_api.fhir.views import FhirRenderer, FhirView, base_of
from reimbursements.partner_api.records import instant

NDJSON: Final = "application/fhir+ndjson"
OUTPUT_FORMATS: Final = (NDJSON, "application/ndjson", "ndjson")
FAILED_FR: Final = "L’export n’a pas pu être écrit ; commandez-le de nouveau"
FAILED_EN: Final = "The export could not be written; order it again"


class FhirParser(StrictJsonParser):
    media_type = outcomes.CONTENT_TYPE


class NdjsonRenderer(FhirRenderer):
    """For what a client says that it takes: files are given as they are, and refusals are one line of NDJSON."""

    media_type = NDJSON
    format = "ndjson"


class KickOffView(FhirView):
    """Lines and members, or those of one type; `_since` by when a line was published. ``level``: of the operation."""

    scope = Scope.EXPORT
    level = ""
    http_method_names = ["post"]
    parser_classes = [FhirParser, StrictJsonParser]

    def post(self, request: Request) -> HttpResponse:
        if request.query_params:
            raise ProblemError(INVALID_REQUEST)
        if "respond-async" not in request.headers.get("prefer", "").replace(" ", "").split(","):
            raise ProblemError(INVALID_REQUEST)
        partner_id, asked = self.caller.partner_id, _parameters(request.data)
        types = set(asked.get("_type", f"{PATIENT},{BENEFIT}").split(","))
        if not types <= {PATIENT, BENEFIT}:
            raise refused("_type")
        if asked.get("_outputFormat", NDJSON) not in OUTPUT_FORMATS:
            raise refused("_outputFormat")
        after = 0
        if "_since" in asked:
            since = read_instant(asked["_since"], "_since")
            with as_partner(partner_id):
                after = last_position_before(partner_id, since)
        wanted = Wanted(
            shape=ExportShape.FHIR, has_members=PATIENT in types, has_lines=BENEFIT in types, after_position=after
        )
        try:
            export = order(wanted, partner_id=partner_id, client_pk=self.caller.client_pk)
        except ProblemError as error:
            if error.kind is not EXPORT_UNDER_WAY:
                raise
            raise ProblemError(TOO_MANY_REQUESTS, headers=error.headers) from None  # as Bulk Data wants it
        address = f"{base_of(request)}/{self.level}export-status/{export.public_id}"
        return HttpResponse(status=202, headers={"Content-Location": address, "Cache-Control": "no-store"})


class ExportStatusView(FhirView):
    """How far an export is; when it is ready, its manifest. ``level``: of the operation that ordered it."""

    scope = Scope.EXPORT
    level = ""
    http_method_names = ["get", "head", "delete"]

    def get(self, request: Request, export_id: UUID) -> HttpResponse:
        partner_id = self.caller.partner_id
        with as_partner(partner_id):
            export = visible(partner_id, shape=ExportShape.FHIR, public_id=export_id)
            files = files_of([export]).get(export.pk, [])
        if export.is_under_way:
            headers = {"X-Progress": f"{export.percent} %", "Retry-After": str(COME_BACK_SECONDS)}
            return HttpResponse(status=202, headers=headers | {"Cache-Control": "no-store"})
        if export.state == ExportState.FAILED:
            title = FAILED_EN if language_of(request) == "en" else FAILED_FR
            body = outcomes.outcome(title, code="export-failed", kind="exception")
            return HttpResponse(json.dumps(body), status=500, content_type=outcomes.CONTENT_TYPE)
        if export.state == ExportState.CANCELLED or export.expires_at is None:
            raise ProblemError(NOT_FOUND)
        if export.state == ExportState.EXPIRED or export.expires_at <= timezone.now():
            raise ProblemError(GONE)
        base = base_of(request)
        told = [
            {"type": file.resource, "url": f"{base}/export-files/{export.public_id}/{file.number}", "count": file.rows}
            for file in files
        ]
        headers = {"Expires": http_date(export.expires_at.timestamp()), "Cache-Control": "no-store"}
        body = _manifest(export, told, request=f"{base}/{self.level}$export")
        return HttpResponse(json.dumps(body), content_type="application/json", headers=headers)

    def delete(self, request: Request, export_id: UUID) -> HttpResponse:
        partner_id = self.caller.partner_id
        with as_partner(partner_id):
            export = visible(partner_id, shape=ExportShape.FHIR, public_id=export_id)
        if not export.is_under_way and export.state != ExportState.READY:
            raise ProblemError(NOT_FOUND)
        cancel(export.pk)
        return HttpResponse(status=202)


class ExportFileView(FhirView):
    scope = Scope.EXPORT
    renderer_classes = [NdjsonRenderer, FhirRenderer]

    def get(self, request: Request, export_id: UUID, number: int) -> HttpResponseBase:
        file = file_id(self.caller.partner_id, ExportShape.FHIR, export_id, number)
        fetched = fetching.fetch_plain(request, file, content_type=NDJSON)
        self.rows_read = fetched.new_rows
        return fetched.response


def _parameters(data: object) -> Mapping[str, str]:
    """The values of a Parameters resource by name; none for an empty body. Raises ProblemError."""
    if not data:
        return {}
    if (
        not isinstance(data, dict)
        or data.get("resourceType") != "Parameters"
        or set(data) - {"resourceType", "parameter"}
    ):
        raise ProblemError(INVALID_REQUEST)
    found: dict[str, str] = {}
    given = data.get("parameter", [])
    for item in given if isinstance(given, list) else [None]:
        if not isinstance(item, dict):
            raise ProblemError(INVALID_REQUEST)
        name, *values = item.get("name"), *(value for key, value in item.items() if key.startswith("value"))
        if name not in ("_type", "_since", "_outputFormat") or len(values) != 1 or not isinstance(values[0], str):
            raise refused(name if name in ("_type", "_since", "_outputFormat") else "parameter")
        if name in found and name != "_type":
            raise refused(name, "repeated")
        found[name] = f"{found[name]},{values[0]}" if name in found else values[0]
    return found


def _manifest(export: PartnerExport, files: list[dict[str, Any]], *, request: str) -> dict[str, Any]:
    """``error`` is empty and there, for those who insist (STU 1 to 3); « outcome » is STU 4's."""
    return {
        "transactionTime": instant(export.ordered_at),
        "request": request,
        "requiresAccessToken": True,
        "output": [file for file in files if file["type"] != BUNDLE],
        "deleted": [file for file in files if file["type"] == BUNDLE],
        "error": [],
        "outcome": [],
    }
