"""What people typed, in and out of its sealed columns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ameli_notify.core.crypto import key_ring
from fraud.intake.models import AssistantDialogue, FraudReport, ReportAttachment, ReportMessage

LONGEST_STORY: Final = 4_000
"""Characters, for stories and for messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered on one page; ``choice`` is empty on a page without options."""

    step: str
    choice: str
    story: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Something that was said by the « assistant » or the « insured »; ``intent``: what a reply answers."""

    by: str
    text: str
    intent: str


def seal_answers(report: FraudReport, answers: Sequence[Answer]) -> bytes:
    rows = [{"step": one.step, "choice": one.choice, "story": one.story} for one in answers]
    return key_ring().seal(json.dumps(rows, ensure_ascii=False), context=report.answers_context)


def answers_of(report: FraudReport) -> list[Answer]:
    """The answers on the person's way through the questionnaire, in its order."""
    if report.answers_sealed is None:
        return []
    rows: list[Mapping[str, str]] = json.loads(key_ring().open(report.answers_sealed, context=report.answers_context))
    return [Answer(step=row["step"], choice=row["choice"], story=row["story"]) for row in rows]


def seal_text(message: ReportMessage, text: str) -> bytes:
    return key_ring().seal(text, context=message.text_context)


def open_text(message: ReportMessage) -> str:
    return key_ring().open(message.text_sealed, context=message.text_context)


def open_name(attachment: ReportAttachment) -> str:
    """The name that the person's file had, made harmless when it came in."""
    return key_ring().open(attachment.name_sealed, context=attachment.name_context)


def seal_turns(dialogue: AssistantDialogue, turns: Sequence[Turn]) -> bytes:
    rows = [{"by": one.by, "text": one.text, "intent": one.intent} for one in turns]
    return key_ring().seal(json.dumps(rows, ensure_ascii=False), context=dialogue.turns_context)


def turns_of(dialogue: AssistantDialogue) -> list[Turn]:
    rows: list[Mapping[str, str]] = json.loads(key_ring().open(dialogue.turns_sealed, context=dialogue.turns_context))
    return [Turn(by=row["by"], text=row["text"], intent=row["intent"]) for row in rows]
