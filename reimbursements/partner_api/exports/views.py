"""Exports over HTTP: ordered, looked at, fetched file by file, cancelled."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.partners.authentication import PartnerView
from accounts.partners.enums import Scope
from ameli_notify.core.api.bodies import StrictJsonParser, read_body
from ameli_notify.core.api.cursors import CursorBook
from ameli_notify.core.api.documentation import IDEMPOTENCY_KEY, answers, post_answers, removal_answers
from ameli_notify.core.api.documentation import problem as problem_answer
from ameli_notify.core.api.idempotency import idempotent
from ameli_notify.core.api.parameters import PageParameters
from ameli_notify.core.api.problems import (
    CONTENT_TYPE,
    EXPORT_UNDER_WAY,
    GONE,
    NOT_FOUND,
    RANGE_NOT_SATISFIABLE,
    ProblemError,
)
from ameli_notify.core.api.views import answer
from ameli_notify.core.walls import as_partner
from reimbursements.partner_api.exports import fetching, serializers
from reimbursements.partner_api.exports.models import ExportShape, ExportState, PartnerExport, PartnerExportFile
from reimbursements.partner_api.exports.ordering import COME_BACK_SECONDS, Wanted, cancel, order
from reimbursements.partner_api.exports.walls import EXPORT_COLUMNS, FILE_COLUMNS
from reimbursements.partner_api.feed_places import feed_book
from reimbursements.partner_api.records import instant

PATH: Final = "/api/v1/exports"
RANGE: Final = OpenApiParameter(
    "Range", str, OpenApiParameter.HEADER, description="`bytes=1000-`: go on where you were cut off; with `If-Range`."
)
IF_RANGE: Final = OpenApiParameter(
    "If-Range", str, OpenApiParameter.HEADER, description="The ETag of what you have: other bytes come whole."
)


def visible(partner_id: int, *, shape: ExportShape, public_id: UUID) -> PartnerExport:
    """An export of the partner's, within ``as_partner``. Raises ProblemError when there is none of that shape."""
    exports = PartnerExport.objects.only(*EXPORT_COLUMNS).filter(partner_id=partner_id, shape=shape)
    export = exports.filter(public_id=public_id).first()
    if export is None:
        raise ProblemError(NOT_FOUND)
    return export


def files_of(exports: list[PartnerExport]) -> Mapping[int, list[PartnerExportFile]]:
    """The files of those that are ready, by export, in order. Within ``as_partner``."""
    ready = [export.pk for export in exports if export.state == ExportState.READY]
    found: dict[int, list[PartnerExportFile]] = {}
    for file in PartnerExportFile.objects.only(*FILE_COLUMNS).filter(export_id__in=ready).order_by("number"):
        found.setdefault(file.export_id, []).append(file)
    return found


class ExportsView(PartnerView):
    scope = Scope.EXPORT
    http_method_names = ["get", "head", "post"]
    parameters = PageParameters
    parser_classes = [StrictJsonParser]

    @extend_schema(
        operation_id="listExports",
        summary="Lister les exports",
        tags=["Exports"],
        parameters=[PageParameters],
        responses=answers(serializers.ExportPageSerializer, is_list=True),
    )
    def get(self, request: Request) -> HttpResponse:
        partner_id, limit = self.caller.partner_id, self.values["limit"]
        book = CursorBook("exports", reader=partner_id, filters=self.values)
        with as_partner(partner_id):
            own = PartnerExport.objects.only(*EXPORT_COLUMNS).filter(partner_id=partner_id, shape=ExportShape.NDJSON)
            if "cursor" in self.values:
                own = own.filter(pk__lt=book.read(self.values["cursor"])[0])
            found = list(own.order_by("-pk")[: limit + 1])
            files = files_of(found[:limit])
        following = book.make((found[limit - 1].pk,)) if len(found) > limit else None
        data = [_told(export, files.get(export.pk, []), partner_id=partner_id) for export in found[:limit]]
        return answer(request, {"data": data, "next_cursor": following})

    @extend_schema(
        operation_id="orderExport",
        summary="Commander un export",
        description=(
            "All lines of a period, or all that came after a place in the feed, as gzipped NDJSON, a line as in "
            "`GET /reimbursements`. One export at a time; look at `Location` until it is ready, or wait for the "
            "`export.ready` webhook."
        ),
        tags=["Exports"],
        parameters=[IDEMPOTENCY_KEY],
        request=serializers.ExportOrderSerializer,
        responses=post_answers(serializers.ExportSerializer, status=202, more=[EXPORT_UNDER_WAY]),
    )
    @idempotent
    def post(self, request: Request) -> Response:
        partner_id = self.caller.partner_id
        values = read_body(request, serializers.ExportOrderSerializer)
        after = feed_book(partner_id).read(values["after"])[0] if "after" in values else 0
        wanted = Wanted(
            first_on=values.get("payment_date_from"), last_on=values.get("payment_date_to"), after_position=after
        )
        export = order(wanted, partner_id=partner_id, client_pk=self.caller.client_pk)
        headers = {"Location": f"{PATH}/{export.public_id}", "Retry-After": str(COME_BACK_SECONDS)}
        return Response(_told(export, [], partner_id=partner_id), status=202, headers=headers)


class ExportView(PartnerView):
    scope = Scope.EXPORT
    http_method_names = ["get", "head", "delete"]

    @extend_schema(
        operation_id="getExport",
        summary="Suivre un export",
        tags=["Exports"],
        responses=answers(serializers.ExportSerializer, is_one=True),
    )
    def get(self, request: Request, export_id: UUID) -> HttpResponse:
        partner_id = self.caller.partner_id
        with as_partner(partner_id):
            export = visible(partner_id, shape=ExportShape.NDJSON, public_id=export_id)
            files = files_of([export])
        return answer(request, _told(export, files.get(export.pk, []), partner_id=partner_id))

    @extend_schema(
        operation_id="cancelExport",
        summary="Annuler un export",
        description="Stops it, and deletes its files. An order that is over stays in the list.",
        tags=["Exports"],
        responses=removal_answers(),
    )
    def delete(self, request: Request, export_id: UUID) -> HttpResponse:
        partner_id = self.caller.partner_id
        with as_partner(partner_id):
            export = visible(partner_id, shape=ExportShape.NDJSON, public_id=export_id)
        cancel(export.pk)
        return HttpResponse(status=204)


class ExportFileView(PartnerView):
    scope = Scope.EXPORT
    http_method_names = ["get", "head"]

    @extend_schema(
        operation_id="getExportFile",
        summary="Prendre un fichier d’un export",
        description="Gzipped NDJSON. `Repr-Digest` has its SHA-256; a download that was cut off goes on with `Range`.",
        tags=["Exports"],
        parameters=[RANGE, IF_RANGE],
        responses={
            **{key: found for key, found in answers(serializers.ExportSerializer, is_one=True).items() if 200 not in
               (key if isinstance(key, tuple) else (key,))},
            (200, fetching.GZIP_TYPE): OpenApiResponse(OpenApiTypes.BINARY, "The file"),
            (206, fetching.GZIP_TYPE): OpenApiResponse(OpenApiTypes.BINARY, "The bytes asked for"),
            (410, CONTENT_TYPE): problem_answer(GONE),
            (416, CONTENT_TYPE): problem_answer(RANGE_NOT_SATISFIABLE),
        },
    )  # fmt: skip
    def get(self, request: Request, export_id: UUID, number: int) -> HttpResponseBase:
        fetched = fetching.fetch(request, file_id(self.caller.partner_id, ExportShape.NDJSON, export_id, number))
        self.rows_read = fetched.new_rows
        return fetched.response


def file_id(partner_id: int, shape: ExportShape, public_id: UUID, number: int) -> int:
    """Raises ProblemError: 404 for what never was, 410 for what is no longer there."""
    with as_partner(partner_id):
        export = visible(partner_id, shape=shape, public_id=public_id)
        file = PartnerExportFile.objects.filter(export_id=export.pk, number=number).values_list("pk", flat=True).first()
    if file is None:
        raise ProblemError(GONE if export.state in _OVER else NOT_FOUND)
    return file


_OVER: Final = (ExportState.EXPIRED, ExportState.CANCELLED, ExportState.READY)


def _told(export: PartnerExport, files: list[PartnerExportFile], *, partner_id: int) -> Mapping[str, Any]:
    return {
        "id": str(export.public_id),
        "state": export.state,
        "progress_percent": export.percent,
        "payment_date_from": export.first_on.isoformat() if export.first_on else None,
        "payment_date_to": export.last_on.isoformat() if export.last_on else None,
        "ordered_at": instant(export.ordered_at),
        "ended_at": instant(export.ended_at) if export.ended_at else None,
        "expires_at": instant(export.expires_at) if export.expires_at else None,
        "next_after": feed_book(partner_id).make((export.until_position,)),
        "files": [
            {
                "number": file.number,
                "url": f"{PATH}/{export.public_id}/files/{file.number}",
                "rows": file.rows,
                "size": file.size,
                "sha256": bytes(file.sha256).hex(),
            }
            for file in files
        ],
    }
