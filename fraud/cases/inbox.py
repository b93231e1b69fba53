"""What the inbox shows: the views that everybody has, and the orders."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.staff.perms import signed_in
from ameli_notify.core.working_calendar import add_working_days
from fraud.cases.answers import with_new_answers
from fraud.cases.enums import CaseStatus, ParameterCode
from fraud.cases.inbox_enums import InboxOrder, InboxView
from fraud.cases.models import FraudCase
from fraud.cases.parameters import parameter
from fraud.cases.querysets import CaseQuerySet

VIEW_VAR: Final = "vue"
ORDER_VAR: Final = "tri"
PRESCRIPTION_VAR: Final = "prescription"
URGENT_FIRST: Final = ("-severity", "-amount_at_stake", "due_on", "pk")
ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    InboxOrder.DEADLINE: ("due_on", "pk"),
    InboxOrder.AMOUNT: ("-amount_at_stake", "pk"),
    InboxOrder.OLDEST: ("pk",),
}
"""The columns behind each order."""


class _OneOf(admin.SimpleListFilter):
    """A choice of a closed list; ``without`` says what is shown without one."""

    listed: type[InboxView | InboxOrder]
    without: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ANN401 (Django's)
        return [(str(value), str(label)) for value, label in self.listed.choices]

    def choices(self, changelist: Any) -> Any:  # noqa: ANN401 (Django's)
        rows = iter(super().choices(changelist))
        yield {**next(rows), "display": self.without}
        yield from rows


class ViewFilter(_OneOf):
    """Without a view: all that is open and not merged; while searching: everything."""

    title = "vue"
    parameter_name = VIEW_VAR
    listed = InboxView
    without = "À traiter"

    def queryset(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> QuerySet[FraudCase]:
        view = self.value()
        if view is None and request.GET.get(SEARCH_VAR, "").strip():
            return queryset
        return in_view(cast("CaseQuerySet", queryset), view, user_id=signed_in(request).pk)


class OrderFilter(_OneOf):
    """The list's ``get_ordering`` puts the rows in order; this one offers the choice."""

    title = "ordre"
    parameter_name = ORDER_VAR
    listed = InboxOrder
    without = "Urgence"

    def queryset(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> QuerySet[FraudCase]:
        return queryset


def order_of(request: HttpRequest) -> tuple[str, ...]:
    """The columns of the order asked for; the most urgent first without a known one."""
    return ORDERS.get(request.GET.get(ORDER_VAR, ""), URGENT_FIRST)


def in_view(cases: CaseQuerySet, view: str | None, *, user_id: int) -> CaseQuerySet:
    """Those of the cases that are in a view, for whoever looks."""
    today = timezone.localdate()
    narrowed: Mapping[str, Callable[[], CaseQuerySet]] = {
        InboxView.MINE: lambda: cases.standing().held_by(user_id),
        InboxView.ANSWERED: lambda: with_new_answers(cases.standing().held_by(user_id)),
        InboxView.OVERDUE: lambda: cases.overdue(today=today),
        InboxView.TO_ASSIGN: cases.to_triage,
        InboxView.DUE_SOON: lambda: cases.due_by(_soon(today)),
        InboxView.WAITING: lambda: cases.standing().filter(status=CaseStatus.WAITING_INSURED),
        InboxView.APPROVALS: cases.awaiting_approval,
        InboxView.CLOSED: lambda: cases.filter(status=CaseStatus.CLOSED),
        InboxView.ALL: lambda: cases,
    }
    return narrowed.get(view or "", lambda: cases.standing().open())()


def _soon(today: dt.date) -> dt.date:
    return add_working_days(today, int(parameter(ParameterCode.REMIND_DAYS, day=today)))
