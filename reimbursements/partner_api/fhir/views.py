"""FHIR R4 over HTTP: what the server can do, members as Patient, lines as ExplanationOfBenefit."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from accounts.partners.authentication import PartnerView
from accounts.partners.enums import Scope
from accounts.partners.models import PartnerMembership
from accounts.partners.reads import log_partner_reads
from accounts.partners.resources import Shown
from ameli_notify.core.api.cursors import CursorBook
from ameli_notify.core.api.problems import NOT_FOUND, ProblemError
from ameli_notify.core.api.views import ApiView, answer_bytes
from ameli_notify.core.walls import as_partner
from reimbursements.partner_api import reading
from reimbursements.partner_api.fhir import outcomes, searching
from reimbursements.partner_api.fhir.capability import capability_statement, smart_configuration
from reimbursements.partner_api.fhir.parameters import (
    Values,
    days_of,
    instants_of,
    member_of,
    page_size,
    read_search,
)
from reimbursements.partner_api.fhir.resources import (
    BENEFIT,
    MEMBER_NUMBER,
    PATIENT,
    fhir_id,
    line_identifier_of,
    patient,
)
from reimbursements.partner_api.identifiers import read_line_identifier

ROOT: Final = "/fhir/r4"
LINE: Final = "reimbursements.reimbursementline"
MEMBER: Final = "accounts.partnermember"
_CURSOR: Final = "_cursor"
_READS: Final = ("get", "head")

Resource = tuple[str, str]
"""The id and the JSON of a resource."""


class FhirRenderer(JSONRenderer):
    media_type = outcomes.CONTENT_TYPE


class FhirMixin(ApiView):
    """Answers FHIR, errors too. ``known``: the search parameters that it takes."""

    renderer_classes = [FhirRenderer, JSONRenderer]
    known: ClassVar[Collection[str]] = ("_format",)
    search: Values

    def read_values(self, request: Request) -> Mapping[str, Any]:
        self.search = read_search(request, self.known)
        return {}

    def get_exception_handler(self) -> Callable[..., Any]:
        return outcomes.handle


class FhirView(FhirMixin, PartnerView):
    """A resource for partners."""

    http_method_names = list(_READS)

    def show(self, request: Request, find: Callable[[int], Shown], *, kind: str) -> HttpResponse:
        """Read behind the wall, log and answer; ``find`` gives the JSON of the body."""
        partner_id = self.caller.partner_id
        with transaction.atomic():
            with as_partner(partner_id):
                shown = find(partner_id)
            response = fhir_answer(request, str(shown.body))
            if response.status_code != 304:
                self.rows_read = shown.rows
                log_partner_reads(shown.people, partner_id=partner_id, object_kind=kind)
        return response

    def book(self, name: str) -> CursorBook:
        """Where a search goes on, for this partner and these parameters."""
        filters = {key: " ".join(values) for key, values in self.search.items() if key not in (_CURSOR, "_count")}
        return CursorBook(name, reader=self.caller.partner_id, filters=filters)

    def place(self, book: CursorBook) -> int:
        return int(book.read(self.search[_CURSOR][0])[0]) if _CURSOR in self.search else 0


class MetadataView(FhirMixin):
    """Needs no token: a client asks first what there is."""

    authentication_classes = []
    permission_classes = []
    http_method_names = list(_READS)

    def get(self, request: Request) -> HttpResponse:
        return fhir_answer(request, json.dumps(capability_statement(base_of(request))))


class SmartConfigurationView(FhirMixin):
    """How to get a token, as SMART Backend Services look it up."""

    authentication_classes = []
    permission_classes = []
    http_method_names = list(_READS)

    def get(self, request: Request) -> HttpResponse:
        response = answer_bytes(request, json.dumps(smart_configuration(request)).encode())
        return response


class PatientsView(FhirView):
    scope = Scope.MEMBERS_READ
    known = ("_format", "_id", "identifier", "_count", _CURSOR)

    def get(self, request: Request) -> HttpResponse:
        book, limit = self.book("fhir-patients"), page_size(self.search)
        after = self.place(book)

        def find(partner_id: int) -> Shown:
            found = self._found(partner_id, after=after, limit=limit)
            following = book.make(found.place) if found.has_more and found.place else None
            resources = [(str(record["id"]), patient(record)) for record in found.records]
            body = bundle(request, PATIENT, resources, following=following)
            return Shown(body, len(resources), found.people)

        return self.show(request, find, kind=MEMBER)

    def _found(self, partner_id: int, *, after: int, limit: int) -> reading.Found:
        nobody = reading.Found(records=[], people=frozenset(), place=None, has_more=False)
        number = ""
        if "identifier" in self.search:
            system, bar, value = self.search["identifier"][0].rpartition("|")
            if not value or (bar and system != MEMBER_NUMBER):
                return nobody
            number = value
        public_id = member_of(self.search, "_id")
        if public_id is None:
            return reading.members(partner_id, after=after, limit=limit, member_no=number)
        member = reading.member(partner_id, public_id)
        if member is None or (number and not _is_numbered(partner_id, member, number)):
            return nobody
        records = reading.member_records(partner_id, [member])
        return reading.Found(records=records, people=frozenset({member.insured_id}), place=None, has_more=False)


class PatientView(FhirView):
    scope = Scope.MEMBERS_READ

    def get(self, request: Request, resource_id: str) -> HttpResponse:
        def find(partner_id: int) -> Shown:
            public_id = member_of({"_id": (resource_id,)}, "_id")
            member = None if public_id is None else reading.member(partner_id, public_id)
            if member is None:
                raise ProblemError(NOT_FOUND)
            (record,) = reading.member_records(partner_id, [member])
            return Shown(patient(record), 1, frozenset({member.insured_id}))

        return self.show(request, find, kind=MEMBER)


class BenefitsView(FhirView):
    scope = Scope.REIMBURSEMENTS_READ
    known = ("_format", "patient", "service-date", "_lastUpdated", "_count", _CURSOR)

    def get(self, request: Request) -> HttpResponse:
        book, limit = self.book("fhir-benefits"), page_size(self.search)
        after = self.place(book)
        wanted = searching.Wanted(
            member=member_of(self.search, "patient"),
            days=days_of(self.search, "service-date"),
            updated=instants_of(self.search, "_lastUpdated"),
        )

        def find(partner_id: int) -> Shown:
            found = searching.benefits(partner_id, wanted, after=after, limit=limit)
            following = None if found.place is None else book.make((found.place,))
            resources = [(fhir_id(name), told) for name, told in found.resources]
            return Shown(bundle(request, BENEFIT, resources, following=following), len(resources), found.people)

        return self.show(request, find, kind=LINE)


class BenefitView(FhirView):
    scope = Scope.REIMBURSEMENTS_READ

    def get(self, request: Request, resource_id: str) -> HttpResponse:
        def find(partner_id: int) -> Shown:
            key = read_line_identifier(line_identifier_of(resource_id), partner_id=partner_id)
            found = None if key is None else searching.one_benefit(partner_id, key)
            if found is None or not found.resources:
                raise ProblemError(NOT_FOUND)
            return Shown(found.resources[0][1], 1, found.people)

        return self.show(request, find, kind=LINE)


class NothingView(FhirMixin):
    """Everything below the root that is nothing."""

    authentication_classes = []
    permission_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise ProblemError(NOT_FOUND)


def base_of(request: Request) -> str:
    """The server's own address."""
    return request.build_absolute_uri(ROOT)


def fhir_answer(request: Request, content: str) -> HttpResponse:
    """200 with the resource and its ETag, or 304."""
    response = answer_bytes(request, content.encode())
    if response.status_code == 200:
        response.headers["Content-Type"] = outcomes.CONTENT_TYPE
    return response


def bundle(request: Request, kind: str, resources: Iterable[Resource], *, following: str | None) -> str:
    """A page of a search. Empty lists are left out, as FHIR wants it."""
    base = base_of(request)
    links = [{"relation": "self", "url": request.build_absolute_uri()}]
    if following is not None:
        asked = [(name, value) for name in request.query_params for value in request.query_params.getlist(name)]
        query = urlencode([*((name, value) for name, value in asked if name != _CURSOR), (_CURSOR, following)])
        links.append({"relation": "next", "url": f"{base}/{kind}?{query}"})
    entries = ",".join(
        f'{{"fullUrl":"{base}/{kind}/{name}","resource":{told},"search":{{"mode":"match"}}}}'
        for name, told in resources
    )
    head = f'{{"resourceType":"Bundle","type":"searchset","link":{json.dumps(links)}'
    return f'{head},"entry":[{entries}]}}' if entries else f"{head}}}"


def _is_numbered(partner_id: int, member: reading.Member, number: str) -> bool:
    held = PartnerMembership.objects.filter(partner_id=partner_id, insured_id=member.insured_id, member_no=number)
    return held.exists()
