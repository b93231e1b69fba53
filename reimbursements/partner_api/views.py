"""The resources of the partner API, version 1. Each read happens behind the partner's wall and is logged before it is
answered; one that finds the caller's copy still good (304) shows nothing, and is not."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from accounts.partners.enums import Scope
from accounts.partners.resources import PartnerResource, Shown
from ameli_notify.core.api.cursors import CursorBook
from ameli_notify.core.api.documentation import answers
from ameli_notify.core.api.problems import NOT_FOUND, ProblemError
from ameli_notify.core.api.views import answer
from ameli_notify.core.walls import as_partner
from reimbursements.partner_api import reading, serializers
from reimbursements.partner_api.feed_places import feed_book
from reimbursements.partner_api.identifiers import read_line_identifier

LINE: Final = "reimbursements.reimbursementline"
MEMBER: Final = "accounts.partnermember"
BEGINNING: Final = ("0001-01-01", 0)


class _Resource(PartnerResource):
    def show_members(self, request: Request, find: Callable[[int], tuple[object, reading.Found]]) -> HttpResponse:
        """Read, log and answer. ``find`` takes the partner's id and gives the body and what it was made of."""

        def shown(partner_id: int) -> Shown:
            body, found = find(partner_id)
            return Shown(body, rows=len(found.records), people=found.people)

        return self.show(request, shown, kind=MEMBER)

    def show_lines(self, request: Request, find: Callable[[int], tuple[bytes, reading.FoundLines]]) -> HttpResponse:
        """The same for lines, whose body is JSON already."""

        def shown(partner_id: int) -> Shown:
            body, found = find(partner_id)
            return Shown(body, rows=len(found.texts), people=found.people)

        return self.show(request, shown, kind=LINE)


def _following(found: reading.Found | reading.FoundLines, book: CursorBook) -> str | None:
    return book.make(found.place) if found.has_more and found.place is not None else None


def _page_of_lines(found: reading.FoundLines, **more: object) -> bytes:
    """``data`` with the lines, and ``more`` beside it."""
    return b'{"data":[%b],%b' % (",".join(found.texts).encode(), JSONRenderer().render(more)[1:])


class MembersView(_Resource):
    scope = Scope.MEMBERS_READ
    parameters = serializers.MembersParameters

    @extend_schema(
        operation_id="listMembers",
        summary="Lister les membres qui ont donné un accord",
        tags=["Membres"],
        parameters=[serializers.MembersParameters],
        responses=answers(serializers.MemberPageSerializer, is_list=True),
    )
    def get(self, request: Request) -> HttpResponse:
        book, number = self.book("members"), self.values.get("member_no", "")
        (after,) = book.read(self.values["cursor"]) if "cursor" in self.values else (0,)

        def find(partner_id: int) -> tuple[object, reading.Found]:
            found = reading.members(partner_id, after=after, limit=self.values["limit"], member_no=number)
            return {"data": found.records, "next_cursor": _following(found, book)}, found

        return self.show_members(request, find)


class MemberView(_Resource):
    scope = Scope.MEMBERS_READ

    @extend_schema(
        operation_id="getMember",
        summary="Lire un membre",
        tags=["Membres"],
        responses=answers(serializers.MemberSerializer, is_one=True),
    )
    def get(self, request: Request, member_id: UUID) -> HttpResponse:
        def find(partner_id: int) -> tuple[object, reading.Found]:
            member = _known(partner_id, member_id)
            records = reading.member_records(partner_id, [member])
            people = frozenset({member.insured_id})
            return records[0], reading.Found(records=records, people=people, place=None, has_more=False)

        return self.show_members(request, find)


class MemberLinesView(_Resource):
    scope = Scope.REIMBURSEMENTS_READ
    parameters = serializers.MemberLinesParameters

    @extend_schema(
        operation_id="listMemberReimbursements",
        summary="Lister les remboursements d’un membre",
        tags=["Remboursements"],
        parameters=[serializers.MemberLinesParameters],
        responses=answers(serializers.ReimbursementPageSerializer, is_list=True, is_one=True),
    )
    def get(self, request: Request, member_id: UUID) -> HttpResponse:
        book = self.book("member-lines", member=member_id)
        after = _place_of_line(book, self.values)

        def find(partner_id: int) -> tuple[bytes, reading.FoundLines]:
            member = _known(partner_id, member_id)
            if not reading.may_read_payments(member):
                raise ProblemError(NOT_FOUND)
            found = reading.lines_of_member(
                partner_id, member, days=_days(self.values), after=after, limit=self.values["limit"]
            )
            return _page_of_lines(found, next_cursor=_following(found, book)), found

        return self.show_lines(request, find)


class ReimbursementsView(_Resource):
    scope = Scope.REIMBURSEMENTS_READ
    parameters = serializers.PeriodParameters

    @extend_schema(
        operation_id="listReimbursements",
        summary="Lister les remboursements payés dans une période",
        tags=["Remboursements"],
        parameters=[serializers.PeriodParameters],
        responses=answers(serializers.ReimbursementPageSerializer, is_list=True),
    )
    def get(self, request: Request) -> HttpResponse:
        book = self.book("lines")
        after = _place_of_line(book, self.values)

        def find(partner_id: int) -> tuple[bytes, reading.FoundLines]:
            found = reading.lines_of_period(
                partner_id, days=_days(self.values), after=after, limit=self.values["limit"]
            )
            return _page_of_lines(found, next_cursor=_following(found, book)), found

        return self.show_lines(request, find)


class ReimbursementView(_Resource):
    scope = Scope.REIMBURSEMENTS_READ

    @extend_schema(
        operation_id="getReimbursement",
        summary="Lire un remboursement",
        tags=["Remboursements"],
        responses=answers(serializers.ReimbursementSerializer, is_one=True),
    )
    def get(self, request: Request, reimbursement_id: str) -> HttpResponse:
        def find(partner_id: int) -> tuple[bytes, reading.FoundLines]:
            key = read_line_identifier(reimbursement_id, partner_id=partner_id)
            found = None if key is None else reading.one_line(partner_id, key)
            if found is None:
                raise ProblemError(NOT_FOUND)
            return found.texts[0].encode(), found

        return self.show_lines(request, find)


class ChangesView(_Resource):
    scope = Scope.REIMBURSEMENTS_READ
    parameters = serializers.ChangesParameters

    @extend_schema(
        operation_id="listChanges",
        summary="Suivre ce qui a changé",
        description=(
            "Every reimbursement that you may see, once, and who joined, changed or left, in an order that never "
            "changes: nothing is ever added before a place that you have passed. Keep `next_after` and come back "
            "with it."
        ),
        tags=["Flux"],
        parameters=[serializers.ChangesParameters],
        responses=answers(serializers.ChangePageSerializer, is_list=True),
    )
    def get(self, request: Request) -> HttpResponse:
        book = feed_book(self.caller.partner_id)
        (after,) = book.read(self.values["after"]) if "after" in self.values else (0,)

        def find(partner_id: int) -> tuple[bytes, reading.FoundLines]:
            found = reading.changes(partner_id, after=after, limit=self.values["limit"])
            following = book.make(found.place or (after,))
            return _page_of_lines(found, next_after=following, has_more=found.has_more), found

        return self.show_lines(request, find)


class StatusView(_Resource):
    scope = Scope.REIMBURSEMENTS_READ

    @extend_schema(
        operation_id="getStatus",
        summary="Connaître la fraîcheur des données",
        tags=["Flux"],
        responses=answers(serializers.StatusSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        with as_partner(self.caller.partner_id):
            funds = reading.freshness()
        return answer(request, {"funds": funds})


def _known(partner_id: int, member_id: UUID) -> reading.Member:
    member = reading.member(partner_id, member_id)
    if member is None:
        raise ProblemError(NOT_FOUND)
    return member


def _place_of_line(book: CursorBook, values: Any) -> tuple[str, int]:  # noqa: ANN401 (validated parameters)
    if "cursor" not in values:
        return BEGINNING
    day, line_id = book.read(values["cursor"])
    return str(day), int(line_id)


def _days(values: Any) -> tuple[dt.date, dt.date]:  # noqa: ANN401 (validated parameters)
    return values.get("payment_date_from", reading.FIRST_DAY), values.get("payment_date_to", reading.LAST_DAY)
