"""Calls at any hour: tests that are about hours have their own."""

import pytest
from django.test import Client

from accounts.staff.models import User
from accounts.staff.roles import Role
from outreach.campaigns.campaign import hours
from outreach.campaigns.campaign.hours import TERRITORIES
from outreach.campaigns.claiming import next_call
from tests.staff import client_of, make_staff


@pytest.fixture
def any_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """No day is a holiday, and the next call is given at any hour."""
    monkeypatch.setattr(hours, "public_holidays", lambda year: frozenset())
    monkeypatch.setattr(next_call, "open_territories", lambda windows, *, at: list(TERRITORIES))


@pytest.fixture
def adviser(db: None) -> User:
    return User.objects.create(username="agent-conseil")


@pytest.fixture
def colleague(db: None) -> User:
    return User.objects.create(username="agent-collegue")


@pytest.fixture
def caller(db: None) -> User:
    """An adviser who may sign in."""
    return make_staff("agent-au-poste", role=Role.ADVISER)


@pytest.fixture
def desk(caller: User) -> Client:
    """Their browser, signed in."""
    return client_of(caller)
