"""Pages beside that of a case: the professional's profile and links; and the files of a case: its letters, its ZIP."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header

from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.perms import signed_in
from ameli_notify.core.typesetting import TypesettingBusyError
from fraud.cases.bundle import case_zip, letter_name
from fraud.cases.dossier import dossier_pdf
from fraud.cases.inbox_admin import CaseInboxAdmin
from fraud.cases.letter_models import CaseLetter
from fraud.cases.letters.making import letter_pdf
from fraud.cases.links import links_context
from fraud.cases.models import FraudCase
from fraud.cases.profile import SCOPES, profile_context
from fraud.cases.unveiling import opening_of
from fraud.intake.file_views import SANDBOX


class CasePagesAdmin(CaseInboxAdmin):
    """Whoever may see a case may see these; each opening is logged like that of the case."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/profil/", wrap(self.profile_view), name="fraud_fraudcase_profile"),
            path("<int:pk>/liens/", wrap(self.links_view), name="fraud_fraudcase_links"),
            path("<int:pk>/dossier.zip", wrap(self.bundle_view), name="fraud_fraudcase_bundle"),
            path("<int:pk>/lettres/<uuid:public_id>/", wrap(self.letter_view), name="fraud_fraudcase_letter"),
        ]
        return own + super().get_urls()

    def profile_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The professional beside peers."""
        case = self._seen(request, pk, action=AccessAction.VIEW, reason="profil du professionnel")
        context = profile_context(case, query=request.GET.dict()) | {"scopes": SCOPES}
        return self._page(
            request,
            case,
            "admin/fraud/fraudcase/profile.html",
            title=f"Profil du professionnel : {case}",
            context=context,
        )

    def links_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """With whom the professional works."""
        case = self._seen(request, pk, action=AccessAction.VIEW, reason="liens du professionnel")
        context = links_context(case, by=signed_in(request))
        return self._page(
            request, case, "admin/fraud/fraudcase/links.html", title=f"Liens du professionnel : {case}", context=context
        )

    def bundle_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The whole case as a ZIP; with people's documents only while they are open to the reader."""
        user, case = signed_in(request), self._visible(request, pk)
        try:
            dossier = dossier_pdf(case, by=user)
        except TypesettingBusyError:
            self.message_user(request, "Trop de documents sont en préparation : réessayez.", "warning")
            return redirect(reverse("admin:fraud_fraudcase_change", args=[pk]))
        opening = opening_of(case, user) if user.has_perm("fraud.identify_fraudcase") else None
        self._log(request, case, action=AccessAction.EXPORT, reason="dossier complet")
        return StreamingHttpResponse(
            case_zip(case, dossier=dossier, opening=opening, by=user),
            content_type="application/zip",
            headers=_to_keep(f"dossier-{case.number}.zip"),
        )

    def letter_view(self, request: HttpRequest, pk: int, public_id: uuid.UUID) -> HttpResponse:
        """A letter as it was made."""
        case = self._visible(request, pk)
        letter = CaseLetter.objects.filter(case=case, public_id=public_id).first()
        if letter is None:
            raise Http404
        self._log(request, case, action=AccessAction.EXPORT, reason=f"lettre {letter.pk}")
        return HttpResponse(
            letter_pdf(letter),
            content_type="application/pdf",
            headers=_to_keep(letter_name(letter)) | {"Content-Security-Policy": SANDBOX},
        )

    def _visible(self, request: HttpRequest, pk: int) -> FraudCase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        case = FraudCase.objects.filter(pk=pk).first()
        if case is None:
            raise Http404
        return case

    def _seen(self, request: HttpRequest, pk: int, *, action: AccessAction, reason: str) -> FraudCase:
        case = self._visible(request, pk)
        self._log(request, case, action=action, reason=reason)
        return case

    def _log(self, request: HttpRequest, case: FraudCase, *, action: AccessAction, reason: str) -> None:
        log_access(
            by=signed_in(request), action=action, object_kind=self.opts.label_lower, object_id=case.pk, reason=reason
        )

    def _page(
        self, request: HttpRequest, case: FraudCase, template: str, *, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        page = {"title": title, "opts": self.opts, "original": case, **context}
        return TemplateResponse(request, template, self.admin_site.each_context(request) | page)


def _to_keep(filename: str) -> dict[str, str]:
    disposition = content_disposition_header(as_attachment=True, filename=filename)
    return {"Content-Disposition": disposition or "attachment", "X-Content-Type-Options": "nosniff"}
