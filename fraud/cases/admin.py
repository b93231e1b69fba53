"""The page of a case, in the console. The list is in ``inbox_admin``."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header

from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.typesetting import TypesettingBusyError
from fraud.cases.acts import ACTS
from fraud.cases.assigning import simulate
from fraud.cases.case_pages import CasePagesAdmin
from fraud.cases.disclosure_console import DisclosurePages, disclosures_of
from fraud.cases.dossier import dossier_pdf
from fraud.cases.look import CaseLook
from fraud.cases.models import FraudCase
from fraud.cases.moving import reports_of
from fraud.cases.page import case_context
from fraud.cases.paging import PEOPLE, part_of
from fraud.cases.people import attachment_in_case, unveiled_reports
from fraud.cases.results.console import ResultsPages
from fraud.cases.staffing_models import CaseOpening
from fraud.cases.unveiling import opening_of
from fraud.intake.attachments import content_of
from fraud.intake.enums import MEDIA_TYPES, AttachmentKind
from fraud.intake.file_views import SANDBOX
from fraud.intake.sealed import open_name

OPENED = "admin:fraud_fraudcase_change"


@admin.register(FraudCase)
class FraudCaseAdmin(DisclosurePages, ResultsPages, CasePagesAdmin):
    """The queue, most urgent first; a case opens with its reports but without its people."""

    fields = (
        ("status", "outcome"),
        ("severity", "author_category"),
        ("stake_fr", "due_fr"),
        ("opened_at", "closed_at"),
        ("fund_code", "performer_rpps", "performer_finess"),
    )
    readonly_fields = ("stake_fr", "due_fr")

    def page_context(self, request: HttpRequest, obj: FraudCase) -> dict[str, Any]:
        look = CaseLook(case=obj, user=signed_in(request))
        return case_context(look, query=request.GET) | disclosures_of(look)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
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
        look = CaseLook(case=self._case(pk), user=user)
        back = reverse(OPENED, args=[pk])
        is_offered = form_class.is_offered(look)
        if request.method != "POST" and not is_offered:
            self.message_user(request, "Ce n’est pas possible dans l’état de ce dossier.", messages.WARNING)
            return redirect(back)
        form = form_class(request.POST if request.method == "POST" else None, look=look, query=request.GET)
        if request.method == "POST" and not is_offered:
            form.refuse()
        elif request.method == "POST":
            said = form.try_to_perform()
            if said is not None:
                self.message_user(request, said, messages.SUCCESS)
                return redirect(
                    reverse("admin:fraud_fraudcase_people", args=[pk]) if act == "voir-les-personnes" else back
                )
        title = f"{form.title} : {look.case}"
        context = {"title": title, "opts": self.opts, "original": look.case, "form": form, "back": back}
        return TemplateResponse(
            request, "admin/fraud/fraudcase/act.html", self.admin_site.each_context(request) | context
        )

    def people_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who reported and what they wrote, while the reader has leave."""
        case, opening = self._opened(request, pk)
        if opening is None:
            return self._not_open(request, pk)
        part = part_of(reports_of(case).order_by("pk"), name="page", size=PEOPLE, query=request.GET)
        context = {
            "title": f"Personnes du {case}",
            "opts": self.opts,
            "original": case,
            "opening": opening,
            "part": part,
            "reports": unveiled_reports(part.rows, case=case, opening=opening, by=signed_in(request)),
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
