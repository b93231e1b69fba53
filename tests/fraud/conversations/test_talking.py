"""A conversation from the queue to the person's word on it: who may do what, what is kept, what is told outside."""

import datetime as dt

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.roles import Role
from ameli_notify.core.walls import as_insured
from fraud.conversations.asking import own_conversation, place_in_queue
from fraud.conversations.enums import ConversationStatus, Satisfaction
from fraud.conversations.hours import hours_fr, is_open, next_opening
from fraud.conversations.models import Conversation, ConversationMessage
from fraud.conversations.talking import (
    MOST_OPEN,
    ConversationError,
    answer,
    close,
    hand_to_investigators,
    leave,
    rate,
    reply,
    take_next,
)
from fraud.conversations.thread import has_unread_answer, own_thread, thread_of
from fraud.intake.following import MessageTextError
from fraud.intake.models import ReportMessage
from fraud.intake.sealed import LONGEST_STORY, open_text
from outreach.notifications.models import MessageTemplate, Notification
from tests.fraud.conversations.rows import QUESTION, ask
from tests.fraud.rows import make_report
from tests.reimbursements.payments.rows import make_person
from tests.staff import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(waiting: Conversation, adviser: User) -> Conversation:
    return take_next(by=adviser)


class TestQueue:
    def test_the_longest_wait_is_served_first(self, waiting: Conversation, adviser: User) -> None:
        second, third = ask(make_person("Deux")), ask(make_person("Trois"))
        assert [place_in_queue(one) for one in (waiting, second, third)] == [1, 2, 3]
        assert take_next(by=adviser) == waiting
        assert [place_in_queue(one) for one in (second, third)] == [1, 2]

    def test_nobody_holds_more_than_the_house_allows(self, adviser: User) -> None:
        for number in range(MOST_OPEN + 1):
            ask(make_person(f"Numéro {number}"))
        taken = [take_next(by=adviser) for _ in range(MOST_OPEN)]
        with pytest.raises(ConversationError, match="terminez-en une"):
            take_next(by=adviser)
        close(taken[0].pk, by=adviser)
        assert take_next(by=adviser).status == ConversationStatus.OPEN

    def test_an_empty_queue_says_so(self, adviser: User) -> None:
        with pytest.raises(ConversationError, match="Personne n’attend"):
            take_next(by=adviser)

    def test_giving_up_leaves_the_queue(self, me: InsuredPerson, waiting: Conversation, adviser: User) -> None:
        leave(waiting.pk, insured_id=me.pk)
        with pytest.raises(ConversationError):
            take_next(by=adviser)
        with pytest.raises(ConversationError, match="déjà enregistré"):
            rate(waiting.pk, satisfaction=Satisfaction.NO, insured_id=me.pk)

    @pytest.mark.parametrize("change", [{"status": "open"}, {"opened_at": timezone.now()}, {"satisfaction": "yes"}])
    def test_the_database_refuses_a_half_taken_one(self, waiting: Conversation, change: dict[str, object]) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Conversation.objects.filter(pk=waiting.pk).update(**change)


class TestTalking:
    def test_both_sides_read_the_whole_thread(self, me: InsuredPerson, taken: Conversation, adviser: User) -> None:
        answer(taken.pk, text="Bonjour.\r\nQuel paiement ?", by=adviser)
        reply(taken.pk, text="Celui du 3.", insured_id=me.pk)
        assert [(said.by, said.text) for said in own_thread(taken)] == [
            ("Vous", QUESTION),
            ("Le conseiller", "Bonjour.\nQuel paiement ?"),
            ("Vous", "Celui du 3."),
        ]
        assert [said.is_new for said in thread_of(taken)] == [False, False, True]

    @pytest.mark.parametrize("text", ["", " \n ", "x" * (LONGEST_STORY + 1)])
    def test_an_empty_or_endless_message_is_refused(
        self, text: str, me: InsuredPerson, taken: Conversation, adviser: User
    ) -> None:
        with pytest.raises(MessageTextError):
            answer(taken.pk, text=text, by=adviser)
        with pytest.raises(MessageTextError):
            reply(taken.pk, text=text, insured_id=me.pk)
        assert taken.messages.count() == 1

    def test_only_its_adviser_and_its_person_write(self, taken: Conversation) -> None:
        other, stranger = make_staff("agent-autre", role=Role.ADVISER), make_person("Autre")
        with pytest.raises(ConversationError):
            answer(taken.pk, text="Bonjour", by=other)
        with pytest.raises(ConversationError):
            close(taken.pk, by=other)
        with pytest.raises(ConversationError):
            reply(taken.pk, text="Bonjour", insured_id=stranger.pk)
        with pytest.raises(ConversationError):
            leave(taken.pk, insured_id=stranger.pk)

    def test_outside_a_message_only_waits_and_is_told_once(
        self, me: InsuredPerson, taken: Conversation, adviser: User
    ) -> None:
        answer(taken.pk, text="Une réponse secrète", by=adviser)
        answer(taken.pk, text="Encore un mot", by=adviser)
        sent = Notification.objects.get(insured_id=me.pk)
        assert MessageTemplate.objects.get(pk=sent.template_id or 0).kind == "message-waiting"
        reply(taken.pk, text="Merci", insured_id=me.pk)
        answer(taken.pk, text="Je vous en prie", by=adviser)
        assert Notification.objects.filter(insured_id=me.pk).count() == 2

    def test_what_was_said_is_sealed_and_stays(self, taken: Conversation) -> None:
        assert QUESTION.encode() not in bytes(ConversationMessage.objects.get().text_sealed)
        for sql in ("UPDATE fraud_conversationmessage SET text_sealed = ''", "DELETE FROM fraud_conversationmessage"):
            with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)

    def test_goes_to_the_investigators_beside_the_report(self, adviser: User) -> None:
        person = make_person("Trois")
        report = make_report(person, receipt_no="SR000000000017")
        talk = ask(person, report_id=report.pk)
        take_next(by=adviser)
        hand_to_investigators(talk.pk, text="La personne a la facture.", by=adviser)
        message = ReportMessage.objects.get()
        assert (message.report_id, message.written_by) == (report.pk, adviser)
        assert open_text(message).endswith("La personne a la facture.")

    def test_nothing_to_hand_over_without_a_report(self, taken: Conversation, adviser: User) -> None:
        with pytest.raises(ConversationError, match="aucun signalement"):
            hand_to_investigators(taken.pk, text="Un mot", by=adviser)


class TestEnd:
    def test_is_rated_once_and_only_when_over(self, me: InsuredPerson, taken: Conversation, adviser: User) -> None:
        with pytest.raises(ConversationError):
            rate(taken.pk, satisfaction=Satisfaction.YES, insured_id=me.pk)
        close(taken.pk, by=adviser)
        with pytest.raises(ConversationError):
            rate(taken.pk, satisfaction=Satisfaction.YES, insured_id=make_person("Autre").pk)
        assert rate(taken.pk, satisfaction=Satisfaction.PARTLY, insured_id=me.pk).rated_at is not None
        with pytest.raises(ConversationError, match="déjà enregistré"):
            rate(taken.pk, satisfaction=Satisfaction.YES, insured_id=me.pk)
        with pytest.raises(ConversationError, match="terminée"):
            reply(taken.pk, text="Encore", insured_id=me.pk)

    def test_who_asks_anew_has_read_what_was_said(self, me: InsuredPerson, taken: Conversation, adviser: User) -> None:
        answer(taken.pk, text="Au revoir", by=adviser)
        close(taken.pk, by=adviser)
        assert has_unread_answer(me.pk)
        ask(me)
        assert not has_unread_answer(me.pk)


class TestWall:
    def test_a_person_reads_their_own_messages_in_sql_and_not_who_answers(
        self, me: InsuredPerson, taken: Conversation, adviser: User
    ) -> None:
        theirs = ask(make_person("Autre"))
        answer(taken.pk, text="Bonjour", by=adviser)
        with as_insured(me.pk), connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT conversation_id FROM fraud_conversationmessage")
            assert cursor.fetchall() == [(taken.pk,)]
            cursor.execute("SELECT satisfaction FROM fraud_conversation")
            assert len(cursor.fetchall()) == 1
        assert own_conversation(theirs.insured_id) == theirs
        for column, table in (("written_by_id", "conversationmessage"), ("adviser_id", "conversation")):
            with pytest.raises(ProgrammingError), as_insured(me.pk), connection.cursor() as cursor:
                cursor.execute(f"SELECT {column} FROM fraud_{table}")


PARIS = dt.timezone(dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (dt.datetime(2026, 11, 23, 8, 29, tzinfo=PARIS), False),
        (dt.datetime(2026, 11, 23, 8, 30, tzinfo=PARIS), True),
        (dt.datetime(2026, 11, 23, 17, 29, tzinfo=PARIS), True),
        (dt.datetime(2026, 11, 23, 17, 30, tzinfo=PARIS), False),
        (dt.datetime(2026, 11, 22, 12, 0, tzinfo=PARIS), False),  # a Sunday
        (dt.datetime(2026, 11, 11, 12, 0, tzinfo=PARIS), False),  # a public holiday
        (dt.datetime(2026, 7, 1, 6, 30, tzinfo=dt.UTC), True),  # summer time: 8.30 in Paris
    ],
)
def test_opening_hours_are_those_of_paris(now: dt.datetime, expected: bool) -> None:
    assert is_open(now) is expected
    assert ("ne répondent pas" in hours_fr(now)) is not expected


def test_after_a_holiday_and_before_opening() -> None:
    assert next_opening(dt.datetime(2026, 11, 10, 18, 0, tzinfo=PARIS)) == dt.date(2026, 11, 12)
    assert next_opening(dt.datetime(2026, 11, 12, 7, 0, tzinfo=PARIS)) == dt.date(2026, 11, 12)
    assert "jeudi 12\u00a0novembre\u00a02026 à 8\u00a0h\u00a030" in hours_fr(
        dt.datetime(2026, 11, 10, 18, 0, tzinfo=PARIS)
    )
