"""The investigators' inbox: the queue, how it is searched, narrowed and put in order."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html

from accounts.staff.perms import signed_in
from ameli_notify.core.admin import SearchShape, exact
from ameli_notify.core.import_report import french_euros
from fraud.cases.bulk_admin import BulkActsAdmin
from fraud.cases.inbox import URGENT_FIRST, OrderFilter, ViewFilter, order_of
from fraud.cases.models import FraudCase
from fraud.cases.notices import unread_of
from fraud.cases.prescription_filter import PrescriptionFilter
from fraud.cases.querysets import CaseQuerySet
from fraud.cases.saved_view_pages import drop_view_page, own_views, save_view_page
from fraud.intake.receipts import PREFIX


def _by_number(term: str) -> Q:
    year, _, rank = term.partition("-")
    return Q(year=int(year), rank=int(rank))


def _by_receipt(term: str) -> Q:
    """As it is kept, or with the spaces with which its sender reads it."""
    digits = "".join(char for char in term if char.isdigit())
    return Q(links__report__receipt_no=f"{PREFIX}{digits}", links__unlinked_at=None)


class CaseInboxAdmin(BulkActsAdmin):
    """The list of cases, most urgent first."""

    search_required = False
    list_display = (
        "number_fr", "severity", "status", "stake_fr", "due_fr", "age_fr", "fund_code", "reports_fr", "holder_fr",
    )  # fmt: skip
    list_display_links = ("number_fr",)
    list_filter = (ViewFilter, OrderFilter, "severity", "status", PrescriptionFilter)
    ordering = URGENT_FIRST
    sortable_by = ()
    search_shapes = (
        SearchShape("numéro de dossier (2026-000123)", r"[0-9]{4}-[0-9]{6}", _by_number),
        SearchShape(
            "accusé de réception d’un signalement (SR et 12 chiffres)", r"(?i:SR)(?:[ \u00a0]*[0-9]){12}", _by_receipt
        ),
        SearchShape("RPPS (11 chiffres)", r"[0-9]{11}", exact("performer_rpps", convert=int)),
        SearchShape("caisse (01C751000)", r"[0-9]{2}C[0-9]{6}", exact("fund_code")),
    )

    def person_of(self, obj: Model) -> int | None:
        """Nobody: the page names no person. ``people.unveiled_reports`` logs those it shows."""
        return None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        cases = cast("CaseQuerySet", super().get_queryset(request))
        match = request.resolver_match
        if match is not None and match.url_name == "fraud_fraudcase_change":
            return cases  # its page tells both by itself
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

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return order_of(request)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("vues/", wrap(save_view_page), name="fraud_fraudcase_save_view"),
            path("vues/<int:pk>/supprimer/", wrap(drop_view_page), name="fraud_fraudcase_drop_view"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shown: dict[str, Any] = {"may_open_cases": True}
        if self.has_view_permission(request):
            user = signed_in(request)
            shown |= {
                "notices": unread_of(user.pk),
                "may_simulate": user.has_perm("fraud.assign_fraudcase"),
                **own_views(request),
            }
        return super().changelist_view(request, shown | (extra_context or {}))
