"""The pages of results in the console."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.access.admin import LoggedReadAdmin
from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.perms import signed_in
from fraud.cases.results.export import results_csv
from fraud.cases.results.page import asked_results, file_name, results_context


class ResultsPages(LoggedReadAdmin):
    """What cases came to in a period; no case and nobody is named, so only what leaves is logged."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("resultats/", wrap(self.results_view), name="fraud_fraudcase_results"),
            path("resultats/resultats.csv", wrap(self.results_csv_view), name="fraud_fraudcase_results_csv"),
        ]
        return own + super().get_urls()

    def results_view(self, request: HttpRequest) -> HttpResponse:
        """The tables of the period that the form asks."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {"title": "Résultats", "opts": self.opts, **results_context(request.GET)}
        return TemplateResponse(
            request, "admin/fraud/fraudcase/results.html", self.admin_site.each_context(request) | context
        )

    def results_csv_view(self, request: HttpRequest) -> HttpResponse:
        """The same tables for a spreadsheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form, tables = asked_results(request.GET)
        if tables is None:
            return HttpResponseBadRequest("Cette période ne se lit pas.", content_type="text/plain; charset=utf-8")
        first, last = form.cleaned_data["du"], form.cleaned_data["au"]
        log_access(
            by=signed_in(request),
            action=AccessAction.EXPORT,
            object_kind="fraud.results",
            reason=f"résultats du {first:%d/%m/%Y} au {last:%d/%m/%Y}",
        )
        return HttpResponse(
            results_csv(tables),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{file_name(first, last)}"'},
        )
