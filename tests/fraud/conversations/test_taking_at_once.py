"""Advisers who take at the same moment, each on a connection of their own: nobody is taken twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.conversations.models import Conversation
from fraud.conversations.talking import MOST_OPEN, ConversationError, take_next
from tests.fraud.conversations.rows import ask
from tests.reimbursements.payments.rows import make_person
from tests.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)


def take_at_once(advisers: list[User]) -> list[int | None]:
    """Each in a thread, started together: what each took, None for who was refused."""
    gate = Barrier(len(advisers))

    def take(adviser: User) -> int | None:
        try:
            gate.wait(timeout=10)
            return take_next(by=adviser).pk
        except ConversationError:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(advisers)) as pool:
        return list(pool.map(take, advisers))


def test_no_conversation_is_taken_twice() -> None:
    waiting = {ask(make_person(f"Numéro {number}")).pk for number in range(3)}
    advisers = [make_staff(f"agent-{number}", role=Role.ADVISER) for number in range(5)]
    taken = take_at_once(advisers)
    found = [pk for pk in taken if pk is not None]
    assert sorted(found) == sorted(waiting)
    assert taken.count(None) == 2
    assert {pk: adviser.pk for pk, adviser in zip(taken, advisers, strict=True) if pk} == dict(
        Conversation.objects.values_list("pk", "adviser_id")
    )


def test_two_windows_of_one_adviser_stay_under_the_cap() -> None:
    adviser = make_staff("agent-seul", role=Role.ADVISER)
    for number in range(MOST_OPEN + 3):
        ask(make_person(f"Numéro {number}"))
    for _ in range(MOST_OPEN - 1):
        take_next(by=adviser)
    assert take_at_once([adviser] * 3).count(None) == 2
    assert Conversation.objects.filter(adviser=adviser).count() == MOST_OPEN
