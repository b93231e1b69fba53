"""What an open page of a conversation asks every few seconds: nothing new costs nothing, nothing is marked by it."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access.models import AccessLog
from accounts.identity.middleware import PASSIVE_PATHS
from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.conversations.models import Conversation, ConversationMessage
from fraud.conversations.talking import answer, close, reply, take_next
from tests.fraud.conversations.rows import ask
from tests.reimbursements.payments.rows import make_person, page_of, sign_in
from tests.staff import client_of, make_staff

PAGE = "/mon-espace/conseiller/"


@pytest.fixture
def mine(me: InsuredPerson) -> Client:
    return sign_in(me)


@pytest.fixture
def talked(waiting: Conversation, adviser: User) -> Conversation:
    take_next(by=adviser)
    answer(waiting.pk, text="Quel paiement ?", by=adviser)
    waiting.refresh_from_db()
    return waiting


def asked_by(page: str, *, shown: int) -> str:
    """The address that the page's script asks, showing so many messages."""
    found = re.search(r'data-conversation="([^"]+)"', page)
    assert found is not None
    return f"{unescape(found[1])}{shown}"


def test_the_person_gets_what_is_new_and_nothing_is_marked_by_it(
    mine: Client, talked: Conversation, adviser: User
) -> None:
    address = asked_by(page_of(mine, PAGE), shown=2)
    assert mine.get(address).status_code == 204
    answer(talked.pk, text="Êtes-vous encore là ?", by=adviser)
    fresh = mine.get(address)
    assert fresh.status_code == 200
    assert "Êtes-vous encore là ?" in fresh.content.decode()
    assert "J’ai lu" in fresh.content.decode()
    assert not ConversationMessage.objects.filter(read_at__isnull=False, author="adviser").exists()


def test_the_queue_moves_on_an_open_page(me: InsuredPerson, adviser: User) -> None:
    ask(make_person("Avant"))
    ask(me)
    mine = sign_in(me)
    address = asked_by(page_of(mine, PAGE), shown=1)
    assert mine.get(address).status_code == 204
    take_next(by=adviser)
    assert "Vous êtes la prochaine personne" in mine.get(address).content.decode()


def test_the_end_is_another_state(mine: Client, talked: Conversation, adviser: User) -> None:
    address = asked_by(page_of(mine, PAGE), shown=2)
    close(talked.pk, by=adviser)
    assert f'data-state="closed-{talked.pk}"' in mine.get(address).content.decode()


def test_nobody_elses(me: InsuredPerson, talked: Conversation) -> None:
    stranger = sign_in(make_person("Autre"))
    assert stranger.get(reverse("adviser-said")).status_code == 404


def test_the_adviser_reads_and_is_logged_only_when_something_is_new(
    me: InsuredPerson, talked: Conversation, adviser: User
) -> None:
    client = client_of(adviser)
    own = reverse("admin:fraud_conversation_change", args=[talked.pk])
    address = asked_by(client.get(own).content.decode(), shown=2)
    logged = AccessLog.objects.filter(actor_id=adviser.pk, object_kind="fraud.conversation", insured_id=me.pk)
    before = logged.count()
    assert client.get(address).status_code == 204
    assert logged.count() == before
    reply(talked.pk, text="Celui du 3 mars.", insured_id=me.pk)
    fresh = client.get(address).content.decode()
    assert "Celui du 3 mars." in fresh
    assert logged.count() == before + 1
    assert ConversationMessage.objects.get(author="insured", read_at=None).conversation_id == talked.pk
    answering = client.get(reverse("admin:fraud_conversation_answer", args=[talked.pk])).content.decode()
    assert "conversation.js" in answering, "new words come while one writes, too"


def test_no_other_member_of_the_staff_listens(talked: Conversation, adviser: User) -> None:
    address = f"{reverse('admin:fraud_conversation_said')}?de={talked.pk}&etat=&lus=0"
    for role in (Role.ADVISER, Role.SUPERVISOR, Role.INVESTIGATOR):
        assert client_of(make_staff(f"autre-{role}", role=role)).get(address).status_code == 403
    close(talked.pk, by=adviser)
    assert client_of(adviser).get(address).status_code == 403
    assert client_of(adviser).get(reverse("admin:fraud_conversation_said"), {"de": "x"}).status_code == 404


def test_asking_keeps_no_session_alive() -> None:
    assert {reverse("adviser-said"), reverse("admin:fraud_conversation_said")} <= set(PASSIVE_PATHS)
