"""What the tests of the insured people's sign-in run under."""

import pytest
from django.test import Client

from accounts.identity.models import InsuredAccount
from tests.accounts.authenticator import Authenticator
from tests.accounts.insured import confirmed, deliver, give_password, make_account, signed_in
from tests.accounts.passkeys import add


@pytest.fixture
def space(db: None) -> None:
    """The pages of insured people."""


@pytest.fixture
def account(space: None) -> InsuredAccount:
    """Somebody who signs in."""
    return make_account()


@pytest.fixture
def browser(account: InsuredAccount) -> Client:
    """That person, signed in."""
    return signed_in()


@pytest.fixture
def device(browser: Client) -> Authenticator:
    """The person's telephone, with a passkey."""
    device = Authenticator()
    add(confirmed(browser), device)
    deliver()
    return device


@pytest.fixture
def arriving(device: Authenticator) -> Client:
    """Another browser of that person, which has given the password."""
    client = Client()
    give_password(client)
    return client
