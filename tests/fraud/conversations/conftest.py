"""One person who waits, and one adviser."""

import pytest

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from accounts.staff.roles import Role
from fraud.conversations.models import Conversation
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
