"""A person's way through a questionnaire: which answers still count, what comes next, where it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fraud.intake.questionnaire.structure import Explanation, Node, Questionnaire, ReportLeaf, Step, Story
from fraud.intake.sealed import LONGEST_STORY, Answer

FILES: Final = "pieces"
CHECK: Final = "verification"
FIRST_PAGE: Final = 2
"""The first page of the questionnaire; the lines were chosen before it."""


class AnswerError(ValueError):
    """An answer that cannot be taken. The text is French, for the person; ``field`` says where."""

    def __init__(self, text: str, *, field: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The answers that lead from the first step to ``end``: a step not answered yet, or a leaf."""

    answers: tuple[Answer, ...]
    end: Node

    @property
    def is_complete(self) -> bool:
        return not isinstance(self.end, Step)

    def answer(self, step: str) -> Answer | None:
        return next((one for one in self.answers if one.step == step), None)

    def page_of(self, name: str) -> int:
        """Number of a page: the lines are page 1."""
        names = [one.step for one in self.answers]
        place = names.index(name) if name in names else len(names)
        return FIRST_PAGE + place


def walk(questionnaire: Questionnaire, answers: Sequence[Answer]) -> Way:
    """Follow the answers as far as they go; what stands after a change of direction is forgotten."""
    given = {one.step: one for one in answers}
    node = questionnaire.nodes[questionnaire.first]
    kept: list[Answer] = []
    while isinstance(node, Step) and node.name in given:
        answer = given[node.name]
        option = node.option(answer.choice)
        if node.options and option is None:
            break
        kept.append(answer)
        node = questionnaire.nodes[option.next if option else node.next]
    return Way(answers=tuple(kept), end=node)


def checked_answer(step: Step, *, choice: str, story: str) -> Answer:
    """An answer to one page. Raises AnswerError."""
    story = _cleaned(story)
    if step.options and step.option(choice) is None:
        raise AnswerError("Choisissez une réponse.", field="choice")
    if step.story is Story.REQUIRED and not story:
        raise AnswerError("Racontez en quelques mots ce qui s’est passé.", field="story")
    if len(story) > LONGEST_STORY:
        raise AnswerError(f"Votre récit est trop long : {LONGEST_STORY} caractères au plus.", field="story")
    return Answer(
        step=step.name,
        choice=choice if step.options else "",
        story="" if step.story is Story.NONE else story,
    )


def with_answer(answers: Sequence[Answer], new: Answer) -> list[Answer]:
    """The same answers, with one more or another one."""
    others = [one for one in answers if one.step != new.step]
    return [*others, new]


def reported_leaf(questionnaire: Questionnaire, end: Node) -> ReportLeaf | None:
    """What a way ends in when it is sent: its report, or the report of who still doubts after an explanation."""
    if isinstance(end, Explanation):
        return questionnaire.report(end.otherwise)
    return end if isinstance(end, ReportLeaf) else None


def _cleaned(text: str) -> str:
    """Lines kept, control characters dropped."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(char for char in lines if char == "\n" or char.isprintable()).strip()
