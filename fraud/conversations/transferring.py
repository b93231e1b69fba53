"""A conversation whose adviser cannot go on: back to the queue, or to another adviser; each change is logged."""

from typing import Final

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.core.sql import run
from fraud.conversations.asking import LOCK
from fraud.conversations.enums import ConversationStatus, TransferReason
from fraud.conversations.models import Conversation
from fraud.conversations.talking import ADVISER_LOCK, MOST_OPEN, ConversationError
from fraud.conversations.transfer_models import ConversationTransfer
from fraud.staffing.choosing import Candidate, candidates
from fraud.staffing.models import Absence

_OVER: Final = "Cette conversation n’est plus en cours : un conseiller l’a rendue ou terminée."


@transaction.atomic
def give_back(conversation_id: int, *, reason: TransferReason, by: User | None) -> Conversation:
    """Put an open conversation back into the queue, at the place of the hour at which its person asked: whoever was
    already answered asked before those who wait. Raises ConversationError when it is not open.
    """
    held = _open(conversation_id)
    _log(held, to=None, reason=reason, by=by)
    held.status, held.adviser, held.opened_at = ConversationStatus.WAITING, None, None
    held.returned_at = timezone.now()
    held.save(update_fields=["status", "adviser", "opened_at", "returned_at"])
    return held


@transaction.atomic
def transfer(conversation_id: int, *, to: User, by: User) -> Conversation:
    """Give an open conversation to another adviser. Raises ConversationError for whoever cannot take it."""
    run(LOCK, [ADVISER_LOCK.format(to.pk)])
    held = _open(conversation_id)
    if held.adviser_id == to.pk:
        raise ConversationError("Cette personne tient déjà la conversation.")
    _check_free(to)
    _log(held, to=to, reason=TransferReason.SUPERVISION, by=by)
    held.adviser, held.opened_at = to, timezone.now()
    held.save(update_fields=["adviser", "opened_at"])
    return held


def give_back_for_absent() -> int:
    """Put back what is held by whoever is away today or has left; returns how many. Twice at once does it once."""
    away = Absence.objects.on(timezone.localdate()).values("investigator")
    gone = Q(adviser__in=away) | Q(adviser__is_active=False)
    held = Conversation.objects.filter(gone, status=ConversationStatus.OPEN).order_by("asked_at", "pk")
    return sum(_give_back_quietly(pk) for pk in list(held.values_list("pk", flat=True)))


def advisers(conversation: Conversation) -> list[Candidate]:
    """Who else could be given a conversation, with what they hold."""
    held = Conversation.objects.filter(status=ConversationStatus.OPEN).values_list("adviser").annotate(open=Count("pk"))
    found = candidates("fraud.answer_conversation", loads=dict(held), most=MOST_OPEN)
    return [one for one in found if one.user.pk != conversation.adviser_id]


def _give_back_quietly(conversation_id: int) -> bool:
    """False for a conversation that somebody ended or gave away in the meantime."""
    try:
        give_back(conversation_id, reason=TransferReason.ABSENCE, by=None)
    except ConversationError:
        return False
    return True


def _open(conversation_id: int) -> Conversation:
    locked = Conversation.objects.select_for_update(of=("self",)).filter(pk=conversation_id)
    found = locked.filter(status=ConversationStatus.OPEN).first()
    if found is None:
        raise ConversationError(_OVER)
    return found


def _check_free(to: User) -> None:
    if not to.is_active or not to.has_perm("fraud.answer_conversation"):
        raise ConversationError("Ce compte ne répond pas aux personnes.")
    if Absence.objects.on(timezone.localdate()).filter(investigator=to).exists():
        raise ConversationError("Cette personne est absente aujourd’hui.")
    if Conversation.objects.filter(adviser=to, status=ConversationStatus.OPEN).count() >= MOST_OPEN:
        raise ConversationError(f"Cette personne suit déjà {MOST_OPEN} conversations, le maximum.")


def _log(held: Conversation, *, to: User | None, reason: TransferReason, by: User | None) -> None:
    if held.adviser is None:  # the database holds that an open one has its adviser
        raise ConversationError(_OVER)
    ConversationTransfer.objects.create(
        conversation=held, from_adviser=held.adviser, to_adviser=to, reason=reason, transferred_by=by
    )
