"""Conversations that change hands: back to the queue at the front, or to another adviser; each change is logged."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access.models import AccessLog
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.conversations.asking import own_conversation, place_in_queue
from fraud.conversations.enums import ConversationStatus, TransferReason
from fraud.conversations.models import Conversation
from fraud.conversations.talking import MOST_OPEN, ConversationError, answer, close, leave, reply, take_next
from fraud.conversations.tasks import cover_absences
from fraud.conversations.transfer_models import ConversationTransfer
from fraud.conversations.transferring import give_back, transfer
from fraud.staffing.models import Absence
from tests.accounts.insured import make_account, make_nir, signed_in
from tests.fraud.conversations.rows import QUESTION, ask
from tests.reimbursements.payments.rows import make_person, page_of
from tests.staff import client_of, make_staff

pytestmark = pytest.mark.django_db
INBOX = reverse("admin:fraud_conversation_changelist")


@pytest.fixture
def colleague(db: None) -> User:
    return make_staff("agent-collegue", role=Role.ADVISER)


@pytest.fixture
def supervisor(db: None) -> User:
    return make_staff("agent-supervision", role=Role.SUPERVISOR)


@pytest.fixture
def held(waiting: Conversation, adviser: User) -> Conversation:
    return take_next(by=adviser)


def page(conversation: Conversation, act: str = "change") -> str:
    return reverse(f"admin:fraud_conversation_{act}", args=[conversation.pk])


def away_today(user: User) -> Absence:
    today = timezone.localdate()
    return Absence.objects.create(investigator=user, starts_on=today, ends_on=today)


class TestGivingBack:
    def test_the_person_is_first_again_and_nothing_is_lost(
        self, held: Conversation, adviser: User, colleague: User
    ) -> None:
        others = [ask(make_person(f"Numéro {number}")) for number in range(3)]
        answer(held.pk, text="Un instant.", by=adviser)
        back = give_back(held.pk, reason=TransferReason.GIVEN_BACK, by=adviser)
        assert (back.status, back.adviser, back.opened_at) == (ConversationStatus.WAITING, None, None)
        assert back.first_opened_at == held.first_opened_at  # the waiting had ended then
        assert [place_in_queue(one) for one in (back, *others)] == [1, 2, 3, 4]
        assert take_next(by=colleague) == held
        assert held.messages.count() == 2
        logged = ConversationTransfer.objects.get()
        assert (logged.from_adviser, logged.to_adviser, logged.transferred_by) == (adviser, None, adviser)

    def test_only_what_is_open_goes_back(self, waiting: Conversation, adviser: User) -> None:
        with pytest.raises(ConversationError, match="plus en cours"):
            give_back(waiting.pk, reason=TransferReason.GIVEN_BACK, by=adviser)
        take_next(by=adviser)
        close(waiting.pk, by=adviser)
        with pytest.raises(ConversationError, match="plus en cours"):
            give_back(waiting.pk, reason=TransferReason.GIVEN_BACK, by=adviser)
        assert not ConversationTransfer.objects.exists()

    def test_its_adviser_answers_no_more_and_the_person_goes_on_writing(
        self, held: Conversation, adviser: User, me: InsuredPerson
    ) -> None:
        give_back(held.pk, reason=TransferReason.GIVEN_BACK, by=adviser)
        with pytest.raises(ConversationError):
            answer(held.pk, text="Encore moi.", by=adviser)
        reply(held.pk, text="J’attends.", insured_id=me.pk)
        assert leave(held.pk, insured_id=me.pk).status == ConversationStatus.CLOSED

    def test_the_person_reads_that_somebody_else_will_answer(self, adviser: User, reference_data: None) -> None:
        account = make_account(make_nir(501))
        talk = ask(account.insured)
        browser, address = signed_in(make_nir(501)), reverse("adviser")
        take_next(by=adviser)
        give_back(talk.pk, reason=TransferReason.ABSENCE, by=None)
        shown = page_of(browser, address)
        assert "Un autre conseiller va vous répondre" in shown
        assert "Vous gardez votre place" in shown
        own = own_conversation(account.insured.pk)
        assert own is not None
        assert own.returned_at is not None


class TestTransferring:
    def test_another_adviser_goes_on(
        self, held: Conversation, adviser: User, colleague: User, supervisor: User
    ) -> None:
        transfer(held.pk, to=colleague, by=supervisor)
        answer(held.pk, text="Je prends la suite.", by=colleague)
        with pytest.raises(ConversationError):
            answer(held.pk, text="Encore moi.", by=adviser)
        logged = ConversationTransfer.objects.get()
        assert (logged.from_adviser, logged.to_adviser, logged.transferred_by, logged.reason) == (
            adviser, colleague, supervisor, "supervision",
        )  # fmt: skip

    def test_is_refused_to_whoever_cannot_take_it(
        self, held: Conversation, adviser: User, colleague: User, supervisor: User
    ) -> None:
        def refusal(to: User) -> str:
            with pytest.raises(ConversationError) as raised:
                transfer(held.pk, to=to, by=supervisor)
            return str(raised.value)

        assert "tient déjà" in refusal(adviser)
        assert "ne répond pas" in refusal(make_staff("enquete"))
        absence = away_today(colleague)
        assert "absente" in refusal(colleague)
        absence.delete()
        for number in range(MOST_OPEN):
            ask(make_person(f"Numéro {number}"))
            take_next(by=colleague)
        assert "le maximum" in refusal(colleague)
        assert not ConversationTransfer.objects.exists()

    def test_the_log_only_grows_and_says_who(self, held: Conversation, adviser: User, colleague: User) -> None:
        give_back(held.pk, reason=TransferReason.ABSENCE, by=None)
        row = ConversationTransfer.objects.get()
        for change in (lambda: ConversationTransfer.objects.update(reason="supervision"), row.delete):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                change()
        for wrong in ({"to_adviser": adviser}, {"reason": "supervision"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                ConversationTransfer.objects.create(
                    **{"conversation": held, "from_adviser": adviser, "reason": "absence", **wrong}
                )


class TestAbsences:
    def test_what_an_absent_adviser_holds_goes_back_by_itself(
        self, held: Conversation, adviser: User, colleague: User
    ) -> None:
        ask(make_person("Deux"))
        kept = take_next(by=colleague)
        tomorrow = timezone.localdate() + dt.timedelta(days=1)
        planned = Absence.objects.create(investigator=adviser, starts_on=tomorrow, ends_on=tomorrow)
        assert cover_absences() == 0
        planned.delete()
        away_today(adviser)
        assert cover_absences() == 1
        assert cover_absences() == 0
        held.refresh_from_db()
        kept.refresh_from_db()
        assert (held.status, kept.status) == ("waiting", "open")
        logged = ConversationTransfer.objects.get()
        assert (logged.reason, logged.transferred_by) == ("absence", None)

    def test_also_of_whoever_left_the_house(self, held: Conversation, adviser: User) -> None:
        User.objects.filter(pk=adviser.pk).update(is_active=False)
        assert cover_absences() == 1

    def test_whoever_is_away_takes_nobody(self, waiting: Conversation, adviser: User) -> None:
        away_today(adviser)
        with pytest.raises(ConversationError, match="noté absent"):
            take_next(by=adviser)


class TestPages:
    def test_a_supervisor_gives_it_to_somebody_else(
        self, held: Conversation, adviser: User, colleague: User, supervisor: User
    ) -> None:
        lead = client_of(supervisor)
        assert "Confier à un autre conseiller" in page_of(lead, page(held))
        asked = page_of(lead, page(held, "transfer"))
        assert f"{colleague.username} : 0 en cours, {MOST_OPEN} au plus" in asked
        assert f"{adviser.username} : " not in asked  # who has it already
        told = lead.post(page(held, "transfer"), {"adviser": colleague.pk}, follow=True).content.decode()
        assert "La conversation est confiée." in told
        assert f"de {adviser.username}" in told  # the changes of hands are on its page
        held.refresh_from_db()
        assert held.adviser == colleague
        assert QUESTION in page_of(client_of(colleague), page(held))

    def test_a_form_out_of_date_says_why(self, held: Conversation, adviser: User, supervisor: User) -> None:
        lead = client_of(supervisor)
        give_back(held.pk, reason=TransferReason.GIVEN_BACK, by=adviser)
        told = lead.post(page(held, "transfer"), {"adviser": supervisor.pk})
        assert "n’est plus en cours" in told.content.decode()
        assert lead.get(page(held, "transfer")).status_code == 302

    def test_whoever_holds_it_gives_it_back_after_asking(self, held: Conversation, adviser: User) -> None:
        desk = client_of(adviser)
        assert "en tête de la file" in page_of(desk, page(held, "give_back"))
        assert not ConversationTransfer.objects.exists()
        desk.post(page(held, "give_back"))
        assert ConversationTransfer.objects.get().reason == "given-back"
        assert "Vous ne tenez pas" in desk.post(page(held, "give_back"), follow=True).content.decode()

    def test_another_adviser_does_neither(self, held: Conversation, colleague: User) -> None:
        desk = client_of(colleague)
        assert desk.post(page(held, "give_back")).status_code == 302
        assert desk.post(page(held, "transfer"), {"adviser": colleague.pk}).status_code == 403
        assert "Rendre à la file" not in page_of(desk, page(held))
        assert not ConversationTransfer.objects.exists()

    def test_several_at_once_each_with_its_answer(self, held: Conversation, supervisor: User, adviser: User) -> None:
        other = ask(make_person("Deux"))
        lead, data = client_of(supervisor), {"action": "give_back_chosen", "_selected_action": [held.pk, other.pk]}
        assert f"conversation {held.pk}, en cours" in lead.post(INBOX, data).content.decode()
        told = lead.post(INBOX, {**data, "confirmed": "oui"}, follow=True).content.decode()
        assert "Conversations rendues à la file : 1." in told
        assert f"Conversation {other.pk} : Cette conversation n’est plus en cours" in told
        desk = client_of(adviser)
        assert "give_back_chosen" not in page_of(desk, INBOX)

    def test_the_reading_of_a_supervisor_is_logged(self, held: Conversation, supervisor: User) -> None:
        page_of(client_of(supervisor), page(held, "transfer"))
        reason = AccessLog.objects.get(object_kind="fraud.conversation").reason
        assert reason == "contrôle hiérarchique d’une conversation"


class TestNews:
    def test_the_adviser_is_told_until_they_say_they_read_it(
        self, held: Conversation, adviser: User, me: InsuredPerson, supervisor: User
    ) -> None:
        desk = client_of(adviser)
        assert "1 réponse nouvelle dans vos conversations" in page_of(desk, reverse("admin:index"))
        listing = page_of(desk, f"{INBOX}?vue=nouvelles")
        assert page(held) in listing
        assert "réponse nouvelle dans" not in page_of(client_of(supervisor), INBOX)
        assert "J’ai lu ces messages" in page_of(desk, page(held))
        assert client_of(supervisor).post(page(held, "read")).status_code == 302
        assert "1 réponse nouvelle" in page_of(desk, INBOX)  # only its adviser's reading counts
        desk.post(page(held, "read"))
        assert "réponse nouvelle" not in page_of(desk, INBOX).replace("Réponses nouvelles", "")
        reply(held.pk, text="Et aussi ceci.", insured_id=me.pk)
        reply(held.pk, text="Et encore.", insured_id=me.pk)
        assert "2 réponses nouvelles" in page_of(desk, INBOX)
        answer(held.pk, text="Voici.", by=adviser)
        assert "2 réponses nouvelles" not in page_of(desk, INBOX)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def both(self, *acts: Callable[[], object]) -> list[object]:
        gate = Barrier(len(acts))

        def run(act: Callable[[], object]) -> object:
            try:
                gate.wait(timeout=10)
                return act()
            except ConversationError as error:
                return error
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    def test_the_house_gives_back_once_what_two_jobs_see(self, held: Conversation, adviser: User) -> None:
        away_today(adviser)
        assert sorted(map(str, self.both(cover_absences, cover_absences))) == ["0", "1"]
        assert ConversationTransfer.objects.count() == 1

    def test_giving_back_and_ending_leave_one_of_the_two(self, held: Conversation, adviser: User) -> None:
        results = self.both(
            lambda: give_back(held.pk, reason=TransferReason.GIVEN_BACK, by=adviser),
            lambda: close(held.pk, by=adviser),
        )
        held.refresh_from_db()
        assert sum(isinstance(one, ConversationError) for one in results) == 1
        assert (held.status == "closed") != ConversationTransfer.objects.exists()

    def test_two_supervisors_give_it_to_one_adviser_at_most_as_full_as_may_be(
        self, adviser: User, colleague: User, supervisor: User
    ) -> None:
        for number in range(MOST_OPEN - 1):
            ask(make_person(f"À {number}"))
            take_next(by=colleague)
        moved = []
        for number in range(2):
            ask(make_person(f"De {number}"))
            moved.append(take_next(by=adviser))
        ask(make_person("Qui attend"))
        results = self.both(
            *(lambda talk=talk: transfer(talk.pk, to=colleague, by=supervisor) for talk in moved),
            lambda: take_next(by=colleague),
        )
        assert sum(isinstance(one, ConversationError) for one in results) == 2
        assert Conversation.objects.filter(adviser=colleague, status="open").count() == MOST_OPEN


def test_a_client_is_needed_for_nothing_of_it(client: Client, held: Conversation) -> None:
    for act in ("give_back", "transfer", "read"):
        assert client.post(page(held, act)).status_code == 302
    held.refresh_from_db()
    assert held.status == "open"
