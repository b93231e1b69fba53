"""Rights of reply in the console: opened from a case, read by whoever holds it and by who may grant what it asks."""

import uuid
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from accounts.access.admin import LoggedReadAdmin
from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.typesetting import TypesettingBusyError
from fraud.cases.admin import OPENED as CASE
from fraud.cases.events import CaseError
from fraud.cases.models import FraudCase
from fraud.intake.enums import MEDIA_TYPES, AttachmentKind
from fraud.intake.file_views import SANDBOX
from fraud.replies.console_forms import AnswerForm, OpenForm
from fraud.replies.enums import ReplyAuthor
from fraud.replies.letter import letter_pdf
from fraud.replies.models import RightOfReply
from fraud.replies.rights import close_right, holds, is_alive, issue_code
from fraud.replies.thread import as_read_by_staff, content_of, mark_read, name_of

OPENED: Final = "admin:fraud_rightofreply_change"
KEPT_TO: Final = "Les réponses ne sont lues que par qui tient le dossier, sa supervision et le service juridique."


class UnderWayFilter(admin.SimpleListFilter):
    """Without a choice, what can still be answered."""

    title = "vue"
    parameter_name = "vue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ANN401 (Django's)
        return [("tous", "Tous")]

    def choices(self, changelist: Any) -> Any:  # noqa: ANN401 (Django's)
        rows = iter(super().choices(changelist))
        yield {**next(rows), "display": "En cours"}
        yield from rows

    def queryset(self, request: HttpRequest, queryset: QuerySet[RightOfReply]) -> QuerySet[RightOfReply]:
        if self.value() == "tous":
            return queryset
        return queryset.filter(closed_at=None, ends_on__gte=timezone.localdate())


@admin.register(RightOfReply)
class RightOfReplyAdmin(LoggedReadAdmin):
    """Every opening is in the access log. Whoever may see a case sees that a right exists; few read what was said."""

    search_required = False
    list_display = ("case_number", "ends_on", "opened_at", "code_issued_at", "entered_at", "closed_at")
    list_display_links = ("case_number",)
    list_filter = (UnderWayFilter,)
    ordering = ("ends_on", "pk")
    sortable_by = ()
    change_select_related = ("case", "case__merged_into", "step", "opened_by")
    readonly_fields = ("who",)
    fields = (("case_number", "ends_on"), ("opened_at", "who"), ("code_issued_at", "entered_at", "closed_at"))

    def person_of(self, obj: Model) -> int | None:
        """Nobody: no insured person stands in these tables."""
        return None

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("fraud.view_fraudcase")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description="ouvert par")
    def who(self, obj: RightOfReply) -> str:
        return str(obj.opened_by.username)

    def page_context(self, request: HttpRequest, obj: RightOfReply) -> dict[str, Any]:
        user = signed_in(request)
        reading = as_read_by_staff(obj) if _may_read(obj, user) else None
        return {
            "may_act": _may_act(obj, user),
            "has_new": reading is not None and reading.has_new and holds(obj, user),
            "kept_to": KEPT_TO,
            "reading": reading,
        }

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("ouvrir/<int:case_pk>/", wrap(self.open_view), name="fraud_rightofreply_open"),
            path("<int:pk>/lettre/", wrap(self.letter_view), name="fraud_rightofreply_letter"),
            path("<int:pk>/repondre/", wrap(self.answer_view), name="fraud_rightofreply_answer"),
            path("<int:pk>/lu/", wrap(self.read_view), name="fraud_rightofreply_read"),
            path("<int:pk>/fermer/", wrap(self.close_view), name="fraud_rightofreply_close"),
            path("<int:pk>/pieces/<uuid:public_id>/", wrap(self.document_view), name="fraud_rightofreply_document"),
        ]
        return own + super().get_urls()

    def open_view(self, request: HttpRequest, case_pk: int) -> HttpResponse:
        """Open a right on a case."""
        if not request.user.has_perm("fraud.work_fraudcase"):
            raise PermissionDenied
        case = FraudCase.objects.filter(pk=case_pk).first()
        if case is None:
            raise Http404
        form = OpenForm(request.POST if request.method == "POST" else None, case=case)
        if request.method == "POST":
            right = form.perform(by=signed_in(request))
            if right is not None:
                self.message_user(request, "Le droit de réponse est ouvert. Préparez la lettre.", messages.SUCCESS)
                return redirect(OPENED, right.pk)
        return self._form_page(request, form, original=case, back=reverse(CASE, args=[case_pk]))

    def letter_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The letter with a new code, after asking: the one before no longer opens anything."""
        right = self._actionable(request, pk)
        if isinstance(right, HttpResponse):
            return right
        if request.method != "POST":
            return self.ask_first(
                request, right, title="Préparer la lettre", button="Préparer la lettre (PDF)",
                back=reverse(OPENED, args=[pk]), question=(
                    "La lettre porte un nouveau code, qui n’est gardé nulle part : imprimez-la et envoyez-la par la "
                    "poste, jamais autrement. Le code d’une lettre précédente ne servira plus. Continuer ?"
                ),
            )  # fmt: skip
        try:
            issued, code = issue_code(pk, by=signed_in(request))
            content = letter_pdf(issued, code=code, address=request.build_absolute_uri(reverse("reply")))
        except CaseError as error:
            return self._back(request, pk, str(error))
        except TypesettingBusyError:
            return self._back(request, pk, "Trop de documents sont en préparation : réessayez.")
        disposition = content_disposition_header(as_attachment=True, filename=f"reponse-{right.case_number}.pdf")
        return HttpResponse(
            content, content_type="application/pdf",
            headers={"Content-Disposition": disposition or "attachment", "Cache-Control": "no-store"},
        )  # fmt: skip

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write to the professional; what they wrote is read by then."""
        right = self._actionable(request, pk)
        if isinstance(right, HttpResponse):
            return right
        form = AnswerForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.perform(right, by=signed_in(request)):
            self.message_user(request, "La réponse est sur la page du professionnel.", messages.SUCCESS)
            return redirect(OPENED, pk)
        return self._form_page(request, form, original=right, back=reverse(OPENED, args=[pk]))

    def read_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """« J’ai lu »."""
        right = self._found(request, pk)
        if not request.user.has_perm("fraud.work_fraudcase"):
            raise PermissionDenied
        if not holds(right, signed_in(request)):
            return self._back(request, pk, "Vous ne tenez pas ce dossier.")
        if request.method != "POST":
            return self.ask_first(
                request, right, title="Lu", button="J’ai lu", back=reverse(OPENED, args=[pk]),
                question="Les messages du professionnel ne seront plus signalés comme nouveaux.",
            )  # fmt: skip
        mark_read(right, reader=ReplyAuthor.STAFF)
        return redirect(OPENED, pk)

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a right before its day, after asking."""
        right = self._actionable(request, pk)
        if isinstance(right, HttpResponse):
            return right
        if request.method != "POST":
            return self.ask_first(
                request, right, title="Fermer", button="Fermer le droit de réponse", back=reverse(OPENED, args=[pk]),
                question=(
                    "Le professionnel a droit à tout le délai : ne fermez qu’un droit ouvert par erreur. Son code ne "
                    "servira plus, et rien de ce qui a été écrit n’est effacé. Fermer ?"
                ),
            )  # fmt: skip
        try:
            close_right(pk, by=signed_in(request))
        except CaseError as error:
            return self._back(request, pk, str(error))
        self.message_user(request, "Le droit de réponse est fermé.", messages.SUCCESS)
        return redirect(OPENED, pk)

    def document_view(self, request: HttpRequest, pk: int, public_id: uuid.UUID) -> HttpResponse:
        """A document of the professional, to keep; never shown in the console's own origin."""
        right = self._found(request, pk)
        if not _may_read(right, signed_in(request)):
            raise PermissionDenied
        document = right.documents.filter(public_id=public_id).first()
        if document is None:
            raise Http404
        log_access(
            by=signed_in(request), action=AccessAction.VIEW, object_kind=document._meta.label_lower,
            object_id=document.pk,
        )  # fmt: skip
        disposition = content_disposition_header(as_attachment=True, filename=name_of(document))
        return HttpResponse(
            content_of(document),
            content_type=MEDIA_TYPES[AttachmentKind(document.kind)],
            headers={
                "Content-Disposition": disposition or "attachment",
                "Content-Security-Policy": SANDBOX,
                "X-Content-Type-Options": "nosniff",
            },
        )

    def _actionable(self, request: HttpRequest, pk: int) -> RightOfReply | HttpResponse:
        """The right, for whoever holds its case while it lasts; else the way back to its page."""
        if not request.user.has_perm("fraud.work_fraudcase"):
            raise PermissionDenied
        right = self._found(request, pk)
        if _may_act(right, signed_in(request)):
            return right
        return self._back(request, pk, "Vous ne tenez pas ce dossier, ou ce droit de réponse est terminé.")

    def _found(self, request: HttpRequest, pk: int) -> RightOfReply:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = RightOfReply.objects.select_related("case", "case__merged_into", "step", "step__legal_basis")
        right = rows.filter(pk=pk).first()
        if right is None:
            raise Http404
        return right

    def _back(self, request: HttpRequest, pk: int, said: str) -> HttpResponse:
        self.message_user(request, said, messages.WARNING)
        return redirect(OPENED, pk)

    def _form_page(
        self, request: HttpRequest, form: OpenForm | AnswerForm, *, original: Model, back: str
    ) -> HttpResponse:
        context = {
            "title": f"{form.title} : {original}",
            "opts": self.opts,
            "original": original,
            "form": form,
            "back": back,
        }
        return TemplateResponse(
            request, "admin/fraud/fraudcase/act.html", self.admin_site.each_context(request) | context
        )


def _may_act(right: RightOfReply, user: User) -> bool:
    return is_alive(right) and holds(right, user)


def _may_read(right: RightOfReply, user: User) -> bool:
    """Whoever holds the case; who grants or refuses its decisions."""
    return holds(right, user) or user.has_perm("fraud.approve_fraudcase")
