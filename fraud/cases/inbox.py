"""The inbox: its saved views, and the acts on several cases at once."""

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
from fraud.cases.enums import CaseStatus, ParameterCode
from fraud.cases.models import FraudCase
from fraud.cases.parameters import parameter
from fraud.cases.querysets import CaseQuerySet

VIEWS: Final = {
    "a-trier": "À trier",
    "mes-dossiers": "Mes dossiers",
    "en-retard": "En retard",
    "bientot": "Échéance proche",
    "en-attente": "En attente de l’assuré",
    "accords": "Accords à donner",
    "clos": "Clos",
    "tous": "Tous, fusionnés compris",
}


class ViewFilter(admin.SimpleListFilter):
    """Saved views. Without one: all that is open and not merged; while searching: everything."""

    title = "vue"
    parameter_name = "vue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ANN401 (Django's)
        return list(VIEWS.items())

    def choices(self, changelist: Any) -> Any:  # noqa: ANN401 (Django's)
        rows = iter(super().choices(changelist))
        yield {**next(rows), "display": "À traiter"}
        yield from rows

    def queryset(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> QuerySet[FraudCase]:
        view = self.value()
        if view is None and request.GET.get(SEARCH_VAR, "").strip():
            return queryset
        return in_view(cast("CaseQuerySet", queryset), view, user_id=signed_in(request).pk)


def in_view(cases: CaseQuerySet, view: str | None, *, user_id: int) -> CaseQuerySet:
    """Those of the cases that are in a saved view, for whoever looks."""
    today = timezone.localdate()
    narrowed: Mapping[str, Callable[[], CaseQuerySet]] = {
        "a-trier": cases.to_triage,
        "mes-dossiers": lambda: cases.standing().held_by(user_id),
        "en-retard": lambda: cases.overdue(today=today),
        "bientot": lambda: cases.due_by(_soon(today)),
        "en-attente": lambda: cases.standing().filter(status=CaseStatus.WAITING_INSURED),
        "accords": cases.awaiting_approval,
        "clos": lambda: cases.filter(status=CaseStatus.CLOSED),
        "tous": lambda: cases,
    }
    return narrowed.get(view or "", lambda: cases.standing().open())()


def _soon(today: dt.date) -> dt.date:
    return add_working_days(today, int(parameter(ParameterCode.REMIND_DAYS, day=today)))
