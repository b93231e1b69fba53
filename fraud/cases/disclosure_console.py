"""The page of lifted identities in the console, and what the page of a case says of what left the house."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.access.admin import LoggedReadAdmin
from accounts.staff.perms import signed_in
from fraud.cases.lifting import lifted_identity, lifts_open_to
from fraud.cases.look import CaseLook
from fraud.cases.models import FraudCase


def disclosures_of(look: CaseLook) -> dict[str, Any]:
    """What left the house about a case; nobody's name."""
    return {"signals": look.signals, "lifts": look.lifts, "may_read_identities": look.may_read_identities}


class DisclosurePages(LoggedReadAdmin):
    """Lifted identities, for the two who agreed on it."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.identities_view)
        return [path("<int:pk>/identites/", view, name="fraud_fraudcase_identities"), *super().get_urls()]

    def identities_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The identities that are open to the reader now; each reading is logged."""
        user = signed_in(request)
        may_act = user.has_perm("fraud.work_fraudcase") or user.has_perm("fraud.approve_fraudcase")
        if not self.has_view_permission(request) or not may_act:
            raise PermissionDenied
        case = FraudCase.objects.filter(pk=pk).first()
        if case is None:
            raise Http404
        lifts = list(lifts_open_to(user, case=case).select_related("case", "report"))
        if not lifts:
            self.message_user(request, "Aucune identité de ce dossier ne vous est ouverte.", messages.WARNING)
            return redirect(reverse("admin:fraud_fraudcase_change", args=[pk]))
        context = {
            "title": f"Identités levées du {case}",
            "opts": self.opts,
            "original": case,
            "identities": [{"lift": one, "identity": lifted_identity(one, by=user)} for one in lifts],
        }
        return TemplateResponse(
            request, "admin/fraud/fraudcase/identities.html", self.admin_site.each_context(request) | context
        )
