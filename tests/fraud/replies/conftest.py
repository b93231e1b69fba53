"""What the tests of the right of reply run under."""

import pytest
from django.test import Client

from accounts.staff.models import User
from fraud.cases.models import FraudCase
from fraud.replies.models import RightOfReply
from tests.fraud.cases.conftest import case_rules as case_rules
from tests.fraud.cases.conftest import held_case as held_case
from tests.fraud.cases.conftest import investigator as investigator
from tests.fraud.cases.conftest import new_case as new_case
from tests.fraud.cases.conftest import supervisor as supervisor
from tests.fraud.replies.rows import notify, open_reply, with_code


@pytest.fixture
def notified(held_case: FraudCase, investigator: User) -> FraudCase:
    return notify(held_case, by=investigator)


@pytest.fixture
def right(notified: FraudCase, investigator: User) -> RightOfReply:
    return open_reply(notified, by=investigator)


@pytest.fixture
def code(right: RightOfReply, investigator: User) -> str:
    """As the letter prints it."""
    return with_code(right, by=investigator)


@pytest.fixture
def doctor(right: RightOfReply, code: str) -> Client:
    """The professional's browser, let in by the code."""
    client = Client()
    answer = client.post("/repondre/", {"number": right.case_number, "code": code})
    assert answer.status_code == 302, answer.content.decode()
    return client
