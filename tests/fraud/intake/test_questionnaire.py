"""The questionnaire: what is in service is whole, and each rule bites."""

import copy
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from fraud.intake.models import QuestionnaireVersion
from fraud.intake.questionnaire import publishing
from fraud.intake.questionnaire.checks import MOST_STEPS, findings, longest_path, wording_findings
from fraud.intake.questionnaire.publishing import altered_files, checksum_of, current, files, published, read_file
from fraud.intake.questionnaire.structure import Explanation, QuestionnaireError, ReportLeaf, Step, parse
from fraud.intake.sealed import Answer
from fraud.intake.walking import AnswerError, checked_answer, reported_leaf, walk

MOTIVES = {
    "acte-non-realise", "montant-quantite", "acte-different", "carte-vitale", "professionnel-inconnu", "ordonnance",
    "transport", "arret", "autre",
}  # fmt: skip
CONTENT, WHOLE = read_file(files()[-1])


def test_every_version_passes_its_checks() -> None:
    for path in files():
        _, questionnaire = read_file(path)
        assert findings(questionnaire) == []
        assert longest_path(questionnaire) <= MOST_STEPS


def test_the_motives_and_explanations_are_those_of_the_house() -> None:
    assert {option.value for option in WHOLE.step(WHOLE.first).options} == MOTIVES
    assert {node.motive for node in WHOLE.nodes.values() if isinstance(node, ReportLeaf)} == MOTIVES
    explained = {name for name, node in WHOLE.nodes.items() if isinstance(node, Explanation)}
    assert {"date-de-facturation", "laboratoire-correspondant", "soins-regroupes", "paiement-au-professionnel"} <= (
        explained
    )


def test_the_command_says_what_it_saw(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_questionnaires")
    assert "étapes au plus" in capsys.readouterr().out


def test_a_published_version_that_changed_is_found(db: None) -> None:
    row = current()
    assert published(row.pk).version == row.version
    assert altered_files() == []
    QuestionnaireVersion.objects.create(version=999, checksum="x", content={})
    other = copy.deepcopy(CONTENT)
    other["steps"]["motif"]["question"] = "Autre question ?"
    assert checksum_of(other) != row.checksum


def test_an_altered_file_stops_the_command(db: None) -> None:
    QuestionnaireVersion.objects.create(version=WHOLE.version, checksum="0" * 64, content=CONTENT)
    with pytest.raises(CommandError, match="modifié après sa mise en service"):
        call_command("check_questionnaires")


def test_what_is_published_is_answered_from_its_row(db: None) -> None:
    content = copy.deepcopy(CONTENT)
    content["steps"]["motif"]["question"] = "Que voyez-vous ?"
    row = QuestionnaireVersion.objects.create(version=998, checksum="x", content=content | {"version": 998})
    publishing._published.cache_clear()
    assert published(row.pk).step("motif").question == "Que voyez-vous\u00a0?"


def broken(*path: str, value: object) -> dict[str, Any]:
    content = copy.deepcopy(CONTENT)
    place: Any = content
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return dict(content)


class TestRules:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (broken("steps", "autre", "next", value="nulle-part"), "leads nowhere"),
            (broken("steps", "autre", "next", value="motif"), "circle"),
            (broken("steps", "autre", "next", value="arret-dates"), "autre-doute is out of reach"),
            (broken("explanations", "soins-regroupes", "otherwise", value="motif"), "is no report"),
            (broken("explanations", "soins-regroupes", "articles", value=["absent"]), "names no article"),
            (broken("steps", "autre", "hint", value="Le fraudeur est connu"), "accusing"),
            (broken("steps", "autre", "hint", value='Dites "oui"'), "quote"),
            (broken("steps", "autre", "hint", value="mot " * 31), "a sentence of"),
            (broken("steps", "autre", "story", value="none"), "asks nothing"),
            (broken("reports", "arret-dates", "motive", value="Arrêt !"), "is no name"),
            (broken("explanations", "soins-regroupes", "paragraphs", value=["Sans point"]), "full stop"),
        ],
    )
    def test_bite(self, content: dict[str, Any], said: str) -> None:
        assert any(said in found for found in findings(parse(content))), findings(parse(content))

    def test_a_seventh_step_is_found(self) -> None:
        content = copy.deepcopy(CONTENT)
        page = {"question": "Encore ?", "hint": "Une de plus", "story": "required", "options": []}
        content["steps"]["encore"] = page | {"next": "plus"}
        content["steps"]["plus"] = page | {"next": "enfin"}
        content["steps"]["enfin"] = page | {"next": "autre-doute"}
        content["steps"]["autre"]["next"] = "encore"
        assert "the longest way has 8 steps, 6 are allowed" in findings(parse(content))

    @pytest.mark.parametrize(
        "content",
        [
            None,
            [],
            {},
            CONTENT | {"version": 0},
            CONTENT | {"first": "absent"},
            CONTENT | {"more": 1},
            broken("steps", "autre", "story", value="maybe"),
            broken("steps", "autre", "options", value="x"),
            broken("steps", "autre", "question", value=" "),
            broken("reports", "arret-dates", "severity", value=9),
            broken("steps", "arret-dates", value=CONTENT["steps"]["autre"]),
        ],
    )
    def test_what_is_no_questionnaire_is_refused(self, content: object) -> None:
        with pytest.raises(QuestionnaireError):
            parse(content)

    @pytest.mark.parametrize("text", ["Appelez le 06 12 34 56 78", "Voir https://exemple", "TRÈS GRAVE", "12 €"])
    def test_of_wording_bite(self, text: str) -> None:
        assert list(wording_findings(text))


class TestWalking:
    @given(st.lists(st.tuples(st.sampled_from(sorted(WHOLE.nodes)), st.text(max_size=20)), max_size=8))
    def test_any_answers_lead_somewhere(self, given_answers: list[tuple[str, str]]) -> None:
        answers = [Answer(step=step, choice=choice, story="") for step, choice in given_answers]
        way = walk(WHOLE, answers)
        assert way.answers == walk(WHOLE, way.answers).answers, "what was kept is kept"
        assert isinstance(way.end, Step) == (reported_leaf(WHOLE, way.end) is None)

    @given(st.data())
    def test_every_way_ends_in_a_report_that_may_be_sent(self, data: st.DataObject) -> None:
        answers: list[Answer] = []
        way = walk(WHOLE, answers)
        while isinstance(way.end, Step):
            node = way.end
            choice = data.draw(st.sampled_from([option.value for option in node.options])) if node.options else ""
            answers.append(checked_answer(node, choice=choice, story="Voici ce qui s’est passé."))
            way = walk(WHOLE, answers)
        assert len(answers) <= 2
        leaf = reported_leaf(WHOLE, way.end)
        assert leaf is not None
        assert leaf.motive in MOTIVES

    @pytest.mark.parametrize(
        ("step", "choice", "story", "field"),
        [("motif", "", "", "choice"), ("motif", "absent", "", "choice"), ("autre", "", "", "story"),
         ("autre", "", "x" * 4_001, "story"), ("acte-different", "appareil", " \x00 ", "story")],
    )  # fmt: skip
    def test_answers_that_cannot_be_taken(self, step: str, choice: str, story: str, field: str) -> None:
        with pytest.raises(AnswerError) as refused:
            checked_answer(WHOLE.step(step), choice=choice, story=story)
        assert refused.value.field == field
