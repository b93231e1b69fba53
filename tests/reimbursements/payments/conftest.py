"""What the tests of « Mes paiements » run under: a fixed day, reference data, the pages of insured people."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from accounts.people.models import InsuredPerson
from reimbursements.explanations.loading import forget_book
from reimbursements.reference.services import load_reference_data
from tests.reimbursements.payments.rows import NOW, make_person, open_payments, sign_in


@pytest.fixture(autouse=True)
def space(settings: Settings, db: None) -> Iterator[None]:
    open_payments(settings)
    forget_book()
    load_reference_data()
    with time_machine.travel(NOW, tick=False):
        yield
    forget_book()


@pytest.fixture
def me() -> InsuredPerson:
    return make_person("Yzelle Marie")


@pytest.fixture
def mine(me: InsuredPerson) -> Client:
    """My browser."""
    return sign_in(me)
