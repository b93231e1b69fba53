"""What the tests of « Mon espace » run under: somebody who signs in by the pages, and reference data."""

from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.identity.models import InsuredAccount
from accounts.people.models import InsuredPerson
from reimbursements.explanations.loading import forget_book
from reimbursements.reference.services import load_reference_data
from tests.accounts.conftest import account as account
from tests.accounts.conftest import browser as browser
from tests.accounts.conftest import space as space


@pytest.fixture(autouse=True)
def _reference_data(space: None) -> Iterator[None]:
    forget_book()
    load_reference_data()
    yield
    forget_book()


@pytest.fixture
def me(account: InsuredAccount) -> InsuredPerson:
    return account.insured


@pytest.fixture
def mine(browser: Client) -> Client:
    """My browser."""
    return browser
