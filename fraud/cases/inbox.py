"""The inbox: its saved views, and the acts on several cases at once."""

import datetime as dt
from typing import Any, Final

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
        return queryset.filter(pk__in=in_view(view, user_id=signed_in(request).pk).values("pk"))


def in_view(view: str | None, *, user_id: int) -> QuerySet[FraudCase]:
    """The cases of a saved view, for whoever looks."""
    cases, today = FraudCase.objects.all(), timezone.localdate()
    if view == "a-trier":
        return cases.to_triage()
    if view == "mes-dossiers":
        return cases.standing().held_by(user_id)
    if view == "en-retard":
        return cases.overdue(today=today)
    if view == "bientot":
        return cases.due_by(_soon(today))
    if view == "en-attente":
        return cases.standing().filter(status=CaseStatus.WAITING_INSURED)
    if view == "accords":
        return cases.filter(approvals__approved_at=None, approvals__refused_at=None, approvals__isnull=False)
    if view == "clos":
        return cases.filter(status=CaseStatus.CLOSED)
    return cases if view == "tous" else cases.standing().open()


def _soon(today: dt.date) -> dt.date:
    return add_working_days(today, int(parameter(ParameterCode.REMIND_DAYS, day=today)))
