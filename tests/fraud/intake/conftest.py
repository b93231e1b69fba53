"""What the tests of the intake run under: a fixed day, reference data, one person with payments, signed in."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from accounts.people.models import InsuredPerson
from reimbursements.explanations.loading import forget_book
from reimbursements.reference.services import load_reference_data
from tests.reimbursements.payments.rows import NOW, make_person, sign_in


@pytest.fixture
def _reference_data(db: None) -> Iterator[None]:
    forget_book()
    load_reference_data()
    with time_machine.travel(NOW, tick=False):
        yield
    forget_book()


@pytest.fixture
def me(_reference_data: None) -> InsuredPerson:
    return make_person("Yzelle Marie", has_email=True)


@pytest.fixture
def mine(me: InsuredPerson) -> Client:
    """My browser."""
    return sign_in(me)
