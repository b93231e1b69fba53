"""What is done with a conversation in the console, one address an act."""

import re
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.access.admin import LoggedReadAdmin
from accounts.staff.models import User
from accounts.staff.perms import signed_in
from ameli_notify.core.admin import BIGINT_PATTERN
from fraud.conversations.canned import CANNED
from fraud.conversations.console_forms import AnswerForm, ConversationForm, HandOverForm, TransferForm, WriteForm
from fraud.conversations.enums import ConversationStatus, Speaker, TransferReason
from fraud.conversations.models import Conversation
from fraud.conversations.reading import holds, live_of, may_answer, supervises, words_of
from fraud.conversations.talking import ConversationError, close, take_next
from fraud.conversations.thread import mark_read
from fraud.conversations.transferring import give_back

OPENED: Final = "admin:fraud_conversation_change"
CANNED_VAR: Final = "modele"
POST_ONLY: Final = {"Allow": "POST"}


class ConversationActsAdmin(LoggedReadAdmin):
    """Taking, answering, reading, handing over, giving back, ending."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("fil/", wrap(self.said_view), name="fraud_conversation_said"),
            path("prendre/", wrap(self.take_view), name="fraud_conversation_take"),
            path("<int:pk>/repondre/", wrap(self.answer_view), name="fraud_conversation_answer"),
            path("<int:pk>/lu/", wrap(self.read_view), name="fraud_conversation_read"),
            path("<int:pk>/transmettre/", wrap(self.hand_over_view), name="fraud_conversation_hand_over"),
            path("<int:pk>/rendre/", wrap(self.give_back_view), name="fraud_conversation_give_back"),
            path("<int:pk>/confier/", wrap(self.transfer_view), name="fraud_conversation_transfer"),
            path("<int:pk>/terminer/", wrap(self.close_view), name="fraud_conversation_close"),
        ]
        return own + super().get_urls()

    def said_view(self, request: HttpRequest) -> HttpResponse:
        """What was said, for the page that its adviser has open: nothing when nothing has changed, and then nothing
        is read. Else the reading is logged like that of the page."""
        user, wanted = _answering(request), request.GET.get("de", "")
        if not re.fullmatch(BIGINT_PATTERN, wanted, re.ASCII):
            raise Http404
        found = Conversation.objects.filter(pk=int(wanted)).first()
        if found is None or not holds(found, user):
            raise PermissionDenied  # ended, or given to somebody else: the page says so once it is loaded again
        if not live_of(found).is_news(request, number=found.messages.count()):
            return HttpResponse(status=204)
        return TemplateResponse(
            request, "admin/fraud/conversation/said.html", words_of(self._found(request, found.pk), user)
        )

    def take_view(self, request: HttpRequest) -> HttpResponse:
        """Take whoever has waited longest."""
        user = _answering(request)
        if request.method != "POST":
            return HttpResponse(status=405, headers=POST_ONLY)
        try:
            taken = take_next(by=user)
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

    def read_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The adviser has read what the person wrote; it is no longer told as new."""
        user = _answering(request)
        if request.method != "POST":
            return HttpResponse(status=405, headers=POST_ONLY)
        held = Conversation.objects.filter(pk=pk, adviser=user).first()
        if held is not None and mark_read(held, reader=Speaker.ADVISER):
            self.message_user(request, "C’est noté : vous avez lu ces messages.", messages.SUCCESS)
        return redirect(OPENED, pk)

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End the conversation, after asking."""
        user = _answering(request)
        held = self._found(request, pk)
        if not holds(held, user):
            return self._not_held(request, pk)
        if request.method == "POST":
            try:
                close(pk, by=user)
            except ConversationError as error:
                self.message_user(request, str(error), messages.WARNING)
            else:
                self.message_user(request, "La conversation est terminée.", messages.SUCCESS)
            return redirect(OPENED, pk)
        return self.ask_first(
            request, held, title="Terminer", button="Terminer la conversation", back=reverse(OPENED, args=[pk]),
            question="La personne lira encore vos messages, et dira si elle a eu sa réponse. Terminer ?",
        )  # fmt: skip

    def give_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put it back into the queue, after asking: its adviser, or a supervisor."""
        user = _answering(request)
        found = self._found(request, pk)
        is_open = found.status == ConversationStatus.OPEN
        if not holds(found, user) and not (is_open and supervises(user)):
            return self._not_held(request, pk)
        if request.method == "POST":
            reason = TransferReason.GIVEN_BACK if holds(found, user) else TransferReason.SUPERVISION
            try:
                give_back(pk, reason=reason, by=user)
            except ConversationError as error:
                self.message_user(request, str(error), messages.WARNING)
            else:
                self.message_user(request, "La conversation est de nouveau dans la file.", messages.SUCCESS)
            return redirect(OPENED, pk)
        return self.ask_first(
            request, found, title="Rendre à la file", button="Rendre à la file", back=reverse(OPENED, args=[pk]),
            question="La personne garde sa place, en tête de la file. Le prochain conseiller lira ce qui s’est dit.",
        )  # fmt: skip

    def transfer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A supervisor gives it to somebody else."""
        if not supervises(signed_in(request)):
            raise PermissionDenied
        found = self._found(request, pk)
        if request.method != "POST" and found.status != ConversationStatus.OPEN:
            return self._not_held(request, pk)
        return self._form_page(request, found, TransferForm, conversation=found)

    def _write(self, request: HttpRequest, pk: int, form_class: type[WriteForm], *, text: str = "") -> HttpResponse:
        """Nothing typed is lost when the conversation changed hands meanwhile: the form comes back and says why."""
        user = _answering(request)
        found = self._found(request, pk)
        if request.method != "POST" and not holds(found, user):
            return self._not_held(request, pk)
        return self._form_page(request, found, form_class, initial={"text": text})

    def _form_page(
        self, request: HttpRequest, found: Conversation, form_class: type[ConversationForm], **options: Any
    ) -> HttpResponse:
        form = form_class(request.POST if request.method == "POST" else None, **options)
        said = form.try_to_send(found, by=signed_in(request))
        if said:
            self.message_user(request, said, messages.SUCCESS)
            return redirect(OPENED, found.pk)
        context = {
            "title": f"{form.title} : {found}",
            "opts": self.opts,
            "original": found,
            "form": form,
            "back": reverse(OPENED, args=[found.pk]),
            **words_of(found, signed_in(request)),
        }
        return TemplateResponse(
            request, "admin/fraud/conversation/write.html", self.admin_site.each_context(request) | context
        )

    def _found(self, request: HttpRequest, pk: int) -> Conversation:
        """The conversation, its reading logged."""
        found = self.get_object(request, str(pk))
        if not isinstance(found, Conversation):
            raise Http404
        return found

    def _not_held(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.message_user(request, "Vous ne tenez pas cette conversation, ou elle est terminée.", messages.WARNING)
        return redirect(OPENED, pk)


def _answering(request: HttpRequest) -> User:
    """Whoever asks, when they may answer people."""
    user = signed_in(request)
    if not may_answer(user):
        raise PermissionDenied
    return user
