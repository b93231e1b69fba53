"""Calls at any hour: tests that are about hours have their own."""

import pytest

from accounts.staff.models import User
from outreach.campaigns.campaign import hours
from outreach.campaigns.campaign.hours import TERRITORIES
from outreach.campaigns.claiming import next_call


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
