"""A questionnaire as objects: steps with options, leaves that are reports or explanations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from fraud.intake.enums import Severity
from reimbursements.explanations.typography import typeset


class QuestionnaireError(ValueError):
    """The data is no questionnaire. The message says where."""


class Story(StrEnum):
    """Whether a step also takes the person's own words."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    value: str
    label: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One page. Without options it only takes a story, and leads to ``next``."""

    name: str
    question: str
    hint: str
    story: Story
    options: tuple[Option, ...]
    next: str

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(option.next for option in self.options) or (self.next,)

    def option(self, value: str) -> Option | None:
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLeaf:
    """``label`` names what is reported, in the words of its sender."""

    name: str
    motive: str
    severity: Severity
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Not a report: why such a payment is often right. ``otherwise`` is the report for who still doubts."""

    name: str
    title: str
    paragraphs: tuple[str, ...]
    articles: tuple[str, ...]
    otherwise: str


Node = Step | ReportLeaf | Explanation

_STEP_KEYS: Final = {"question", "hint", "story", "options", "next"}
_OPTION_KEYS: Final = {"value", "label", "next"}
_REPORT_KEYS: Final = {"motive", "severity", "label"}
_EXPLANATION_KEYS: Final = {"title", "paragraphs", "articles", "otherwise"}
_TOP_KEYS: Final = {"version", "first", "steps", "reports", "explanations"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    version: int
    first: str
    nodes: Mapping[str, Node]

    def step(self, name: str) -> Step:
        """Raises KeyError for what is no step."""
        node = self.nodes[name]
        if not isinstance(node, Step):
            raise KeyError(name)
        return node

    def report(self, name: str) -> ReportLeaf:
        """Raises KeyError for what is no report."""
        node = self.nodes[name]
        if not isinstance(node, ReportLeaf):
            raise KeyError(name)
        return node

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text that a person reads, with its place."""
        for name, node in self.nodes.items():
            if isinstance(node, Step):
                yield f"{name}.question", node.question
                yield f"{name}.hint", node.hint
                yield from ((f"{name}.{option.value}", option.label) for option in node.options)
            elif isinstance(node, ReportLeaf):
                yield f"{name}.label", node.label
            else:
                yield f"{name}.title", node.title
                yield from ((f"{name}.paragraphs", paragraph) for paragraph in node.paragraphs)


def parse(content: object) -> Questionnaire:
    """Read what a YAML file or a published row holds. Raises QuestionnaireError."""
    top = _mapping(content, "the questionnaire", _TOP_KEYS, optional=set())
    version, first = top["version"], top["first"]
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise QuestionnaireError("version must be a whole number from 1")
    nodes: dict[str, Node] = {}
    for kind, make in (("steps", _step), ("reports", _report), ("explanations", _explanation)):
        for name, body in _named(top[kind], kind).items():
            if name in nodes:
                raise QuestionnaireError(f"two nodes are called {name}")
            nodes[name] = make(name, body)
    if not isinstance(first, str) or not isinstance(nodes.get(first), Step):
        raise QuestionnaireError("first must name a step")
    return Questionnaire(version=version, first=first, nodes=nodes)


def _step(name: str, body: object) -> Step:
    data = _mapping(body, name, _STEP_KEYS, optional={"next"})
    options = tuple(_option(name, item) for item in _items(data["options"], f"{name}.options"))
    if bool(options) == ("next" in data):
        raise QuestionnaireError(f"{name} must have either options or next")
    if len({option.value for option in options}) != len(options):
        raise QuestionnaireError(f"{name} has two options with one value")
    try:
        story = Story(data["story"])
    except ValueError:
        raise QuestionnaireError(f"{name}.story must be one of {', '.join(Story)}") from None
    return Step(
        name=name,
        question=_text(data["question"], f"{name}.question"),
        hint=_text(data["hint"], f"{name}.hint"),
        story=story,
        options=options,
        next=str(data.get("next", "")),
    )


def _option(step: str, body: object) -> Option:
    data = _mapping(body, f"an option of {step}", _OPTION_KEYS, optional=set())
    return Option(value=str(data["value"]), label=_text(data["label"], f"{step}.label"), next=str(data["next"]))


def _report(name: str, body: object) -> ReportLeaf:
    data = _mapping(body, name, _REPORT_KEYS, optional=set())
    if data["severity"] not in Severity.values:
        raise QuestionnaireError(f"{name}.severity must be one of {Severity.values}")
    return ReportLeaf(
        name=name,
        motive=str(data["motive"]),
        severity=Severity(data["severity"]),
        label=_text(data["label"], f"{name}.label"),
    )


def _explanation(name: str, body: object) -> Explanation:
    data = _mapping(body, name, _EXPLANATION_KEYS, optional=set())
    return Explanation(
        name=name,
        title=_text(data["title"], f"{name}.title"),
        paragraphs=tuple(_text(item, name) for item in _items(data["paragraphs"], f"{name}.paragraphs")),
        articles=tuple(str(item) for item in _items(data["articles"], f"{name}.articles")),
        otherwise=str(data["otherwise"]),
    )


def _mapping(body: object, place: str, keys: set[str], *, optional: set[str]) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise QuestionnaireError(f"{place} is no mapping")
    missing, unknown = keys - optional - body.keys(), body.keys() - keys
    if missing or unknown:
        raise QuestionnaireError(f"{place}: missing {sorted(missing)}, unknown {sorted(map(str, unknown))}")
    return body


def _named(body: object, place: str) -> dict[str, object]:
    if not isinstance(body, dict) or not all(isinstance(name, str) for name in body):
        raise QuestionnaireError(f"{place} must map names to nodes")
    return body


def _items(body: object, place: str) -> list[object]:
    if not isinstance(body, list):
        raise QuestionnaireError(f"{place} is no list")
    return body


def _text(body: object, place: str) -> str:
    if not isinstance(body, str) or not body.strip():
        raise QuestionnaireError(f"{place} has no text")
    return typeset(body)
