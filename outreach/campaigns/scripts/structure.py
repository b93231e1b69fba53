"""A call script as objects: steps to say, answers that lead to another step or suggest an outcome."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.enums import CampaignPurpose
from reimbursements.explanations.typography import typeset


class ScriptError(ValueError):
    """The data is no call script. The message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the adviser ticks. Exactly one of ``next`` (a step) and ``outcome`` (the end of the talk) is given."""

    value: str
    label: str
    next: str
    outcome: Disposition | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """``say`` is read out; ``{caisse}`` and ``{numero}`` are put in for each person."""

    name: str
    title: str
    say: str
    answers: tuple[Answer, ...]

    def answer(self, value: str) -> Answer | None:
        return next((one for one in self.answers if one.value == value), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallScript:
    """``voicemail`` is all that is left on a machine, ``third_party`` all that anybody else is told."""

    name: str
    version: int
    purpose: CampaignPurpose
    first: str
    voicemail: str
    third_party: str
    steps: Mapping[str, Step]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text with its place."""
        yield "voicemail", self.voicemail
        yield "third_party", self.third_party
        for step in self.steps.values():
            yield f"{step.name}.title", step.title
            yield f"{step.name}.say", step.say
            yield from ((f"{step.name}.{one.value}", one.label) for one in step.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a talk is: the steps behind with the answers given, the step at hand or the outcome they suggest."""

    passed: tuple[tuple[Step, Answer], ...]
    step: Step | None
    outcome: Disposition | None


_TOP: Final = {"name", "version", "purpose", "first", "voicemail", "third_party", "steps"}
_STEP: Final = {"title", "say", "answers"}
_ANSWER: Final = {"value", "label"}


def parse(content: object) -> CallScript:
    """Read what a YAML file or a published row holds. Raises ScriptError."""
    top = _mapping(content, "the script", required=_TOP)
    version = top["version"]
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ScriptError("version must be a whole number from 1")
    if top["purpose"] not in CampaignPurpose.values:
        raise ScriptError(f"purpose must be one of {', '.join(CampaignPurpose.values)}")
    if not isinstance(top["steps"], dict):
        raise ScriptError("steps must map names to steps")
    return CallScript(
        name=str(top["name"]),
        version=version,
        purpose=CampaignPurpose(top["purpose"]),
        first=str(top["first"]),
        voicemail=_text(top["voicemail"], "voicemail"),
        third_party=_text(top["third_party"], "third_party"),
        steps={str(name): _step(str(name), body) for name, body in top["steps"].items()},
    )


def walk(script: CallScript, given: Sequence[str]) -> Place:
    """Follow answers from the first step; what comes after an unknown answer is dropped."""
    step, passed = script.steps[script.first], []
    for value in given:
        answer = step.answer(value)
        if answer is None:
            break
        passed.append((step, answer))
        if answer.outcome is not None:
            return Place(passed=tuple(passed), step=None, outcome=answer.outcome)
        step = script.steps[answer.next]
    return Place(passed=tuple(passed), step=step, outcome=None)


def _step(name: str, body: object) -> Step:
    data = _mapping(body, name, required=_STEP)
    if not isinstance(data["answers"], list) or not data["answers"]:
        raise ScriptError(f"{name} has no answers")
    answers = tuple(_answer(name, item) for item in data["answers"])
    if len({one.value for one in answers}) != len(answers):
        raise ScriptError(f"{name} has two answers with one value")
    title, say = _text(data["title"], f"{name}.title"), _text(data["say"], f"{name}.say")
    return Step(name=name, title=title, say=say, answers=answers)


def _answer(step: str, body: object) -> Answer:
    data = _mapping(body, f"an answer of {step}", required=_ANSWER, optional={"next", "outcome"})
    if ("next" in data) == ("outcome" in data):
        raise ScriptError(f"{step}: an answer has either next or outcome")
    outcome = data.get("outcome")
    if outcome is not None and outcome not in Disposition.values:
        raise ScriptError(f"{step}: there is no outcome {outcome}")
    return Answer(
        value=str(data["value"]),
        label=_text(data["label"], f"{step}.label"),
        next=str(data.get("next", "")),
        outcome=None if outcome is None else Disposition(outcome),
    )


def _mapping(
    body: object, place: str, *, required: set[str], optional: frozenset[str] | set[str] = frozenset()
) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise ScriptError(f"{place} is no mapping")
    missing, unknown = required - body.keys(), body.keys() - required - optional
    if missing or unknown:
        raise ScriptError(f"{place}: missing {sorted(missing)}, unknown {sorted(map(str, unknown))}")
    return body


def _text(body: object, place: str) -> str:
    if not isinstance(body, str) or not body.strip():
        raise ScriptError(f"{place} has no text")
    return typeset(body.strip())
