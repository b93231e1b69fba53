"""Asking for an adviser, with the whole context handed over; and the place in the queue."""

import json
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ameli_notify.core.crypto import key_ring
from ameli_notify.core.sql import run
from ameli_notify.core.walls import as_insured
from fraud.conversations.enums import ConversationStatus, Origin, Speaker
from fraud.conversations.models import Conversation
from fraud.conversations.thread import add_message, unread_answers
from fraud.conversations.walls import CONVERSATION
from fraud.intake.following import checked_text

Context = Mapping[str, str | list[dict[str, str]]]
"""``question`` as the person put it; ``turns`` said with the assistant; ``draft``, the public id of a draft."""

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


@transaction.atomic
def ask_adviser(insured_id: int, *, origin: Origin, context: Context, report_id: int | None = None) -> Conversation:
    """Put the person into the queue, their question as the first message.

    Somebody who is in it, or is being talked with, stays there. Raises MessageTextError.
    """
    question = checked_text(str(context["question"]))
    run(LOCK, [f"fraud.conversations|{insured_id}"])
    under_way = Conversation.objects.filter(insured_id=insured_id).exclude(status=ConversationStatus.CLOSED).first()
    if under_way is not None:
        return under_way
    # The page that asks shows the last conversation: what was said there is read by then.
    unread_answers(insured_id).update(read_at=timezone.now())
    asked = Conversation(insured_id=insured_id, report_id=report_id, origin=origin)
    asked.context_sealed = key_ring().seal(json.dumps(context, ensure_ascii=False), context=asked.context_context)
    asked.save()
    add_message(asked, author=Speaker.INSURED, text=question, by=None)
    return asked


def context_of(conversation: Conversation) -> Context:
    """What was handed over."""
    found: Context = json.loads(key_ring().open(conversation.context_sealed, context=conversation.context_context))
    return found


def own_conversation(insured_id: int) -> Conversation | None:
    """The person's conversation under way, else the last one that ended; read behind the wall."""
    with as_insured(insured_id):
        rows = Conversation.objects.only(*CONVERSATION).filter(insured_id=insured_id)
        return rows.exclude(status=ConversationStatus.CLOSED).first() or rows.order_by("-asked_at", "-id").first()


def place_in_queue(conversation: Conversation) -> int:
    """1 for who is next. A count only: nothing of the others is read."""
    waiting = Conversation.objects.filter(status=ConversationStatus.WAITING)
    asked = conversation.asked_at
    return 1 + waiting.filter(Q(asked_at__lt=asked) | Q(asked_at=asked, pk__lt=conversation.pk)).count()
