"""The dialogue itself: a state, what was said, one reply to each question. Kept on the server, sealed."""

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils import timezone

from ameli_notify.core.walls import as_insured
from fraud.intake.assistant.classifier import UNSURE, understand
from fraud.intake.assistant.script import script
from fraud.intake.models import AssistantDialogue
from fraud.intake.sealed import Turn, seal_turns, turns_of
from fraud.intake.walls import OWN_COLUMNS

LIFETIME: Final = dt.timedelta(hours=12)
"""A talk that was left alone that long is over; the next question begins another."""
KEPT: Final = dt.timedelta(days=30)
MOST_TURNS: Final = 60
LONGEST_QUESTION: Final = 1_000
ASSISTANT: Final = "assistant"
INSURED: Final = "insured"


def own_dialogue(insured_id: int) -> AssistantDialogue | None:
    """The talk that is going on, read behind the wall."""
    with as_insured(insured_id):
        rows = AssistantDialogue.objects.only(*OWN_COLUMNS["fraud_assistantdialogue"])
        recent = rows.filter(insured_id=insured_id, updated_at__gt=timezone.now() - LIFETIME)
        return recent.order_by("-updated_at", "-id").first()


def own_dialogues(insured_id: int) -> list[AssistantDialogue]:
    """Every talk that is not forgotten yet, newest first, read behind the wall."""
    with as_insured(insured_id):
        rows = AssistantDialogue.objects.only(*OWN_COLUMNS["fraud_assistantdialogue"])
        return list(rows.filter(insured_id=insured_id).order_by("-updated_at", "-id"))


def said_so_far(insured_id: int) -> list[Turn]:
    """What was said in the talk that is going on."""
    dialogue = own_dialogue(insured_id)
    return turns_of(dialogue) if dialogue else []


@transaction.atomic
def answer(insured_id: int, *, question: str = "", intent: str = "") -> AssistantDialogue:
    """One question, in free words or as the intent of a button, and its reply."""
    found = own_dialogue(insured_id)
    dialogue = (
        AssistantDialogue.objects.select_for_update().get(pk=found.pk)
        if found
        else AssistantDialogue(insured_id=insured_id)
    )
    turns = turns_of(dialogue) if found else []
    replies = script().replies
    if intent not in replies:
        intent = understand(question).intent
    reply = replies[intent]
    asked = Turn(by=INSURED, text=question or _label(intent), intent="")
    said = Turn(by=ASSISTANT, text="\n".join(reply.text), intent=intent)
    dialogue.turns_sealed = seal_turns(dialogue, [*turns, asked, said][-MOST_TURNS:])
    dialogue.state = reply.then
    dialogue.save()
    return dialogue


def forget(insured_id: int) -> None:
    """Begin again: what was said is gone."""
    AssistantDialogue.objects.filter(insured_id=insured_id).delete()


def forget_old() -> int:
    """Delete what was said long ago; returns how many talks went."""
    deleted, _ = AssistantDialogue.objects.filter(updated_at__lt=timezone.now() - KEPT).delete()
    return deleted


def last_intent(turns: list[Turn]) -> str:
    """What the last reply answered; empty before the first."""
    return next((turn.intent for turn in reversed(turns) if turn.by == ASSISTANT), "")


def _label(intent: str) -> str:
    """The words on the button that was pressed."""
    return next(
        (topic.label for topic in script().topics if topic.intent == intent), intent if intent != UNSURE else ""
    )
