"""What the tests of partner insurers run under: somebody who signs in by the pages, and a connected partner."""

from collections.abc import Iterator

import pytest

from accounts.identity.models import InsuredAccount
from accounts.partners.models import PartnerInsurer
from accounts.people.models import InsuredPerson
from reimbursements.explanations.loading import forget_book
from reimbursements.reference.services import load_reference_data
from tests.accounts.conftest import account as account
from tests.accounts.conftest import browser as browser
from tests.accounts.conftest import space as space
from tests.partners.rows import make_partner


@pytest.fixture
def me(account: InsuredAccount) -> InsuredPerson:
    return account.insured


@pytest.fixture
def partner(db: None) -> PartnerInsurer:
    return make_partner("99000001", "Mutuelle d’essai")


@pytest.fixture
def reference_data(db: None) -> Iterator[None]:
    forget_book()
    load_reference_data()
    yield
    forget_book()
