"""Who of the staff may read and write in a conversation, and what they are shown of it."""

from typing import Any

from django.urls import reverse

from accounts.staff.models import User
from fraud.conversations.asking import context_of
from fraud.conversations.enums import ConversationStatus
from fraud.conversations.live import Live, live
from fraud.conversations.models import Conversation
from fraud.conversations.thread import thread_of


def may_answer(user: User) -> bool:
    return user.has_perm("fraud.answer_conversation")


def supervises(user: User) -> bool:
    """Whoever watches over the advisers reads what others talked about, and gives it to somebody else."""
    return user.has_perm("fraud.supervise_conversation")


def holds(conversation: Conversation, user: User) -> bool:
    return conversation.adviser_id == user.pk and conversation.status == ConversationStatus.OPEN


def reason_of(conversation: Conversation, user: User) -> str:
    """Why somebody may open its page, as its person reads it in their list of accesses."""
    if conversation.adviser_id == user.pk:
        return "conversation avec vous"
    return "contrôle hiérarchique d’une conversation" if supervises(user) else "file des conversations, sans les lire"


def live_of(conversation: Conversation) -> Live:
    """By what the page of its adviser asks what is new."""
    return live(conversation, at=reverse("admin:fraud_conversation_said"), de=conversation.pk)


def words_of(conversation: Conversation, user: User) -> dict[str, Any]:
    """What was said and handed over, for who may read it."""
    if conversation.adviser_id != user.pk and not supervises(user):
        return {"may_read": False}
    context = context_of(conversation)
    return {
        "may_read": True,
        "thread": thread_of(conversation),
        "live": live_of(conversation) if holds(conversation, user) else None,
        "turns": context.get("turns", []),
        "has_draft": "draft" in context,
        "transfers": list(
            conversation.transfers.select_related("from_adviser", "to_adviser", "transferred_by").order_by("pk")
        ),
    }
