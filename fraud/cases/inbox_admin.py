"""The investigators' inbox: the queue, how it is searched, and the acts on several cases at once."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html

from accounts.access.admin import LoggedReadAdmin
from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import SearchShape, exact
from ameli_notify.core.import_report import french_euros
from fraud.cases.assigning import claim
from fraud.cases.deciding import close_without_follow_up
from fraud.cases.events import CaseError
from fraud.cases.export import cases_csv
from fraud.cases.inbox import ViewFilter
from fraud.cases.models import FraudCase
from fraud.cases.notices import unread_of
from fraud.cases.querysets import CaseQuerySet


def _by_number(term: str) -> Q:
    year, _, rank = term.partition("-")
    return Q(year=int(year), rank=int(rank))


def _by_receipt(term: str) -> Q:
    return Q(links__report__receipt_no=term, links__unlinked_at=None)


class CaseInboxAdmin(LoggedReadAdmin):
    """The list of cases, most urgent first."""

    search_required = False
    list_display = (
        "number_fr", "severity", "status", "stake_fr", "due_fr", "age_fr", "fund_code", "reports_fr", "holder_fr",
    )  # fmt: skip
    list_display_links = ("number_fr",)
    list_filter = (ViewFilter, "severity", "status")
    ordering = ("-severity", "-amount_at_stake", "due_on", "pk")
    sortable_by = ()
    actions = ("take", "close_for_good", "export")
    search_shapes = (
        SearchShape("numéro de dossier (2026-000123)", r"[0-9]{4}-[0-9]{6}", _by_number),
        SearchShape("accusé de réception d’un signalement (SR et 12 chiffres)", r"SR[0-9]{12}", _by_receipt),
        SearchShape("RPPS (11 chiffres)", r"[0-9]{11}", exact("performer_rpps", convert=int)),
        SearchShape("caisse (01C751000)", r"[0-9]{2}C[0-9]{6}", exact("fund_code")),
    )

    def person_of(self, obj: Model) -> int | None:
        """Nobody: the page names no person. ``people.unveiled_reports`` logs those it shows."""
        return None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        cases = cast("CaseQuerySet", super().get_queryset(request))
        return cases.with_report_count().with_holder()

    @admin.display(description="dossier")
    def number_fr(self, obj: FraudCase) -> str:
        return obj.number

    @admin.display(description="en jeu")
    def stake_fr(self, obj: FraudCase) -> str:
        return french_euros(obj.amount_at_stake)

    @admin.display(description="échéance")
    def due_fr(self, obj: FraudCase) -> str:
        day = f"{obj.due_on:%d/%m/%Y}"
        if obj.clock_stopped_at is not None:
            return f"{day} (suspendue)"
        is_late = not obj.outcome and obj.due_on < timezone.localdate()
        return format_html('<strong class="late">{} (dépassée)</strong>', day) if is_late else day

    @admin.display(description="âge")
    def age_fr(self, obj: FraudCase) -> str:
        return f"{(timezone.now() - obj.opened_at).days}\u00a0j"

    @admin.display(description="signalements")
    def reports_fr(self, obj: FraudCase) -> int:
        return int(getattr(obj, "report_count", 0) or 0)

    @admin.display(description="attribué à")
    def holder_fr(self, obj: FraudCase) -> str:
        return str(getattr(obj, "holder_name", None) or self.get_empty_value_display())

    def has_work_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("fraud.work_fraudcase")

    @admin.action(description="Prendre les dossiers choisis", permissions=["work"])
    def take(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> HttpResponse | None:
        return self._for_each(request, queryset, action="take", act=claim, done="attribués à vous")

    @admin.action(description="Classer sans suite les dossiers choisis", permissions=["work"])
    def close_for_good(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> HttpResponse | None:
        return self._for_each(request, queryset, action="close_for_good", act=close_without_follow_up, done="classés")

    @admin.action(description="Exporter les dossiers choisis (CSV)", permissions=["view"])
    def export(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> HttpResponse:
        log_access(by=signed_in(request), action=AccessAction.EXPORT, object_kind=self.opts.label_lower)
        return HttpResponse(
            cases_csv(queryset),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="dossiers.csv"'},
        )

    def _for_each(
        self,
        request: HttpRequest,
        queryset: QuerySet[FraudCase],
        *,
        action: str,
        act: Callable[..., object],
        done: str,
    ) -> HttpResponse | None:
        """Ask first; then each case by itself: what is refused is told, and does not stop the others."""
        cases = list(queryset.order_by("pk"))
        if request.POST.get("confirmed") != "oui":
            context = {
                "title": dict(self.get_action_choices(request))[action],
                "opts": self.opts,
                "cases": cases,
                "action": action,
            }
            return TemplateResponse(
                request, "admin/fraud/fraudcase/confirm_action.html", self.admin_site.each_context(request) | context
            )
        number = 0
        for case in cases:
            try:
                act(case.pk, by=signed_in(request))
            except CaseError as error:
                self.message_user(request, f"Dossier {case.number} : {error}", messages.WARNING)
            else:
                number += 1
        if number:
            self.message_user(request, f"Dossiers {done} : {number}.", messages.SUCCESS)
        return None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        notices = unread_of(signed_in(request).pk) if self.has_view_permission(request) else []
        may_simulate = request.user.has_perm("fraud.assign_fraudcase")
        return super().changelist_view(
            request, {"notices": notices, "may_open_cases": True, "may_simulate": may_simulate, **(extra_context or {})}
        )
