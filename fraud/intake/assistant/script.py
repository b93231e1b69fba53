"""What the assistant says: read from data, linted as the questionnaire is. It never says anything else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from fraud.intake.enums import DialogueState
from fraud.intake.questionnaire.checks import wording_findings
from reimbursements.explanations.articles import article_slugs
from reimbursements.explanations.typography import typeset

SCRIPT: Final = Path(__file__).with_name("script.yaml")


class Facts(StrEnum):
    """What of the person's own goes with an answer."""

    NONE = "none"
    LATEST = "latest"
    WITHHELD = "withheld"
    REPORTS = "reports"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    text: tuple[str, ...]
    articles: tuple[str, ...]
    facts: Facts
    then: DialogueState
    motive: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    intent: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    welcome: tuple[str, ...]
    topics: tuple[Topic, ...]
    replies: Mapping[str, Reply]

    def texts(self) -> Iterator[tuple[str, str]]:
        yield from (("welcome", text) for text in self.welcome)
        yield from (("topics", topic.label) for topic in self.topics)
        yield from ((intent, text) for intent, reply in self.replies.items() for text in reply.text)


@cache
def script() -> Script:
    content = yaml.safe_load(SCRIPT.read_text(encoding="utf-8"))
    return Script(
        welcome=tuple(typeset(text) for text in content["welcome"]),
        topics=tuple(Topic(intent=one["intent"], label=typeset(one["label"])) for one in content["topics"]),
        replies={
            intent: Reply(
                text=tuple(typeset(text) for text in body["text"]),
                articles=tuple(body["articles"]),
                facts=Facts(body["facts"]),
                then=DialogueState(body["then"]),
                motive=body.get("motive", ""),
            )
            for intent, body in content["answers"].items()
        },
    )


def script_findings(one: Script, *, intents: frozenset[str]) -> list[str]:
    """What must be put right: intents without an answer, articles that are not there, texts that break a rule."""
    found = [f"no answer to {intent}" for intent in sorted(intents - one.replies.keys())]
    found += [f"an answer to nothing: {intent}" for intent in sorted(one.replies.keys() - intents)]
    found += [f"no topic: {topic.intent}" for topic in one.topics if topic.intent not in one.replies]
    found += [
        f"{intent} names no article: {slug}"
        for intent, reply in one.replies.items()
        for slug in reply.articles
        if slug not in article_slugs()
    ]
    return found + [f"{place}: {wrong}" for place, text in one.texts() for wrong in wording_findings(text)]
