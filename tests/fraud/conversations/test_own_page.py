"""The person's side, in a browser without JavaScript: they ask, wait, read, write, end it, and say what they think."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from fraud.conversations.enums import ConversationStatus, Satisfaction
from fraud.conversations.models import Conversation, ConversationMessage
from fraud.conversations.talking import answer, close, take_next
from tests.fraud.conversations.rows import QUESTION, ask
from tests.reimbursements.payments.rows import make_person, page_of, sign_in

pytestmark = pytest.mark.django_db
PAGE = "/mon-espace/conseiller/"


@pytest.fixture
def mine(me: InsuredPerson) -> Client:
    return sign_in(me)


class TestWaiting:
    def test_says_the_place_in_the_queue(self, me: InsuredPerson, mine: Client, adviser: User) -> None:
        ask(make_person("Avant"))
        mine.post(PAGE, {"text": "Je ne comprends pas."})
        page = page_of(mine, PAGE)
        assert "Vous êtes à la place 2 de la file d’attente." in page
        assert "Je ne comprends pas." in page
        assert "Les conseillers" in page
        take_next(by=adviser)
        assert "Vous êtes la prochaine personne" in page_of(mine, PAGE)
        take_next(by=adviser)
        assert "Un conseiller suit votre conversation." in page_of(mine, PAGE)

    def test_can_be_given_up(self, mine: Client, waiting: Conversation) -> None:
        assert "Ne plus attendre" in page_of(mine, PAGE)
        mine.post(reverse("adviser-end"))
        waiting.refresh_from_db()
        assert waiting.status == ConversationStatus.CLOSED
        page = page_of(mine, PAGE)
        assert "Demander un conseiller" in page
        assert "Avez-vous eu la réponse" not in page, "nobody answered"


class TestTalking:
    @pytest.fixture(autouse=True)
    def _answered(self, waiting: Conversation, adviser: User) -> None:
        take_next(by=adviser)
        answer(waiting.pk, text="Quel <b>paiement</b> ?", by=adviser)

    def test_the_thread_is_a_log_with_a_link_to_reload(self, mine: Client) -> None:
        page = page_of(mine, PAGE)
        assert 'role="log"' in page
        assert QUESTION in page
        assert "Quel &lt;b&gt;paiement&lt;/b&gt; ?" in page
        assert "Voir s’il y a une réponse" in page
        assert "nouveau" in page
        assert "nouveau" in page_of(mine, PAGE), "reading a page changes nothing"
        mine.post(reverse("adviser-read"))
        assert "nouveau" not in page_of(mine, PAGE)

    @pytest.mark.usefixtures("reference_data")
    def test_the_first_page_leads_to_an_answer(self, mine: Client) -> None:
        assert "Un conseiller vous a répondu." in page_of(mine, reverse("my-space"))
        mine.post(reverse("adviser-read"))
        assert "Un conseiller vous a répondu." not in page_of(mine, reverse("my-space"))

    def test_a_reply_goes_to_the_adviser(self, mine: Client, waiting: Conversation) -> None:
        assert mine.post(reverse("adviser-message"), {"text": "Celui du 3."}).status_code == 302
        assert "Celui du 3." in page_of(mine, PAGE)
        assert not waiting.messages.filter(author="adviser", read_at=None).exists()

    @pytest.mark.parametrize("text", ["", "x" * 4_001])
    def test_what_cannot_be_sent_is_said(self, text: str, mine: Client, waiting: Conversation) -> None:
        refused = mine.post(reverse("adviser-message"), {"text": text})
        assert refused.status_code == 400
        assert "Vérifiez votre saisie" in refused.content.decode()
        assert waiting.messages.count() == 2

    def test_too_many_messages_are_told_to_wait(self, mine: Client) -> None:
        codes = [mine.post(reverse("adviser-message"), {"text": "Encore"}).status_code for _ in range(61)]
        assert codes == [302] * 60 + [400]

    def test_a_message_to_an_ended_one_is_kept_on_the_page(
        self, mine: Client, waiting: Conversation, adviser: User
    ) -> None:
        close(waiting.pk, by=adviser)
        refused = mine.post(reverse("adviser-message"), {"text": "Un dernier mot"})
        assert refused.status_code == 400
        assert "Cette conversation est terminée." in refused.content.decode()
        assert "Un dernier mot" in refused.content.decode()
        assert f'action="{PAGE}"' in refused.content.decode(), "from there, it asks for an adviser"

    def test_somebody_else_sees_and_changes_nothing(self, waiting: Conversation) -> None:
        theirs = sign_in(make_person("Autre"))
        assert QUESTION not in page_of(theirs, PAGE)
        for name in ("adviser-read", "adviser-end", "adviser-satisfaction"):
            theirs.post(reverse(name), {"satisfaction": "yes"})
        assert theirs.post(reverse("adviser-message"), {"text": "Bonjour"}).status_code == 400
        waiting.refresh_from_db()
        assert (waiting.status, waiting.satisfaction) == (ConversationStatus.OPEN, "")
        assert ConversationMessage.objects.filter(author="adviser", read_at=None).count() == 1


class TestAfterwards:
    @pytest.fixture(autouse=True)
    def _ended(self, waiting: Conversation, adviser: User) -> None:
        take_next(by=adviser)
        close(waiting.pk, by=adviser)

    def test_is_asked_once_what_they_think(self, mine: Client, waiting: Conversation) -> None:
        assert "Avez-vous eu la réponse que vous attendiez ?" in page_of(mine, PAGE)
        mine.post(reverse("adviser-satisfaction"), {"satisfaction": "formidable"})
        waiting.refresh_from_db()
        assert waiting.satisfaction == ""
        assert "Choisissez l’une des trois réponses." in page_of(mine, PAGE)
        mine.post(reverse("adviser-satisfaction"), {"satisfaction": "partly"})
        waiting.refresh_from_db()
        assert waiting.satisfaction == Satisfaction.PARTLY
        page = page_of(mine, PAGE)
        assert "Avez-vous eu la réponse que vous attendiez ?" not in page
        assert QUESTION in page, "what was said can still be read"

    def test_may_ask_again(self, mine: Client, waiting: Conversation) -> None:
        mine.post(PAGE, {"text": "Autre chose"})
        assert Conversation.objects.exclude(pk=waiting.pk).get().status == ConversationStatus.WAITING
