"""How conversations went, for supervisors: what is about few people is hidden and cannot be computed."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.conversations.enums import Satisfaction, TransferReason
from fraud.conversations.figures import by_month
from fraud.conversations.models import Conversation
from fraud.conversations.talking import close, rate, take_next
from fraud.conversations.transferring import give_back
from tests.fraud.conversations.rows import ask
from tests.reimbursements.payments.rows import make_person, page_of
from tests.staff import client_of, make_staff

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:fraud_conversation_figures")
ASKED_AT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
TODAY = dt.date(2026, 4, 15)


@pytest.fixture
def agent(db: None) -> User:
    return make_staff("agent-chiffres", role=Role.ADVISER)


def talk(agent: User, *, minutes: int | None, said: str = "", asked_at: dt.datetime = ASKED_AT) -> Conversation:
    """Somebody who waited so long, or was never answered, and what they said of it."""
    person = make_person(f"Numéro {Conversation.objects.count()}")
    asked = ask(person)
    Conversation.objects.filter(pk=asked.pk).update(asked_at=asked_at)
    if minutes is None:
        return asked
    with time_machine.travel(asked_at + dt.timedelta(minutes=minutes), tick=False):
        take_next(by=agent)
        close(asked.pk, by=agent)
        if said:
            rate(asked.pk, satisfaction=Satisfaction(said), insured_id=person.pk)
    return asked


def test_waits_and_shares_of_a_month(agent: User) -> None:
    for minutes in range(1, 11):
        talk(agent, minutes=minutes, said="yes" if minutes <= 5 else "partly")
    (row,) = by_month(today=TODAY)
    assert (row.month, row.asked, row.answered, row.rated) == (dt.date(2026, 3, 1), 10, 10, 10)
    assert (row.median_minutes, row.p90_minutes) == (6, 9)  # 5.5 and 9.1
    assert list(row.shares_pct.values()) == [50, 50, 0]


def test_who_was_never_answered_counts_as_asking_only(agent: User) -> None:
    for _ in range(5):
        talk(agent, minutes=10)
    talk(agent, minutes=None)
    (row,) = by_month(today=TODAY)
    assert (row.asked, row.answered, row.median_minutes) == (6, 5, 10)
    assert row.rated is None


def test_the_wait_ends_with_the_first_adviser(agent: User) -> None:
    for _ in range(4):
        talk(agent, minutes=10)
    asked = ask(make_person("Rendue"))
    Conversation.objects.filter(pk=asked.pk).update(asked_at=ASKED_AT)
    with time_machine.travel(ASKED_AT + dt.timedelta(minutes=10), tick=False):
        take_next(by=agent)
    with time_machine.travel(ASKED_AT + dt.timedelta(hours=9), tick=False):
        give_back(asked.pk, reason=TransferReason.GIVEN_BACK, by=agent)
        take_next(by=agent)
    (row,) = by_month(today=TODAY)
    assert (row.answered, row.p90_minutes) == (5, 10)


@pytest.mark.parametrize(
    ("answers", "shares"),
    [
        (["yes"] * 4, [None, None, None]),  # fewer than five people said something
        (["yes"] * 12 + ["partly"] * 8 + ["no"] * 5, [48, 32, 20]),
        (["yes"] * 12 + ["partly"] * 8 + ["no"] * 2, [55, None, None]),  # the two small ones hide each other
        (["yes"] * 12 + ["no"] * 2, [None, 0, None]),
        (["yes"] * 12 + ["partly"] * 3 + ["no"] * 2, [71, None, None]),
        (["no"] * 6, [0, 0, 100]),
    ],
    ids=["few", "many", "one small", "one of two", "two small", "all the same"],
)
def test_a_small_share_is_hidden_with_what_would_give_it_away(
    answers: list[str], shares: list[int | None], agent: User
) -> None:
    for said in answers:
        talk(agent, minutes=1, said=said)
    (row,) = by_month(today=TODAY)
    assert list(row.shares_pct.values()) == shares
    assert row.rated == (len(answers) if len(answers) >= 5 else None)


def test_months_are_those_of_paris_and_twelve(agent: User) -> None:
    for asked_at in (
        dt.datetime(2026, 3, 31, 22, 30, tzinfo=dt.UTC),  # 1 April in Paris
        dt.datetime(2025, 4, 30, 21, 59, tzinfo=dt.UTC),  # 30 April: a month too old
        dt.datetime(2025, 4, 30, 22, 1, tzinfo=dt.UTC),  # 1 May
    ):
        talk(agent, minutes=None, asked_at=asked_at)
    assert [row.month for row in by_month(today=TODAY)] == [dt.date(2026, 4, 1), dt.date(2025, 5, 1)]


def test_the_page_is_for_supervisors_and_hides_what_is_small(agent: User) -> None:
    now = timezone.now()
    for _ in range(3):
        talk(agent, minutes=1, said="no", asked_at=now)
    lead = client_of(make_staff("supervision", role=Role.SUPERVISOR))
    shown = page_of(lead, PAGE)
    assert shown.count("masqué</td>") + shown.count("masqué\n") >= 7
    assert "Délais et satisfaction" in page_of(lead, reverse("admin:fraud_conversation_changelist"))
    assert client_of(agent).get(PAGE).status_code == 403
    assert "Délais et satisfaction" not in page_of(client_of(agent), reverse("admin:fraud_conversation_changelist"))


def test_an_empty_house_has_an_empty_table(db: None) -> None:
    lead = client_of(make_staff("supervision", role=Role.SUPERVISOR))
    assert "Personne n’a demandé de conseiller." in page_of(lead, PAGE)
