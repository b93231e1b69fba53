"""The assistant: understands, says when it does not, shows the person's own lines, leads to the form."""

import json
import re
import time

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.people.models import InsuredPerson
from fraud.conversations.asking import ask_adviser, context_of
from fraud.conversations.enums import ConversationStatus, Origin
from fraud.conversations.models import Conversation
from fraud.intake.assistant.classifier import UNSURE, WEIGHTS, load_weights, parse_weights, shares_of, understand
from fraud.intake.assistant.dialogue import KEPT, said_so_far
from fraud.intake.assistant.script import script, script_findings
from fraud.intake.assistant.training import (
    HELD_OUT,
    PHRASES,
    PhrasesError,
    check_phrases,
    checksum,
    confusion,
    read_phrases,
    tally,
    train,
)
from fraud.intake.models import AssistantDialogue
from fraud.intake.tasks import forget_dialogues
from tests.fraud.intake.walking import send, start_url
from tests.reimbursements.payments.rows import NOW, make_person, page_of, pay, sign_in

ASSISTANT = "/mon-espace/assistant/"
LEARNT, CONTROL = read_phrases(PHRASES), read_phrases(HELD_OUT)


class TestUnderstanding:
    @pytest.mark.parametrize(
        ("phrase", "intent"),
        [
            ("signaler un remboursement suspect", "report"),
            ("Je n'ai jamais vu ce dentiste !", "never-seen"),
            ("pourquoi 2 € de moins ?", "withheld"),
            ("PARLER À UN CONSEILLER", "adviser"),
            ("ou en est mon signalement", "my-report"),
        ],
    )
    def test_the_questions_of_the_house(self, phrase: str, intent: str) -> None:
        assert understand(phrase).intent == intent

    @pytest.mark.parametrize("phrase", ["", "   ", "???", "zzkwx qqpf", "0 0 0", "🙂"])
    def test_nonsense_is_not_understood(self, phrase: str) -> None:
        assert understand(phrase).intent == UNSURE

    def test_phrases_never_seen_are_understood_or_it_says_so(self) -> None:
        right, unsure, wrong = tally(confusion(CONTROL, understand))
        assert right >= 0.7 * (right + unsure + wrong)
        assert wrong <= 0.1 * (right + unsure + wrong)

    @given(st.text(max_size=400))
    def test_any_text_gets_an_answer_of_the_script(self, text: str) -> None:
        guess = understand(text)
        assert guess.intent in script().replies
        assert 0 <= guess.share <= 1

    def test_takes_no_time(self) -> None:
        load_weights()
        started = time.perf_counter()
        for _ in range(20):
            understand("pourquoi ce remboursement est-il plus bas que d’habitude, je ne comprends pas " * 4)
        assert time.perf_counter() - started < 5


class TestTraining:
    def test_the_weights_are_those_of_the_phrases(self) -> None:
        check_phrases(LEARNT, CONTROL)
        assert load_weights().phrases_checksum == checksum(LEARNT)
        assert min(len(texts) for texts in LEARNT.values()) >= 25

    def test_training_again_understands_the_same(self) -> None:
        again = parse_weights(json.loads(json.dumps(train(LEARNT))))
        kept = load_weights()
        assert again.intents == kept.intents
        for texts in CONTROL.values():
            for text in texts:
                assert shares_of(text, again) == pytest.approx(shares_of(text, kept), abs=0.02)

    def test_the_weights_are_numbers_and_words_only(self) -> None:
        content = json.loads(WEIGHTS.read_text())
        assert all(isinstance(number, int | float) for term in content["terms"].values() for number in term)

    def test_the_command_looks_without_writing(self, capsys: pytest.CaptureFixture[str]) -> None:
        before = WEIGHTS.stat().st_mtime_ns
        call_command("train_intents", check=True)
        assert "Compris :" in capsys.readouterr().out
        assert WEIGHTS.stat().st_mtime_ns == before

    @pytest.mark.parametrize(
        ("learnt", "control", "said"),
        [
            ({"a": ["x"]}, {"a": []}, "1 phrases"),
            ({"a": [f"p{n}" for n in range(25)], "b": [f"p{n}" for n in range(25)]}, {}, "stands under"),
            ({"a": [f"p{n}" for n in range(25)]}, {"b": []}, "other intents"),
            ({"a": [f"p{n}" for n in range(25)]}, {"a": ["P3"]}, "were learnt"),
        ],
    )
    def test_bad_phrases_are_refused(
        self, learnt: dict[str, list[str]], control: dict[str, list[str]], said: str
    ) -> None:
        with pytest.raises(PhrasesError, match=said):
            check_phrases(learnt, control)

    def test_every_intent_has_a_linted_answer(self) -> None:
        assert script_findings(script(), intents=frozenset({*LEARNT, UNSURE})) == []


@pytest.mark.django_db
class TestPage:
    def test_answers_and_leads_to_the_form(self, me: InsuredPerson, mine: Client) -> None:
        pay(me)
        assert ask(mine, "je n’ai jamais vu ce dentiste").status_code == 302
        page = page_of(mine, ASSISTANT)
        assert "Vous :" in page
        assert "un soin soit payé sous un nom" in page
        link = re.search(r'href="([^"]+nouveau/[^"]+motif=professionnel-inconnu)"', page)
        assert link
        assert "Quels paiements vous font douter" in page_of(mine, link[1].replace("&amp;", "&"))

    def test_shows_ones_own_withholdings(self, me: InsuredPerson, mine: Client) -> None:
        pay(me)
        ask(mine, "pourquoi 2 euros de moins ?")
        page = page_of(mine, ASSISTANT)
        assert "Vos dernières retenues" in page
        assert "−2,00 €" in page

    def test_shows_ones_own_reports(self, me: InsuredPerson, mine: Client) -> None:
        report = send(mine, start_url(me))
        mine.post(ASSISTANT, {"topic": "my-report"})
        assert str(report.public_id) in page_of(mine, ASSISTANT)

    def test_says_honestly_when_it_does_not_understand(self, me: InsuredPerson, mine: Client) -> None:
        ask(mine, "xyzzy plugh")
        page = page_of(mine, ASSISTANT)
        assert "Je n’ai pas compris votre question." in page
        assert "Parler à un conseiller" in page

    def test_shows_what_was_typed_and_nothing_more(self, me: InsuredPerson, mine: Client) -> None:
        ask(mine, "<img src=x onerror=alert(1)> bonjour {{ 7|add:7 }}")
        page = page_of(mine, ASSISTANT)
        assert "&lt;img src=x" in page
        assert "{{ 7|add:7 }}" in page

    @pytest.mark.parametrize("question", ["", "x" * 1001, "a\x00b"])
    def test_what_is_no_question_is_said(self, question: str, me: InsuredPerson, mine: Client) -> None:
        answer = ask(mine, question)
        assert answer.status_code == 400
        assert not AssistantDialogue.objects.exists()

    def test_is_sealed_forgotten_and_nobody_elses(self, me: InsuredPerson, mine: Client) -> None:
        ask(mine, "bonjour")
        assert b"bonjour" not in bytes(AssistantDialogue.objects.get().turns_sealed).lower()
        assert "Vous :" not in page_of(sign_in(make_person("Autre")), ASSISTANT)
        mine.post(reverse("assistant-restart"))
        assert not AssistantDialogue.objects.exists()
        ask(mine, "bonjour")
        AssistantDialogue.objects.update(updated_at=NOW - KEPT * 2)
        assert forget_dialogues() == 1


@pytest.mark.django_db
class TestAdviser:
    def test_gets_the_whole_context(self, me: InsuredPerson, mine: Client) -> None:
        ask(mine, "pourquoi 2 € de moins ?")
        mine.post(f"{reverse('adviser')}?depuis=assistant", {"text": "Je ne comprends toujours pas."})
        asked = Conversation.objects.get()
        assert (asked.origin, asked.status) == (Origin.ASSISTANT, ConversationStatus.WAITING)
        context = context_of(asked)
        assert context["question"] == "Je ne comprends toujours pas."
        assert context["turns"] == [{"by": turn.by, "text": turn.text} for turn in said_so_far(me.pk)]
        assert "Votre demande est enregistrée" in page_of(mine, reverse("adviser"))

    def test_knows_the_report_one_came_from(self, me: InsuredPerson, mine: Client) -> None:
        report = send(mine, start_url(me))
        mine.post(f"{reverse('adviser')}?depuis=report&signalement={report.public_id}", {"text": "Où en est-on ?"})
        assert Conversation.objects.get().report == report

    def test_never_somebody_elses(self, me: InsuredPerson, mine: Client) -> None:
        report = send(mine, start_url(me))
        stranger = make_person("Autre")
        theirs = sign_in(stranger)
        theirs.post(f"{reverse('adviser')}?depuis=report&signalement={report.public_id}", {"text": "Dites-moi."})
        assert Conversation.objects.get(insured=stranger).report is None

    def test_asking_twice_waits_once(self, me: InsuredPerson, mine: Client) -> None:
        first = ask_adviser(me.pk, origin=Origin.SPACE, context={"question": "Un"})
        assert ask_adviser(me.pk, origin=Origin.SPACE, context={"question": "Deux"}) == first
        assert mine.post(reverse("adviser"), {"text": ""}).status_code == 400

    def test_is_offered_at_each_step(self, me: InsuredPerson, mine: Client) -> None:
        for address in (start_url(me), reverse("report-start"), reverse("reports"), ASSISTANT):
            assert reverse("adviser") in page_of(mine, address)


def ask(client: Client, question: str):  # type: ignore[no-untyped-def] # noqa: ANN201 (a test client's answer)
    return client.post(ASSISTANT, {"question": question})
