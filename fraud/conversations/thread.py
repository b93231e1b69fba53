"""The messages of a conversation: sealed when they are written, read in their order."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.walls import as_insured
from fraud.conversations.enums import ConversationStatus, Speaker
from fraud.conversations.models import Conversation, ConversationMessage
from fraud.conversations.walls import MESSAGE
from reimbursements.explanations.typography import french_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message, ready to print. ``is_new``: its reader has not said that they read it."""

    by: str
    at: str
    text: str
    is_new: bool


def add_message(conversation: Conversation, *, author: Speaker, text: str, by: User | None) -> ConversationMessage:
    """One message, in the caller's transaction; ``text`` was checked."""
    message = ConversationMessage(
        conversation=conversation, insured_id=conversation.insured_id, author=author, written_by=by
    )
    message.text_sealed = key_ring().seal(text, context=message.text_context)
    message.save()
    return message


def own_thread(conversation: Conversation) -> list[Said]:
    """The person's own conversation, read behind the wall."""
    with as_insured(conversation.insured_id):
        rows = ConversationMessage.objects.only(*MESSAGE).filter(conversation_id=conversation.pk)
        return _said(rows.order_by("id"), reader=Speaker.INSURED)


def thread_of(conversation: Conversation) -> list[Said]:
    """The same for an adviser. Whoever calls has logged the reading."""
    return _said(conversation.messages.order_by("id"), reader=Speaker.ADVISER)


def has_unread_answer(insured_id: int) -> bool:
    """Whether an adviser wrote something that the person has not said they read; behind the wall, nothing opened."""
    with as_insured(insured_id):
        return unread_answers(insured_id).exists()


def unread_answers(insured_id: int) -> QuerySet[ConversationMessage]:
    """What advisers wrote to the person, in all their conversations, and was not read."""
    return ConversationMessage.objects.filter(insured_id=insured_id, author=Speaker.ADVISER, read_at=None)


def new_words_for(adviser_id: int) -> QuerySet[ConversationMessage]:
    """What people wrote in the conversations that an adviser holds, and they have not said they read."""
    return ConversationMessage.objects.filter(
        author=Speaker.INSURED,
        read_at=None,
        conversation__adviser_id=adviser_id,
        conversation__status=ConversationStatus.OPEN,
    )


def mark_read(conversation: Conversation, *, reader: Speaker) -> int:
    """The reader has seen what the other side wrote; returns how many messages were new."""
    unread = ConversationMessage.objects.filter(conversation_id=conversation.pk, read_at=None).exclude(author=reader)
    return unread.update(read_at=timezone.now())


def _said(messages: Iterable[ConversationMessage], *, reader: Speaker) -> list[Said]:
    names = (
        {Speaker.INSURED: "Vous", Speaker.ADVISER: "Le conseiller"}
        if reader is Speaker.INSURED
        else {Speaker.INSURED: "La personne", Speaker.ADVISER: "Le conseiller"}
    )
    found = []
    for message in messages:
        local = timezone.localtime(message.written_at)
        found.append(
            Said(
                by=names[Speaker(message.author)],
                at=f"{french_date(local.date())} à {local:%H}\u00a0h\u00a0{local:%M}",
                text=key_ring().open(message.text_sealed, context=message.text_context),
                is_new=message.author != reader and message.read_at is None,
            )
        )
    return found
