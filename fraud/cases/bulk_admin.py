"""Acts on the cases that are ticked in the inbox: each asks first, then says what became of each case."""

import re

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.access.admin import LoggedReadAdmin
from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import BIGINT_PATTERN
from fraud.cases.bulk import BulkResult, for_each
from fraud.cases.bulk_forms import BULK
from fraud.cases.export import cases_csv
from fraud.cases.models import FraudCase


class BulkActsAdmin(LoggedReadAdmin):
    """The actions of the inbox."""

    actions = ("take", "assign_to", "set_severity", "close_for_good", "export")

    def has_work_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("fraud.work_fraudcase")

    def has_assign_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("fraud.assign_fraudcase")

    @admin.action(description=BULK["take"].title, permissions=["work"])
    def take(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> HttpResponse | None:
        return self._ask_then_do(request, "take")

    @admin.action(description=BULK["assign_to"].title, permissions=["assign"])
    def assign_to(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> HttpResponse | None:
        return self._ask_then_do(request, "assign_to")

    @admin.action(description=BULK["set_severity"].title, permissions=["work"])
    def set_severity(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> HttpResponse | None:
        return self._ask_then_do(request, "set_severity")

    @admin.action(description=BULK["close_for_good"].title, permissions=["work"])
    def close_for_good(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> HttpResponse | None:
        return self._ask_then_do(request, "close_for_good")

    @admin.action(description="Exporter les dossiers choisis (CSV)", permissions=["view"])
    def export(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> HttpResponse:
        log_access(by=signed_in(request), action=AccessAction.EXPORT, object_kind=self.opts.label_lower)
        return HttpResponse(
            cases_csv(queryset),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="dossiers.csv"'},
        )

    def _ask_then_do(self, request: HttpRequest, action: str) -> HttpResponse | None:
        """The ticked cases themselves, not those still in the view: somebody may have moved one on meanwhile, and
        whoever ticked it is told why nothing was done with it."""
        ticked = [
            int(pk) for pk in request.POST.getlist(ACTION_CHECKBOX_NAME) if re.fullmatch(BIGINT_PATTERN, pk, re.ASCII)
        ]
        cases = list(FraudCase.objects.filter(pk__in=ticked).order_by("pk"))
        is_confirmed = request.POST.get("confirmed") == "oui"
        form = BULK[action](request.POST if is_confirmed else None)
        if is_confirmed and form.is_valid():
            user = signed_in(request)
            result = for_each(cases, lambda case_id: form.perform(case_id, by=user))
            self._tell(request, result, done=form.done)
            return None
        context = {
            "title": form.title,
            "opts": self.opts,
            "chosen": [{"pk": case.pk, "label": f"{case}, {case.get_severity_display()}"} for case in cases],
            "action": action,
            "button": form.button,
            "form": form,
        }
        return TemplateResponse(
            request, "admin/fraud/confirm_action.html", self.admin_site.each_context(request) | context
        )

    def _tell(self, request: HttpRequest, result: BulkResult, *, done: str) -> None:
        for reason, numbers in result.refused.items():
            which = f"Dossier {numbers[0]}" if len(numbers) == 1 else f"Dossiers {', '.join(numbers)}"
            self.message_user(request, f"{which} : {reason}", messages.WARNING)
        if result.done:
            self.message_user(request, f"Dossiers {done} : {result.done}.", messages.SUCCESS)
