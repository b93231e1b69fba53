"""One person who waits, and one adviser."""

from collections.abc import Iterator

import pytest

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.conversations.models import Conversation
from reimbursements.explanations.loading import forget_book
from reimbursements.reference.services import load_reference_data
from tests.fraud.conversations.rows import ask
from tests.reimbursements.payments.rows import make_person
from tests.staff import make_staff


@pytest.fixture
def me(db: None) -> InsuredPerson:
    return make_person("Yzelle Marie", has_email=True)


@pytest.fixture
def adviser(db: None) -> User:
    return make_staff("agent-conseil", role=Role.ADVISER)


@pytest.fixture
def waiting(me: InsuredPerson) -> Conversation:
    return ask(me)


@pytest.fixture
def reference_data(db: None) -> Iterator[None]:
    forget_book()
    load_reference_data()
    yield
    forget_book()
