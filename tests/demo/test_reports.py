"""The reports of the demo: made as people make them, seen by whom they concern, on both sides."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.people.models import InsuredPerson, LongTermCondition
from accounts.staff.models import User
from accounts.staff.roles import Role
from ameli_notify.demo.reports import NEIGHBOURS, make_reports
from ameli_notify.demo.residents import settle_in
from ameli_notify.demo.staff import investigator, open_accounts, read_colleagues, write_colleagues
from fraud.cases.decision_models import CaseAmount, CaseParameter, LegalBasis
from fraud.cases.enums import CaseStatus
from fraud.cases.models import FraudCase
from fraud.cases.starting_rules import add_starting_rules
from fraud.conversations.models import Conversation
from fraud.intake.models import FraudReport
from fraud.replies.models import RightOfReply
from reimbursements.explanations.loading import forget_book
from reimbursements.explanations.payees import INTEGRAL_THIRD_PARTY
from reimbursements.lines.models import ReimbursementLine
from reimbursements.reference.services import load_reference_data
from tests.accounts.insured import make_nir, make_person
from tests.reimbursements.payments.rows import make_child, page_of, pay
from tests.staff import client_of

pytestmark = pytest.mark.django_db
DOCTOR = 10000000012


@pytest.fixture
def town() -> Iterator[list[InsuredPerson]]:
    """Residents with some weeks of payments, and patients of one doctor."""
    load_reference_data()
    forget_book()
    add_starting_rules(CaseParameter.objects, LegalBasis.objects)
    today = timezone.localdate()
    people = [make_person(make_nir(number), email="", mobile=f"+3363998{number:04d}") for number in range(1, 8)]
    for person in people:
        for week in range(4):
            pay(person, on=today - dt.timedelta(weeks=week), payee=INTEGRAL_THIRD_PARTY)
    LongTermCondition.objects.create(insured=people[0], code=8)
    pay(people[1], on=today, is_confidential=True, payee=INTEGRAL_THIRD_PARTY)
    pay(people[2], to=make_child(people[2]), on=today)
    ReimbursementLine.objects.update(performer_rpps=DOCTOR)
    yield people
    forget_book()


@pytest.fixture
def agent(town: list[InsuredPerson], tmp_path: Path) -> User:
    settle_in()
    colleagues = open_accounts()
    write_colleagues(colleagues, folder=tmp_path)
    assert read_colleagues(tmp_path) == colleagues
    return investigator()


def test_there_is_a_queue_worth_looking_at(agent: User) -> None:
    sent = make_reports(agent)
    reports = FraudReport.objects.sent()
    assert reports.count() == sent > NEIGHBOURS
    assert len(set(reports.values_list("motive", flat=True))) > 1
    assert len(set(reports.values_list("severity", flat=True))) > 1
    assert FraudReport.objects.drafts().exists()
    assert FraudCase.objects.filter(status=CaseStatus.NEW).exists()
    held = FraudCase.objects.get(status=CaseStatus.CONTRADICTORY)
    assert held.assignments.get(ended_at=None).investigator == agent
    assert set(CaseAmount.objects.filter(case=held).values_list("kind", flat=True)) == {"presumed", "notified"}
    assert RightOfReply.objects.filter(case=held).exists()
    assert FraudCase.objects.filter(status=CaseStatus.WAITING_INSURED).exists()
    assert Conversation.objects.filter(status="waiting").count() == 1


def test_several_patients_of_one_professional_say_the_same(agent: User) -> None:
    make_reports(agent)
    same = FraudReport.objects.sent().filter(motive="acte-non-realise", lines__performer_rpps=DOCTOR)
    assert len(set(same.values_list("insured_id", flat=True))) >= NEIGHBOURS


def test_both_sides_see_it(agent: User, town: list[InsuredPerson]) -> None:
    make_reports(agent)
    shown = page_of(client_of(agent), reverse("admin:fraud_fraudcase_changelist"))
    assert FraudCase.objects.get(status=CaseStatus.CONTRADICTORY).number in shown
    adviser = client_of(User.objects.get(username="conseillere"))
    assert "Personne n’attend" not in page_of(adviser, reverse("admin:fraud_conversation_changelist"))


def test_a_town_without_payments_has_nothing_to_report(db: None) -> None:
    load_reference_data()
    forget_book()
    open_accounts()
    assert User.objects.filter(groups__name=Role.ADVISER).count() == 1
    assert make_reports(investigator()) == 0
