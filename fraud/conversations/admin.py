"""The advisers' inbox: who waits, what one talks about; a thread is read by its adviser, or by a supervisor."""

from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from accounts.access.admin import LoggedReadAdmin
from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.models import User
from accounts.staff.perms import signed_in
from fraud.conversations.asking import context_of
from fraud.conversations.canned import CANNED
from fraud.conversations.console_forms import AnswerForm, HandOverForm, WriteForm
from fraud.conversations.enums import ConversationStatus
from fraud.conversations.models import Conversation
from fraud.conversations.talking import ConversationError, close, take_next
from fraud.conversations.thread import thread_of

OPENED: Final = "admin:fraud_conversation_change"
CANNED_VAR: Final = "modele"
VIEWS: Final = {"attente": "En attente", "miennes": "Les miennes", "terminees": "Terminées"}


class ViewFilter(admin.SimpleListFilter):
    """Saved views; without one, all that is under way."""

    title = "vue"
    parameter_name = "vue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ANN401 (Django's)
        return list(VIEWS.items())

    def choices(self, changelist: Any) -> Any:  # noqa: ANN401 (Django's)
        rows = iter(super().choices(changelist))
        yield {**next(rows), "display": "À traiter"}
        yield from rows

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        match self.value():
            case "attente":
                return queryset.filter(status=ConversationStatus.WAITING)
            case "miennes":
                return queryset.filter(status=ConversationStatus.OPEN, adviser=signed_in(request))
            case "terminees":
                return queryset.filter(status=ConversationStatus.CLOSED)
            case _:
                return queryset.exclude(status=ConversationStatus.CLOSED)


@admin.register(Conversation)
class ConversationAdmin(LoggedReadAdmin):
    """The list names nobody. Whoever opens a conversation is logged for its person, with why they may."""

    search_required = False
    list_display = ("number", "status", "origin", "asked_at", "waited_fr", "adviser_fr")
    list_display_links = ("number",)
    list_filter = (ViewFilter,)
    list_select_related = ("adviser",)
    change_select_related = ("adviser", "report")
    ordering = ("asked_at", "pk")
    sortable_by = ()
    fields = (("status", "origin"), ("asked_at", "opened_at", "closed_at"), ("adviser_fr", "satisfaction"))
    readonly_fields = ("adviser_fr",)

    def person_of(self, obj: Model) -> int | None:
        return obj.insured_id if isinstance(obj, Conversation) else None

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:  # noqa: ANN401
        found = self.find_object(request, object_id, from_field)
        if found is not None and self.has_view_permission(request, found):
            log_access(
                by=signed_in(request),
                action=AccessAction.VIEW,
                object_kind=self.opts.label_lower,
                object_id=found.pk,
                insured_id=found.insured_id,
                reason=_reason(found, signed_in(request)),
            )
        return found

    @admin.display(description="attente")
    def waited_fr(self, obj: Conversation) -> str:
        until = obj.opened_at or obj.closed_at or timezone.now()
        return f"{int((until - obj.asked_at).total_seconds() // 60)}\u00a0min"

    @admin.display(description="conseiller")
    def adviser_fr(self, obj: Conversation) -> str:
        return str(obj.adviser.username) if obj.adviser else self.get_empty_value_display()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        waiting = Conversation.objects.filter(status=ConversationStatus.WAITING).count()
        may_take = _may_answer(signed_in(request))
        return super().changelist_view(request, {"waiting": waiting, "may_take": may_take, **(extra_context or {})})

    def page_context(self, request: HttpRequest, obj: Conversation) -> dict[str, Any]:
        user = signed_in(request)
        return {"holds": _holds(obj, user), "canned": CANNED, **_words(obj, user)}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("prendre/", wrap(self.take_view), name="fraud_conversation_take"),
            path("<int:pk>/repondre/", wrap(self.answer_view), name="fraud_conversation_answer"),
            path("<int:pk>/transmettre/", wrap(self.hand_over_view), name="fraud_conversation_hand_over"),
            path("<int:pk>/terminer/", wrap(self.close_view), name="fraud_conversation_close"),
        ]
        return own + super().get_urls()

    def take_view(self, request: HttpRequest) -> HttpResponse:
        """Take whoever has waited longest."""
        if not _may_answer(signed_in(request)):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        try:
            taken = take_next(by=signed_in(request))
        except ConversationError as error:
            self.message_user(request, str(error), messages.WARNING)
            return redirect("admin:fraud_conversation_changelist")
        return redirect(OPENED, taken.pk)

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write to the person, from nothing or from a canned answer."""
        chosen = CANNED.get(request.GET.get(CANNED_VAR, ""))
        return self._write(request, pk, AnswerForm, text=chosen.text if chosen else "")

    def hand_over_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write beside the report, for the investigators."""
        return self._write(request, pk, HandOverForm)

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End the conversation, after asking."""
        held = self._held(request, pk)
        if isinstance(held, HttpResponse):
            return held
        if request.method == "POST":
            try:
                close(pk, by=signed_in(request))
            except ConversationError as error:
                self.message_user(request, str(error), messages.WARNING)
            else:
                self.message_user(request, "La conversation est terminée.", messages.SUCCESS)
            return redirect(OPENED, pk)
        return self.ask_first(
            request, held, title="Terminer", button="Terminer la conversation", back=reverse(OPENED, args=[pk]),
            question="La personne lira encore vos messages, et dira si elle a eu sa réponse. Terminer ?",
        )  # fmt: skip

    def _write(self, request: HttpRequest, pk: int, form_class: type[WriteForm], *, text: str = "") -> HttpResponse:
        held = self._held(request, pk)
        if isinstance(held, HttpResponse):
            return held
        form = form_class(request.POST if request.method == "POST" else None, initial={"text": text})
        said = form.try_to_send(held, by=signed_in(request))
        if said:
            self.message_user(request, said, messages.SUCCESS)
            return redirect(OPENED, pk)
        context = {
            "title": f"{form.title} : {held}",
            "opts": self.opts,
            "original": held,
            "form": form,
            "back": reverse(OPENED, args=[pk]),
            **_words(held, signed_in(request)),
        }
        return TemplateResponse(
            request, "admin/fraud/conversation/write.html", self.admin_site.each_context(request) | context
        )

    def _held(self, request: HttpRequest, pk: int) -> Conversation | HttpResponse:
        """The conversation that the reader holds, its reading logged; else the way back to its page."""
        user = signed_in(request)
        if not _may_answer(user):
            raise PermissionDenied
        found = self.get_object(request, str(pk))
        if not isinstance(found, Conversation):
            raise Http404
        if _holds(found, user):
            return found
        self.message_user(request, "Vous ne tenez pas cette conversation, ou elle est terminée.", messages.WARNING)
        return redirect(OPENED, pk)


def _may_answer(user: User) -> bool:
    return user.has_perm("fraud.answer_conversation")


def _holds(conversation: Conversation, user: User) -> bool:
    return conversation.adviser_id == user.pk and conversation.status == ConversationStatus.OPEN


def _supervises(user: User) -> bool:
    """Whoever watches over the accesses may read what others talked about."""
    return user.has_perm("accounts.view_accesslog")


def _reason(conversation: Conversation, user: User) -> str:
    if conversation.adviser_id == user.pk:
        return "conversation avec vous"
    return "contrôle hiérarchique d’une conversation" if _supervises(user) else "file des conversations, sans les lire"


def _words(conversation: Conversation, user: User) -> dict[str, Any]:
    """What was said and handed over, for who may read it."""
    if conversation.adviser_id != user.pk and not _supervises(user):
        return {"may_read": False}
    return {
        "may_read": True,
        "thread": thread_of(conversation),
        "turns": context_of(conversation).get("turns", []),
        "has_draft": "draft" in context_of(conversation),
    }
