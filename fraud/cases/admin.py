"""The investigators' inbox and the page of a case, in the console."""

import uuid
from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import content_disposition_header

from accounts.access.admin import LoggedReadAdmin
from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import SearchShape, exact
from ameli_notify.core.import_report import french_euros
from ameli_notify.core.typesetting import TypesettingBusyError
from fraud.cases.acts import ACTS
from fraud.cases.assigning import claim, simulate
from fraud.cases.deciding import close_without_follow_up
from fraud.cases.dossier import dossier_pdf
from fraud.cases.events import CaseError
from fraud.cases.export import cases_csv
from fraud.cases.inbox import ViewFilter
from fraud.cases.models import FraudCase
from fraud.cases.notices import unread_of
from fraud.cases.page import case_context
from fraud.cases.people import attachment_in_case, unveiled_reports
from fraud.cases.querysets import CaseQuerySet
from fraud.cases.results import results_page
from fraud.cases.staffing_models import CaseOpening
from fraud.cases.unveiling import opening_of
from fraud.intake.attachments import content_of
from fraud.intake.enums import MEDIA_TYPES, AttachmentKind
from fraud.intake.file_views import SANDBOX
from fraud.intake.sealed import open_name

OPENED = "admin:fraud_fraudcase_change"


def _by_number(term: str) -> Q:
    year, _, rank = term.partition("-")
    return Q(year=int(year), rank=int(rank))


def _by_receipt(term: str) -> Q:
    return Q(links__report__receipt_no=term, links__unlinked_at=None)


@admin.register(FraudCase)
class FraudCaseAdmin(LoggedReadAdmin):
    """The queue, most urgent first; a case opens with its reports but without its people."""

    search_required = False
    list_display = (
        "number_fr", "severity", "status", "stake_fr", "due_fr", "age_fr", "fund_code", "reports_fr", "holder_fr",
    )  # fmt: skip
    list_display_links = ("number_fr",)
    list_filter = (ViewFilter, "severity", "status")
    ordering = ("-severity", "-amount_at_stake", "due_on", "pk")
    sortable_by = ()
    actions = ("take", "close_for_good", "export")
    fields = (
        ("status", "outcome"),
        ("severity", "author_category"),
        ("stake_fr", "due_fr"),
        ("opened_at", "closed_at"),
        ("fund_code", "performer_rpps", "performer_finess"),
    )
    readonly_fields = ("stake_fr", "due_fr")
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

    def page_context(self, request: HttpRequest, obj: FraudCase) -> dict[str, Any]:
        return case_context(obj, user=signed_in(request))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("resultats/", wrap(self.results_view), name="fraud_fraudcase_results"),
            path("simulateur/", wrap(self.simulate_view), name="fraud_fraudcase_simulate"),
            path("<int:pk>/faire/<slug:act>/", wrap(self.act_view), name="fraud_fraudcase_act"),
            path("<int:pk>/dossier.pdf", wrap(self.dossier_view), name="fraud_fraudcase_dossier"),
            path("<int:pk>/personnes/", wrap(self.people_view), name="fraud_fraudcase_people"),
            path("<int:pk>/pieces/<uuid:public_id>/", wrap(self.attachment_view), name="fraud_fraudcase_attachment"),
        ]
        return own + super().get_urls()

    def act_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """One act: its form, then its doing."""
        user, form_class = signed_in(request), ACTS.get(act)
        if form_class is None:
            raise Http404
        if not self.has_view_permission(request) or not form_class.may(user):
            raise PermissionDenied
        case = self._case(pk)
        back = reverse(OPENED, args=[pk])
        if not form_class.is_offered(case, user):
            self.message_user(request, "Ce n’est pas possible dans l’état de ce dossier.", messages.WARNING)
            return redirect(back)
        form = form_class(request.POST if request.method == "POST" else None, case=case, user=user)
        if request.method == "POST":
            said = form.try_to_perform()
            if said is not None:
                self.message_user(request, said, messages.SUCCESS)
                return redirect(
                    reverse("admin:fraud_fraudcase_people", args=[pk]) if act == "voir-les-personnes" else back
                )
        context = {"title": f"{form.title} : {case}", "opts": self.opts, "original": case, "form": form, "back": back}
        return TemplateResponse(
            request, "admin/fraud/fraudcase/act.html", self.admin_site.each_context(request) | context
        )

    def people_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who reported and what they wrote, while the reader has leave."""
        case, opening = self._opened(request, pk)
        if opening is None:
            return self._not_open(request, pk)
        context = {
            "title": f"Personnes du {case}",
            "opts": self.opts,
            "original": case,
            "opening": opening,
            "reports": unveiled_reports(case, opening=opening, by=signed_in(request)),
        }
        return TemplateResponse(
            request, "admin/fraud/fraudcase/people.html", self.admin_site.each_context(request) | context
        )

    def attachment_view(self, request: HttpRequest, pk: int, public_id: uuid.UUID) -> HttpResponse:
        """A document, to keep; never shown in the console's own origin."""
        case, opening = self._opened(request, pk)
        if opening is None:
            return self._not_open(request, pk)
        found = attachment_in_case(case, public_id, opening=opening, by=signed_in(request))
        if found is None:
            raise Http404
        disposition = content_disposition_header(as_attachment=True, filename=open_name(found))
        return HttpResponse(
            content_of(found),
            content_type=MEDIA_TYPES[AttachmentKind(found.kind)],
            headers={
                "Content-Disposition": disposition or "attachment",
                "Content-Security-Policy": SANDBOX,
                "X-Content-Type-Options": "nosniff",
            },
        )

    def simulate_view(self, request: HttpRequest) -> HttpResponse:
        """What the assignment rules would do now; nothing is written."""
        if not request.user.has_perm("fraud.assign_fraudcase"):
            raise PermissionDenied
        context = {"title": "Simulateur d’attribution", "opts": self.opts, "choices": simulate()}
        return TemplateResponse(
            request, "admin/fraud/fraudcase/simulate.html", self.admin_site.each_context(request) | context
        )

    def dossier_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The case on paper, without its people; logged as an export."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        case, user = self._case(pk), signed_in(request)
        try:
            content = dossier_pdf(case, by=user)
        except TypesettingBusyError:
            self.message_user(request, "Trop de documents sont en préparation : réessayez.", messages.WARNING)
            return redirect(reverse(OPENED, args=[pk]))
        log_access(by=user, action=AccessAction.EXPORT, object_kind=self.opts.label_lower, object_id=pk)
        disposition = content_disposition_header(as_attachment=True, filename=f"dossier-{case.number}.pdf")
        return HttpResponse(
            content, content_type="application/pdf", headers={"Content-Disposition": disposition or "attachment"}
        )

    def results_view(self, request: HttpRequest) -> HttpResponse:
        """What cases came to in a year."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {"title": "Résultats", "opts": self.opts, **results_page(request.GET.dict())}
        return TemplateResponse(
            request, "admin/fraud/fraudcase/results.html", self.admin_site.each_context(request) | context
        )

    def _opened(self, request: HttpRequest, pk: int) -> tuple[FraudCase, CaseOpening | None]:
        user: User = signed_in(request)
        if not user.has_perm("fraud.identify_fraudcase"):
            raise PermissionDenied
        case = self._case(pk)
        return case, opening_of(case, user)

    def _not_open(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.message_user(request, "Dites d’abord pourquoi vous voulez voir les personnes.", messages.WARNING)
        return redirect(reverse(OPENED, args=[pk]))

    def _case(self, pk: int) -> FraudCase:
        case = FraudCase.objects.filter(pk=pk).first()
        if case is None:
            raise Http404
        return case
