"""A conversation from its adviser on: taken, talked, handed to the investigators, ended, rated."""

import datetime as dt
from typing import Final

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.sql import run
from fraud.conversations.asking import LOCK
from fraud.conversations.enums import ConversationStatus, Satisfaction, Speaker
from fraud.conversations.models import Conversation, ConversationMessage
from fraud.conversations.thread import add_message, mark_read, unread_answers
from fraud.intake.following import checked_text, write_message
from fraud.intake.models import FraudReport
from fraud.staffing.models import Absence
from outreach.notifications.enums import MessageKind
from outreach.notifications.single import post_single

MOST_OPEN: Final = 4
"""Conversations that one adviser holds at the same time."""
QUIET: Final = dt.timedelta(hours=24)
"""A second answer that waits beside an unread one is not announced again for so long."""


ADVISER_LOCK: Final = "fraud.conversations.adviser|{}"
"""Name of the lock of whoever counts what an adviser holds, with the adviser's id."""


class ConversationError(ValueError):
    """Something that the state of a conversation does not allow. The text is French, for whoever tried."""


@transaction.atomic
def take_next(*, by: User) -> Conversation:
    """Give the adviser whoever has waited longest. Raises ConversationError when nobody waits, they hold enough, or
    they are away.

    Two advisers at once get two people: a row that another one is taking is passed over.
    """
    run(LOCK, [ADVISER_LOCK.format(by.pk)])
    if Absence.objects.on(timezone.localdate()).filter(investigator=by).exists():
        raise ConversationError("Vous êtes noté absent aujourd’hui : faites corriger l’absence pour répondre.")
    if Conversation.objects.filter(adviser=by, status=ConversationStatus.OPEN).count() >= MOST_OPEN:
        raise ConversationError(f"Vous suivez déjà {MOST_OPEN} conversations : terminez-en une avant d’en prendre.")
    waiting = Conversation.objects.select_for_update(skip_locked=True, of=("self",))
    taken = waiting.filter(status=ConversationStatus.WAITING).order_by("asked_at", "pk").first()
    if taken is None:
        raise ConversationError("Personne n’attend pour le moment.")
    taken.status, taken.adviser, taken.opened_at = ConversationStatus.OPEN, by, timezone.now()
    taken.first_opened_at = taken.first_opened_at or taken.opened_at
    taken.save(update_fields=["status", "adviser", "opened_at", "first_opened_at"])
    return taken


@transaction.atomic
def answer(conversation_id: int, *, text: str, by: User) -> ConversationMessage:
    """The adviser writes; outside the space the person reads only that a message waits.

    Raises MessageTextError, ConversationError for whoever does not hold the conversation.
    """
    text = checked_text(text)
    held = _held(conversation_id, by=by)
    mark_read(held, reader=Speaker.ADVISER)
    _announce(held.insured_id)
    return add_message(held, author=Speaker.ADVISER, text=text, by=by)


@transaction.atomic
def reply(conversation_id: int, *, text: str, insured_id: int) -> ConversationMessage:
    """The person writes; what was waiting for them is read by then. Raises MessageTextError, ConversationError."""
    text = checked_text(text)
    own = _own_under_way(conversation_id, insured_id=insured_id)
    mark_read(own, reader=Speaker.INSURED)
    return add_message(own, author=Speaker.INSURED, text=text, by=None)


@transaction.atomic
def hand_to_investigators(conversation_id: int, *, text: str, by: User) -> FraudReport:
    """What the investigators should know goes beside the report, where its author reads it too.

    Raises MessageTextError, ConversationError without an open report.
    """
    held = _held(conversation_id, by=by)
    if held.report is None or not held.report.is_open:
        raise ConversationError("Cette conversation n’est liée à aucun signalement ouvert.")
    write_message(held.report.pk, text=f"À la suite de votre échange avec un conseiller :\n{text}", by=by)
    return held.report


@transaction.atomic
def close(conversation_id: int, *, by: User) -> Conversation:
    """The adviser ends the conversation. Raises ConversationError."""
    return _ended(_held(conversation_id, by=by))


@transaction.atomic
def leave(conversation_id: int, *, insured_id: int) -> Conversation:
    """The person ends it, or gives up waiting. Raises ConversationError."""
    own = _own_under_way(conversation_id, insured_id=insured_id)
    mark_read(own, reader=Speaker.INSURED)
    return _ended(own)


@transaction.atomic
def rate(conversation_id: int, *, satisfaction: Satisfaction, insured_id: int) -> Conversation:
    """The person's word on a conversation that an adviser answered, once. Raises ConversationError."""
    own = Conversation.objects.select_for_update(of=("self",)).filter(pk=conversation_id, insured_id=insured_id).first()
    if own is None or not may_rate(own):
        raise ConversationError("Votre avis est déjà enregistré.")
    own.satisfaction, own.rated_at = satisfaction, timezone.now()
    own.save(update_fields=["satisfaction", "rated_at"])
    return own


def may_rate(conversation: Conversation) -> bool:
    """Whether the question is put: an adviser held it, it is over, nothing was said yet."""
    return (
        conversation.status == ConversationStatus.CLOSED
        and conversation.opened_at is not None
        and not conversation.satisfaction
    )


def _held(conversation_id: int, *, by: User) -> Conversation:
    locked = Conversation.objects.select_for_update(of=("self",)).select_related("report")
    found = locked.filter(pk=conversation_id, adviser=by, status=ConversationStatus.OPEN).first()
    if found is None:
        raise ConversationError("Vous ne tenez pas cette conversation, ou elle est terminée.")
    return found


def _own_under_way(conversation_id: int, *, insured_id: int) -> Conversation:
    rows = Conversation.objects.select_for_update(of=("self",)).filter(pk=conversation_id, insured_id=insured_id)
    found = rows.exclude(status=ConversationStatus.CLOSED).first()
    if found is None:
        raise ConversationError("Cette conversation est terminée. Vous pouvez en demander une autre.")
    return found


def _ended(conversation: Conversation) -> Conversation:
    conversation.status, conversation.closed_at = ConversationStatus.CLOSED, timezone.now()
    conversation.save(update_fields=["status", "closed_at"])
    return conversation


def _announce(insured_id: int) -> None:
    if not unread_answers(insured_id).filter(written_at__gt=Now() - QUIET).exists():
        post_single(MessageKind.MESSAGE_WAITING, insured_id=insured_id)
