"""Alerts about members, what a mutual answers to them, and signals that were shared with it."""

from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.partners.authentication import PartnerView
from accounts.partners.enums import Scope
from accounts.partners.resources import PartnerResource, Shown
from ameli_notify.core.api.bodies import StrictJsonParser, read_body
from ameli_notify.core.api.documentation import IDEMPOTENCY_KEY, answers, post_answers
from ameli_notify.core.api.idempotency import idempotent
from ameli_notify.core.api.parameters import PageParameters
from ameli_notify.core.api.problems import NOT_FOUND, ProblemError
from fraud.cases.sharing import note_reading, signals_for
from fraud.partner_api import reading, serializers
from fraud.partner_api.feedback import give_feedback

ALERT: Final = "fraud.partneralert"
SIGNAL: Final = "fraud.sharedsignal"


class AlertsView(PartnerResource):
    scope = Scope.ALERTS_READ
    parameters = serializers.AlertsParameters

    @extend_schema(
        operation_id="listAlerts",
        summary="Suivre les alertes qui concernent vos membres",
        description=(
            "Every alert, in the order of its last change: one that changes comes again, further on, and one that may "
            "no longer be told comes as `removed`. Nothing is ever added before a place that you have passed. Keep "
            "`next_after` and come back with it."
        ),
        tags=["Alertes"],
        parameters=[serializers.AlertsParameters],
        responses=answers(serializers.AlertPageSerializer, is_list=True),
    )
    def get(self, request: Request) -> HttpResponse:
        book = self.book("alerts")
        (after,) = book.read(self.values["after"]) if "after" in self.values else (0,)

        def find(partner_id: int) -> Shown:
            page = reading.alerts_after(partner_id, after=after, limit=self.values["limit"])
            following = book.make((after if page.place is None else page.place,))
            body = {"data": page.records, "next_after": following, "has_more": page.has_more}
            return Shown(body, len(page.records), page.subjects)

        return self.show(request, find, kind=ALERT)


class AlertView(PartnerResource):
    scope = Scope.ALERTS_READ

    @extend_schema(
        operation_id="getAlert",
        summary="Lire une alerte",
        tags=["Alertes"],
        responses=answers(serializers.AlertSerializer, is_one=True),
    )
    def get(self, request: Request, alert_id: UUID) -> HttpResponse:
        def find(partner_id: int) -> Shown:
            page = reading.one_alert(partner_id, alert_id)
            if page is None:
                raise ProblemError(NOT_FOUND)
            return Shown(page.records[0], 1, page.subjects)

        return self.show(request, find, kind=ALERT)


class AlertFeedbackView(PartnerView):
    scope = Scope.ALERTS_READ
    http_method_names = ["post"]
    parser_classes = [StrictJsonParser]

    @extend_schema(
        operation_id="giveAlertFeedback",
        summary="Répondre à une alerte",
        description="What you made of it; whoever investigates reads it. A later answer corrects an earlier one.",
        tags=["Alertes"],
        parameters=[IDEMPOTENCY_KEY],
        request=serializers.FeedbackRequestSerializer,
        responses=post_answers(serializers.FeedbackSerializer, is_one=True),
    )
    @idempotent
    def post(self, request: Request, alert_id: UUID) -> HttpResponse:
        values = read_body(request, serializers.FeedbackRequestSerializer)
        given = give_feedback(self.caller.partner_id, alert_id, values)
        if given is None:
            raise ProblemError(NOT_FOUND)
        return Response(reading.feedback_record(given), status=201)


class _SignalResource(PartnerResource):
    """Each reading is an event of the case, besides what the mutual keeps of it."""

    scope = Scope.ALERTS_READ

    def was_shown(self, shown: Shown) -> None:
        standing = signals_for(self.caller.partner_id, now=timezone.now())
        for signal in standing.filter(pk__in=self._read).select_related("case"):
            note_reading(signal)

    def shown(self, page: reading.Page, body: object) -> Shown:
        self._read = page.subjects
        return Shown(body, len(page.records))


class SignalsView(_SignalResource):
    parameters = PageParameters

    @extend_schema(
        operation_id="listSignals",
        summary="Lister les signaux partagés avec vous",
        description=(
            "What was established about a professional or an establishment that billed care of your members, shared "
            "with you by decision of two people, for a time. Nobody insured is named. Read the whole list: a signal "
            "that is no longer in it has ended."
        ),
        tags=["Signaux"],
        parameters=[PageParameters],
        responses=answers(serializers.SignalPageSerializer, is_list=True),
    )
    def get(self, request: Request) -> HttpResponse:
        book = self.book("signals")
        (after,) = book.read(self.values["cursor"]) if "cursor" in self.values else (0,)

        def find(partner_id: int) -> Shown:
            page = reading.signals_after(partner_id, after=after, limit=self.values["limit"])
            following = book.make((page.place,)) if page.has_more and page.place is not None else None
            return self.shown(page, {"data": page.records, "next_cursor": following})

        return self.show(request, find, kind=SIGNAL)


class SignalView(_SignalResource):
    @extend_schema(
        operation_id="getSignal",
        summary="Lire un signal",
        tags=["Signaux"],
        responses=answers(serializers.SignalSerializer, is_one=True),
    )
    def get(self, request: Request, signal_id: UUID) -> HttpResponse:
        def find(partner_id: int) -> Shown:
            page = reading.one_signal(partner_id, signal_id)
            if page is None:
                raise ProblemError(NOT_FOUND)
            return self.shown(page, page.records[0])

        return self.show(request, find, kind=SIGNAL)
