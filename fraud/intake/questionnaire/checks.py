"""What is wrong with a questionnaire: loose ends, leaves out of reach, paths too long, texts that break a rule."""

import re
from collections.abc import Iterator
from typing import Final

from ameli_notify.core.masking import mask_personal_data
from fraud.intake.questionnaire.structure import Explanation, Questionnaire, ReportLeaf, Step, Story
from reimbursements.explanations.articles import article_slugs

MOST_STEPS: Final = 6
FIXED_STEPS: Final = 3
"""Pages that every report has beside the questionnaire: choosing lines, documents, checking the answers."""
LONGEST_SENTENCE: Final = 30
"""Words."""
LONGEST_NAME: Final = 40
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ACCUSING: Final = re.compile(
    r"\b(fraud\w*|escro\w*|voleurs?|voleuses?|coupables?|malhonnêtes?|tricheu\w*|mensonges?|arna\w*|délits?)\b",
    re.I,
)
_SENTENCE_END: Final = re.compile(r"[.?!](?:\s|$)")
_MARKS: Final = {
    "an upright apostrophe or quote": re.compile(r"['\"]"),
    "a link or an address": re.compile(r"https?:|www\.|@"),
    "an amount": re.compile(r"\d\s*€"),
    "shouting": re.compile(r"\b[A-ZÀ-Ü]{4,}\b"),
    "two spaces": re.compile(r"  "),
    "a variable": re.compile(r"[{}\[\]<>|%]"),
}


def findings(questionnaire: Questionnaire) -> list[str]:
    """Everything that must be put right before a version is put into service; empty when nothing must."""
    loose = list(_loose_ends(questionnaire))
    paths = [] if loose else list(_paths(questionnaire))
    return [*loose, *paths, *_names(questionnaire), *_wordings(questionnaire)]


def longest_path(questionnaire: Questionnaire) -> int:
    """Pages from the choice of the lines to the last check, on the longest way. Raises RecursionError for a circle."""
    return FIXED_STEPS + _depth(questionnaire, questionnaire.first)


def _depth(questionnaire: Questionnaire, name: str) -> int:
    node = questionnaire.nodes[name]
    if isinstance(node, ReportLeaf):
        return 0
    following = (node.otherwise,) if isinstance(node, Explanation) else node.targets
    return 1 + max(_depth(questionnaire, target) for target in following)


def _loose_ends(questionnaire: Questionnaire) -> Iterator[str]:
    for name, node in questionnaire.nodes.items():
        if isinstance(node, Step):
            yield from (f"{name} leads nowhere: {to}" for to in node.targets if to not in questionnaire.nodes)
        elif isinstance(node, Explanation):
            if not isinstance(questionnaire.nodes.get(node.otherwise), ReportLeaf):
                yield f"{name}.otherwise is no report: {node.otherwise}"
            yield from (f"{name} names no article: {slug}" for slug in node.articles if slug not in article_slugs())


def _paths(questionnaire: Questionnaire) -> Iterator[str]:
    circle = _circle(questionnaire, questionnaire.first, ())
    if circle:
        yield f"goes in a circle: {' > '.join(circle)}"
        return
    reached = _reached(questionnaire)
    yield from (f"{name} is out of reach" for name in questionnaire.nodes if name not in reached)
    longest = longest_path(questionnaire)
    if longest > MOST_STEPS:
        yield f"the longest way has {longest} steps, {MOST_STEPS} are allowed"


def _circle(questionnaire: Questionnaire, name: str, way: tuple[str, ...]) -> tuple[str, ...]:
    if name in way:
        return (*way, name)
    node = questionnaire.nodes[name]
    targets = node.targets if isinstance(node, Step) else ()
    return next((found for to in targets if (found := _circle(questionnaire, to, (*way, name)))), ())


def _reached(questionnaire: Questionnaire) -> set[str]:
    reached: set[str] = set()
    ahead = [questionnaire.first]
    while ahead:
        name = ahead.pop()
        if name in reached:
            continue
        reached.add(name)
        node = questionnaire.nodes[name]
        if isinstance(node, Step):
            ahead.extend(node.targets)
        elif isinstance(node, Explanation):
            ahead.append(node.otherwise)
    return reached


def _names(questionnaire: Questionnaire) -> Iterator[str]:
    for name, node in questionnaire.nodes.items():
        values = [option.value for option in node.options] if isinstance(node, Step) else []
        motives = [node.motive] if isinstance(node, ReportLeaf) else []
        for text in (name, *values, *motives):
            if not _NAME.fullmatch(text) or len(text) > LONGEST_NAME:
                yield f"{name}: « {text} » is no name of at most {LONGEST_NAME} small letters, digits and hyphens"
        if isinstance(node, Step) and not node.options and node.story is not Story.REQUIRED:
            yield f"{name} asks nothing: a step without options needs a story"


def _wordings(questionnaire: Questionnaire) -> Iterator[str]:
    for place, text in questionnaire.texts():
        yield from (f"{place}: {wrong}" for wrong in wording_findings(text))
        if place.endswith(".paragraphs") and not text.endswith((".", "?")):
            yield f"{place}: no full stop"


def wording_findings(text: str) -> Iterator[str]:
    """Rules of every text put to a person here: neutral, typeset, short, about nobody."""
    for name, pattern in _MARKS.items():
        if pattern.search(text):
            yield name
    for match in _ACCUSING.finditer(text):
        yield f"an accusing word: {match[0]}"
    for sentence in _SENTENCE_END.split(text):
        if len(sentence.split()) > LONGEST_SENTENCE:
            yield f"a sentence of {len(sentence.split())} words"
    if not text[0].isupper():
        yield "no capital"
    if mask_personal_data(text) != text:
        yield "something that looks personal"
