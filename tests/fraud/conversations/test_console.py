"""The advisers' inbox over HTTP: who takes, reads and writes; every opening is logged with its reason."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access.models import AccessLog
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.conversations.canned import CANNED
from fraud.conversations.enums import ConversationStatus
from fraud.conversations.models import Conversation
from fraud.conversations.talking import MOST_OPEN, take_next
from fraud.conversations.thread import own_thread
from fraud.intake.enums import ReportStatus
from fraud.intake.models import FraudReport, ReportMessage
from fraud.intake.sealed import LONGEST_STORY
from tests.fraud.conversations.rows import QUESTION, ask
from tests.fraud.rows import make_report
from tests.reimbursements.payments.rows import make_person, page_of
from tests.staff import client_of, staff_client

pytestmark = pytest.mark.django_db
INBOX = "/console/fraud/conversation/"
TAKE = f"{INBOX}prendre/"


@pytest.fixture
def desk(adviser: User) -> Client:
    return client_of(adviser)


@pytest.fixture
def taken(waiting: Conversation, adviser: User) -> Conversation:
    return take_next(by=adviser)


def page(conversation: Conversation, *, act: str = "change") -> str:
    return reverse(f"admin:fraud_conversation_{act}", args=[conversation.pk])


class TestInbox:
    def test_names_nobody_and_tells_how_many_wait(self, waiting: Conversation, desk: Client) -> None:
        inbox = page_of(desk, INBOX)
        assert "En attente : 1." in inbox
        assert "Yzelle" not in inbox
        assert QUESTION not in inbox

    def test_takes_the_longest_wait(self, waiting: Conversation, desk: Client, adviser: User) -> None:
        ask(make_person("Deux"))
        answer = desk.post(TAKE)
        assert answer.headers["Location"] == page(waiting)
        assert Conversation.objects.get(adviser=adviser) == waiting
        assert QUESTION in page_of(desk, page(waiting))

    def test_says_why_nobody_can_be_taken(self, desk: Client) -> None:
        assert "Personne n’attend pour le moment." in desk.post(TAKE, follow=True).content.decode()
        for number in range(MOST_OPEN + 1):
            ask(make_person(f"Numéro {number}"))
            said = desk.post(TAKE, follow=True).content.decode()
        assert "terminez-en une" in said

    def test_views(self, taken: Conversation, desk: Client) -> None:
        other = ask(make_person("Deux"))
        link = {one.pk: f'href="{page(one)}' for one in (taken, other)}
        for view, shown in (("", {taken.pk, other.pk}), ("attente", {other.pk}), ("miennes", {taken.pk}),
                            ("terminees", set())):  # fmt: skip
            listing = page_of(desk, f"{INBOX}?vue={view}" if view else INBOX)
            assert {pk for pk in link if link[pk] in listing} == shown, view

    @pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.AUDITOR, Role.LEGAL, Role.DATA_PROTECTION])
    def test_is_for_advisers(self, role: Role, waiting: Conversation) -> None:
        client = staff_client(role)
        assert {client.get(path).status_code for path in (INBOX, page(waiting))} == {403}
        assert {client.post(path).status_code for path in (TAKE, page(waiting, act="answer"))} == {403}
        waiting.refresh_from_db()
        assert waiting.status == ConversationStatus.WAITING


class TestReading:
    def test_shows_what_was_said_before(self, taken: Conversation, desk: Client) -> None:
        shown = page_of(desk, page(taken))
        assert QUESTION in shown
        assert "Que veut dire franchise ?" in shown

    def test_each_opening_is_logged_with_its_reason(
        self, me: InsuredPerson, taken: Conversation, desk: Client, adviser: User
    ) -> None:
        for act in ("change", "answer", "close"):
            desk.get(page(taken, act=act))
        staff_client(Role.SUPERVISOR).get(page(taken))
        logged = AccessLog.objects.filter(object_kind="fraud.conversation", insured_id=me.pk).order_by("pk")
        assert list(logged.values_list("actor_role", "reason")) == [
            *[("adviser", "conversation avec vous")] * 3,
            ("supervisor", "contrôle hiérarchique d’une conversation"),
        ]

    def test_a_supervisor_reads_it_and_another_adviser_does_not(self, taken: Conversation) -> None:
        assert QUESTION in page_of(staff_client(Role.SUPERVISOR), page(taken))
        others = page_of(staff_client(Role.ADVISER), page(taken))
        assert QUESTION not in others
        assert "Que veut dire franchise ?" not in others
        assert "n’est lu que par le conseiller" in others


class TestWriting:
    def test_an_answer_reaches_the_person(self, taken: Conversation, desk: Client) -> None:
        assert desk.post(page(taken, act="answer"), {"text": "Bonjour."}).status_code == 302
        assert [said.text for said in own_thread(taken)] == [QUESTION, "Bonjour."]

    @pytest.mark.parametrize("name", CANNED)
    def test_a_canned_answer_is_read_before_it_leaves(self, name: str, taken: Conversation, desk: Client) -> None:
        assert (
            desk.get(page(taken, act="answer"), {"modele": name}).context["form"]["text"].value() == CANNED[name].text
        )
        assert taken.messages.count() == 1
        assert len(CANNED[name].text) <= LONGEST_STORY

    @pytest.mark.parametrize("text", ["", "\x07", "x" * (LONGEST_STORY + 1)])
    def test_what_cannot_be_sent_is_kept_and_said(self, text: str, taken: Conversation, desk: Client) -> None:
        refused = desk.post(page(taken, act="answer"), {"text": text})
        assert refused.status_code == 200
        assert "errorlist" in refused.content.decode()
        assert taken.messages.count() == 1

    def test_only_whoever_holds_it_writes(self, taken: Conversation) -> None:
        for role in (Role.ADVISER, Role.SUPERVISOR):
            client = staff_client(role)
            assert client.post(page(taken, act="close")).headers["Location"] == page(taken)
            for act in ("answer", "hand_over"):
                assert client.get(page(taken, act=act)).headers["Location"] == page(taken)
                refused = client.post(page(taken, act=act), {"text": "Bonjour, déjà écrit"}).content.decode()
                assert "Vous ne tenez pas cette conversation" in refused
                assert "Bonjour, déjà écrit</textarea>" in refused  # what was typed is not lost
        taken.refresh_from_db()
        assert taken.status == ConversationStatus.OPEN
        assert taken.messages.count() == 1

    def test_closing_asks_first(self, taken: Conversation, desk: Client) -> None:
        assert "Terminer ?" in page_of(desk, page(taken, act="close"))
        desk.post(page(taken, act="close"))
        taken.refresh_from_db()
        assert taken.status == ConversationStatus.CLOSED
        assert "Transmettre" not in page_of(desk, page(taken))


class TestHandingOver:
    @pytest.fixture
    def report(self, me: InsuredPerson) -> FraudReport:
        return make_report(me, receipt_no="SR000000000017")

    def test_goes_beside_an_open_report(self, me: InsuredPerson, report: FraudReport, desk: Client) -> None:
        talk = ask(me, report_id=report.pk)
        desk.post(TAKE)
        assert "Transmettre aux enquêteurs" in page_of(desk, page(talk))
        desk.post(page(talk, act="hand_over"), {"text": "La facture existe."})
        assert ReportMessage.objects.get().report == report

    def test_is_refused_when_the_report_is_over(self, me: InsuredPerson, report: FraudReport, desk: Client) -> None:
        talk = ask(me, report_id=report.pk)
        desk.post(TAKE)
        report.status, report.withdrawn_at = ReportStatus.WITHDRAWN, talk.asked_at
        report.save()
        assert "Transmettre aux enquêteurs" not in page_of(desk, page(talk))
        refused = desk.post(page(talk, act="hand_over"), {"text": "La facture existe."})
        assert "aucun signalement ouvert" in refused.content.decode()
        assert not ReportMessage.objects.exists()
