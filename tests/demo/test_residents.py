"""The people of the demo: chosen for what there is to see, with accounts that really open."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.identity.devices import CodeDevice
from accounts.identity.models import InsuredAccount
from accounts.people.contacts import NBSP
from accounts.people.models import InsuredPerson, LongTermCondition
from ameli_notify.demo.guide import WaysIn, guide
from ameli_notify.demo.residents import NEWCOMER, read_residents, settle_in, write_residents
from ameli_notify.demo.staff import Colleagues
from reimbursements.explanations.loading import forget_book
from reimbursements.explanations.payees import INTEGRAL_THIRD_PARTY
from reimbursements.reference.services import load_reference_data
from tests.accounts.insured import make_nir, make_person
from tests.reimbursements.payments.rows import pay

pytestmark = pytest.mark.django_db


def neighbour(number: int, **changes: object) -> InsuredPerson:
    person = make_person(make_nir(number), email="", mobile=f"+3363998{number:04d}")
    for name, value in changes.items():
        setattr(person, name, value)
    person.save()
    return person


@pytest.fixture(autouse=True)
def _reference_data(db: None) -> Iterator[None]:
    load_reference_data()
    forget_book()
    yield
    forget_book()


@pytest.fixture
def street() -> dict[str, InsuredPerson]:
    """One of each kind, and people who must not be chosen although they have more to show."""
    today = timezone.localdate()
    found = {
        "parent": neighbour(1),
        "ill": neighbour(2),
        "secret": neighbour(3),
        "new": neighbour(4),
    }
    child = neighbour(5, policyholder=found["parent"], born_on=dt.date(today.year - 9, 1, 31), has_mobile=False)
    pay(found["parent"], to=child, on=today)
    LongTermCondition.objects.create(insured=found["ill"], code=8)
    pay(found["ill"], on=today)
    pay(found["secret"], on=today, payee=INTEGRAL_THIRD_PARTY)
    pay(found["secret"], on=today, is_confidential=True)
    pay(found["new"], on=today)
    unfit = [
        neighbour(6, died_on=today),
        neighbour(7, is_contact_protected=True),
        neighbour(8, has_mobile=False),
        neighbour(9, born_on=None),
    ]
    for person in unfit:
        for _ in range(5):
            pay(person, on=today)
    return found


def test_each_stands_for_something(street: dict[str, InsuredPerson]) -> None:
    found = settle_in()
    assert [resident.nir for resident in found] == [make_nir(number) for number in range(1, 5)]
    assert [bool(resident.password) for resident in found] == [True, True, True, False]
    assert found[-1].who == NEWCOMER
    assert (found[-1].birth_date, found[-1].postcode) == ("31 07 1985", "75011")
    assert found[-1].codes_to.endswith(f"00{NBSP}04")


def test_their_accounts_open_and_the_last_one_has_none(street: dict[str, InsuredPerson]) -> None:
    found = settle_in()
    for key, resident in zip(("parent", "ill", "secret"), found, strict=False):
        account = InsuredAccount.objects.get(insured=street[key])
        assert account.user.check_password(resident.password)
        assert CodeDevice.objects.filter(user=account.user, channel="sms").exists()
    assert not InsuredAccount.objects.filter(insured=street["new"]).exists()


def test_whom_the_simulation_did_not_bring_is_left_out() -> None:
    alone = neighbour(1)
    pay(alone, on=timezone.localdate())
    assert [resident.who for resident in settle_in()] == [NEWCOMER]


def test_nobody_at_all_is_nobody() -> None:
    assert settle_in() == []


def test_they_are_read_back_as_written(street: dict[str, InsuredPerson], tmp_path: Path) -> None:
    found = settle_in()
    write_residents(found, folder=tmp_path)
    assert read_residents(tmp_path) == found


def test_the_guide_says_how_each_gets_in(street: dict[str, InsuredPerson]) -> None:
    found = settle_in()
    said = guide(
        WaysIn(
            site="http://localhost:8000",
            residents=found,
            colleagues=Colleagues(investigator="enquetrice", adviser="conseillere", password="of-the-console"),
            code_command="manage.py staff_code",
            sandbox_command="manage.py partner_sandbox",
        )
    )
    for resident in found:
        assert resident.nir in said
        assert resident.who in said
    assert said.count(found[0].password) == 1
    for place in ("/", "/demo/messages/", "/console/", "/connexion/", "/creer-mon-compte/", "/partenaires/"):
        assert f"http://localhost:8000{place}" in said
    for fact in (
        found[-1].birth_date,
        found[-1].postcode,
        found[-1].codes_to,
        "of-the-console",
        "staff_code enquetrice",
        "partner_sandbox --base-url http://localhost:8000",
    ):
        assert fact in said
    assert said.endswith("Ctrl-C arrête tout.")
    assert max(map(len, said.splitlines())) <= 110
