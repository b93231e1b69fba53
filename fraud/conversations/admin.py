"""The advisers' inbox: who waits, what one talks about; a thread is read by its adviser, or by a supervisor."""

import re
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from accounts.access.models import AccessAction
from accounts.access.services import log_access
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import BIGINT_PATTERN
from fraud.conversations.acts_admin import ConversationActsAdmin
from fraud.conversations.canned import CANNED
from fraud.conversations.enums import ConversationStatus, Satisfaction, TransferReason
from fraud.conversations.figures import FEWEST, by_month
from fraud.conversations.inbox import ViewFilter
from fraud.conversations.models import Conversation
from fraud.conversations.reading import holds, may_answer, reason_of, supervises, words_of
from fraud.conversations.talking import ConversationError
from fraud.conversations.transferring import give_back


@admin.register(Conversation)
class ConversationAdmin(ConversationActsAdmin):
    """The list names nobody. Whoever opens a conversation is logged for its person, with why they may."""

    search_required = False
    list_display = ("number", "status", "origin", "asked_at", "waited_fr", "adviser_fr")
    list_display_links = ("number",)
    list_filter = (ViewFilter,)
    list_select_related = ("adviser",)
    change_select_related = ("adviser", "report")
    ordering = ("asked_at", "pk")
    sortable_by = ()
    actions = ("give_back_chosen",)
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
                reason=reason_of(found, signed_in(request)),
            )
        return found

    def has_supervise_permission(self, request: HttpRequest) -> bool:
        return supervises(signed_in(request))

    @admin.display(description="attente")
    def waited_fr(self, obj: Conversation) -> str:
        """From asking to the first adviser; for whoever went back to the queue, until now."""
        is_waiting = obj.status == ConversationStatus.WAITING
        until = timezone.now() if is_waiting else obj.first_opened_at or obj.closed_at or timezone.now()
        return f"{int((until - obj.asked_at).total_seconds() // 60)}\u00a0min"

    @admin.display(description="conseiller")
    def adviser_fr(self, obj: Conversation) -> str:
        return str(obj.adviser.username) if obj.adviser else self.get_empty_value_display()

    @admin.action(description="Rendre à la file les conversations choisies", permissions=["supervise"])
    def give_back_chosen(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> HttpResponse | None:
        """Ask first; then each by itself, and say what became of each."""
        ticked = [pk for pk in request.POST.getlist(ACTION_CHECKBOX_NAME) if re.fullmatch(BIGINT_PATTERN, pk, re.ASCII)]
        chosen = list(Conversation.objects.filter(pk__in=ticked).order_by("asked_at", "pk"))
        if request.POST.get("confirmed") != "oui":
            return self._ask_about(request, chosen)
        done = 0
        for one in chosen:
            try:
                give_back(one.pk, reason=TransferReason.SUPERVISION, by=signed_in(request))
            except ConversationError as error:
                self.message_user(request, f"Conversation {one.pk} : {error}", messages.WARNING)
            else:
                done += 1
        if done:
            self.message_user(request, f"Conversations rendues à la file : {done}.", messages.SUCCESS)
        return None

    def _ask_about(self, request: HttpRequest, chosen: list[Conversation]) -> HttpResponse:
        context = {
            "title": "Rendre à la file les conversations choisies",
            "opts": self.opts,
            "chosen": [{"pk": one.pk, "label": f"{one}, {one.get_status_display()}"} for one in chosen],
            "action": "give_back_chosen",
            "button": "Rendre à la file",
            "form": None,
        }
        return TemplateResponse(
            request, "admin/fraud/confirm_action.html", self.admin_site.each_context(request) | context
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        user = signed_in(request)
        waiting = Conversation.objects.filter(status=ConversationStatus.WAITING).count()
        shown = {"waiting": waiting, "may_take": may_answer(user), "may_supervise": supervises(user)}
        return super().changelist_view(request, shown | (extra_context or {}))

    def page_context(self, request: HttpRequest, obj: Conversation) -> dict[str, Any]:
        user = signed_in(request)
        words = words_of(obj, user)
        return {
            "holds": holds(obj, user),
            "may_give_away": supervises(user) and obj.status == ConversationStatus.OPEN,
            "has_news": holds(obj, user) and any(said.is_new for said in words["thread"]),
            "canned": CANNED,
            **words,
        }

    def get_urls(self) -> list[URLPattern]:
        figures = path("chiffres/", self.admin_site.admin_view(self.figures_view), name="fraud_conversation_figures")
        return [figures, *super().get_urls()]

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        """How conversations went, month by month; nobody's name, nobody's adviser."""
        if not supervises(signed_in(request)):
            raise PermissionDenied
        context = {
            "title": "Conversations : délais et satisfaction",
            "opts": self.opts,
            "fewest": FEWEST,
            "answers": [answer.label for answer in Satisfaction],
            "rows": [
                {"row": row, "shares": list(row.shares_pct.values())} for row in by_month(today=timezone.localdate())
            ],
        }
        return TemplateResponse(
            request, "admin/fraud/conversation/figures.html", self.admin_site.each_context(request) | context
        )
