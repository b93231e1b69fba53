"""What a person does in their conversation: write, say that they read, end it, say what they think of it."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.identity.models import OpenSession
from accounts.identity.pages import wait_fr
from accounts.identity.perms import insured_required
from ameli_notify.core.limits import Allowed, hit
from fraud.conversations.asking import own_conversation
from fraud.conversations.enums import Satisfaction, Speaker
from fraud.conversations.talking import ConversationError, leave, rate, reply
from fraud.conversations.thread import mark_read
from fraud.conversations.views import AN_HOUR, adviser_page
from fraud.intake.following import MessageTextError
from fraud.intake.forms import MessageForm

MESSAGES: Final = 60


@insured_required
@require_POST
def write(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """One more message; what was waiting is read by then."""
    insured_id = session.account.insured_id
    form = MessageForm(request.POST)
    if not form.is_valid():
        return adviser_page(request, insured_id, form=form)
    allowed = hit(f"conversations|message|{insured_id}", limit=MESSAGES, window_seconds=AN_HOUR)
    if not isinstance(allowed, Allowed):
        form.add_error(None, wait_fr(allowed))
        return adviser_page(request, insured_id, form=form)
    own = own_conversation(insured_id)
    try:
        if own is None:
            raise ConversationError("Vous n’avez pas de conversation en cours. Vous pouvez en demander une.")
        reply(own.pk, text=form.cleaned_data["text"], insured_id=insured_id)
    except (MessageTextError, ConversationError) as error:
        form.add_error("text", str(error))
        return adviser_page(request, insured_id, form=form)
    messages.success(request, "Votre message est envoyé.")
    return redirect("adviser")


@insured_required
@require_POST
def read(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """« J’ai lu »."""
    own = own_conversation(session.account.insured_id)
    if own is not None:
        mark_read(own, reader=Speaker.INSURED)
    return redirect("adviser")


@insured_required
@require_POST
def end(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """End the conversation, or give up waiting."""
    insured_id = session.account.insured_id
    own = own_conversation(insured_id)
    try:
        if own is not None:
            leave(own.pk, insured_id=insured_id)
    except ConversationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "C’est terminé. Vous pouvez demander un conseiller à nouveau quand vous voulez.")
    return redirect("adviser")


@insured_required
@require_POST
def satisfaction(request: HttpRequest, session: OpenSession) -> HttpResponse:
    """The answer to « Avez-vous eu la réponse que vous attendiez ? »."""
    insured_id = session.account.insured_id
    own, value = own_conversation(insured_id), request.POST.get("satisfaction", "")
    try:
        if own is None or value not in Satisfaction.values:
            raise ConversationError("Choisissez l’une des trois réponses.")
        rate(own.pk, satisfaction=Satisfaction(value), insured_id=insured_id)
    except ConversationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Merci : votre avis est enregistré.")
    return redirect("adviser")
