"""The answers of a report as they were put and given: for « Vérifiez vos réponses », the receipt and the case."""

from dataclasses import dataclass

from fraud.intake.models import FraudReport
from fraud.intake.questionnaire.publishing import published
from fraud.intake.sealed import Answer, answers_of
from fraud.intake.walking import walk


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """``step`` leads back to the page that asked; ``story`` is what was written beside the choice."""

    step: str
    question: str
    choice: str
    story: str

    @property
    def answer(self) -> str:
        return "\n".join(filter(None, (self.choice, self.story)))


def answers_in_words(report: FraudReport) -> list[AnswerRow]:
    """In the order of the pages, in the words of the version that was answered."""
    questionnaire = published(report.questionnaire_id)
    way = walk(questionnaire, answers_of(report))

    def row(answer: Answer) -> AnswerRow:
        step = questionnaire.step(answer.step)
        option = step.option(answer.choice)
        return AnswerRow(
            step=step.name, question=step.question, choice=option.label if option else "", story=answer.story
        )

    return [row(answer) for answer in way.answers]


def subject_of(report: FraudReport) -> str:
    """What is reported, in a few words of its sender; empty while nothing is decided."""
    return subject_at(report.questionnaire_id, report.leaf)


def subject_at(questionnaire_id: int, leaf: str) -> str:
    """The same by the end that a report came to in its version of the questionnaire."""
    node = published(questionnaire_id).nodes.get(leaf)
    return str(getattr(node, "label", ""))
