"""FHIR R4 over HTTP: what the server can do, members as Patient, lines as ExplanationOfBenefit.

A search is asked by GET, or by POST of a form to ``_search``: then no address, and no log of one, holds any of it.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar, Final

from django.db import transaction
from django.http import HttpResponse, QueryDict
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from accounts.partners.authentication import PartnerView
from accounts.partners.enums import Scope
from accounts.partners.models import PartnerMembership
from accounts.partners.reads import log_partner_reads
from accounts.partners.resources import Shown
from ameli_notify.core.api.bodies import BoundedFormParser
from ameli_notify.core.api.cursors import CursorBook
from ameli_notify.core.api.problems import INVALID_REQUEST, NOT_FOUND, ProblemError
from ameli_notify.core.api.views import ApiView, answer_bytes
from ameli_notify.core.walls import as_partner
from reimbursements.partner_api import reading
from reimbursements.partner_api.fhir import outcomes, pages, searching
from reimbursements.partner_api.fhir.capability import capability_statement, smart_configuration
from reimbursements.partner_api.fhir.parameters import (
    Values,
    days_of,
    instants_of,
    member_of,
    page_size,
    read_search,
    refused,
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
_READS: Final = ("get", "head")


class FhirRenderer(JSONRenderer):
    media_type = outcomes.CONTENT_TYPE


class FhirMixin(ApiView):
    """Answers FHIR, errors too. ``known``: the search parameters that it takes."""

    renderer_classes = [FhirRenderer, JSONRenderer]
    known: ClassVar[Collection[str]] = ("_format",)
    search: Values

    def read_values(self, request: Request) -> Mapping[str, Any]:
        self.search = read_search(request.query_params, self.known)
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
        filters = {key: " ".join(values) for key, values in self.search.items() if key not in (pages.CURSOR, "_count")}
        return CursorBook(name, reader=self.caller.partner_id, filters=filters)

    def place(self, book: CursorBook) -> int:
        return int(book.read(self.search[pages.CURSOR][0])[0]) if pages.CURSOR in self.search else 0


class SearchView(FhirView, ABC):
    """A search of resources of one kind. ``is_posted``: at ``_search``, by POST alone."""

    kind: ClassVar[str]
    is_posted = False
    parser_classes = [BoundedFormParser]
    _is_private = False
    _sealed_place: int | None = None

    def read_values(self, request: Request) -> Mapping[str, Any]:
        self._take(request.query_params)
        return {}

    def get(self, request: Request) -> HttpResponse:
        return self.searched(request)

    def post(self, request: Request) -> HttpResponse:
        if request.query_params:
            raise ProblemError(INVALID_REQUEST)
        # Without a body there is no form: nothing was asked for, of whatever type.
        self._take(request.data if isinstance(request.data, QueryDict) else QueryDict())
        return self.searched(request)

    @abstractmethod
    def searched(self, request: Request) -> HttpResponse:
        """The page that was asked for, ``search`` being read."""

    def place(self, book: CursorBook) -> int:
        return super().place(book) if self._sealed_place is None else self._sealed_place

    def bundle(
        self, request: Request, resources: Collection[tuple[str, str]], *, book: CursorBook, place: int | None
    ) -> str:
        """A page of ids with their resources. ``place``: of its last one, when more may follow."""
        address = f"{base_of(request)}/{self.kind}"
        following = None if place is None else f"{address}?{self._next_query(request, book, place)}"
        links = pages.links_of(request.build_absolute_uri(), following=following)
        return pages.bundle(((f"{address}/{name}", told) for name, told in resources), links)

    def _take(self, asked: QueryDict) -> None:
        search = read_search(asked, (*self.known, pages.PAGE))
        self._is_private = self.is_posted or pages.PAGE in search
        if pages.PAGE in search:
            if set(search) - {pages.PAGE, "_format"}:
                raise refused(pages.PAGE, "not_alone")
            search, self._sealed_place = pages.unseal(search[pages.PAGE][0], context=self._context)
        self.search = search

    def _next_query(self, request: Request, book: CursorBook, place: int) -> str:
        if self._is_private:
            return f"{pages.PAGE}={pages.seal(self.search, place=place, context=self._context)}"
        return pages.next_query(request.query_params, cursor=book.make((place,)))

    @property
    def _context(self) -> str:
        return f"fhir.page|{self.kind}|{self.caller.partner_id}"


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
        return answer_bytes(request, json.dumps(smart_configuration(request)).encode())


class PatientsView(SearchView):
    scope = Scope.MEMBERS_READ
    kind = PATIENT
    known = ("_format", "_id", "identifier", "_count", pages.CURSOR)

    def searched(self, request: Request) -> HttpResponse:
        book, limit = self.book("fhir-patients"), page_size(self.search)
        after = self.place(book)

        def find(partner_id: int) -> Shown:
            found = self._found(partner_id, after=after, limit=limit)
            place = int(found.place[0]) if found.has_more and found.place else None
            resources = [(str(record["id"]), patient(record)) for record in found.records]
            body = self.bundle(request, resources, book=book, place=place)
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


class BenefitsView(SearchView):
    scope = Scope.REIMBURSEMENTS_READ
    kind = BENEFIT
    known = ("_format", "patient", "service-date", "_lastUpdated", "_count", pages.CURSOR)

    def searched(self, request: Request) -> HttpResponse:
        book, limit = self.book("fhir-benefits"), page_size(self.search)
        after = self.place(book)
        wanted = searching.Wanted(
            member=member_of(self.search, "patient"),
            days=days_of(self.search, "service-date"),
            updated=instants_of(self.search, "_lastUpdated"),
        )

        def find(partner_id: int) -> Shown:
            found = searching.benefits(partner_id, wanted, after=after, limit=limit)
            resources = [(fhir_id(name), told) for name, told in found.resources]
            body = self.bundle(request, resources, book=book, place=found.place)
            return Shown(body, len(resources), found.people)

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
    """200 with the resource and its ETag, or 304; what was asked by POST is nothing to keep."""
    if request.method == "POST":
        return HttpResponse(content, content_type=outcomes.CONTENT_TYPE, headers={"Cache-Control": "no-store"})
    response = answer_bytes(request, content.encode())
    if response.status_code == 200:
        response.headers["Content-Type"] = outcomes.CONTENT_TYPE
    return response


def _is_numbered(partner_id: int, member: reading.Member, number: str) -> bool:
    held = PartnerMembership.objects.filter(partner_id=partner_id, insured_id=member.insured_id, member_no=number)
    return held.exists()
