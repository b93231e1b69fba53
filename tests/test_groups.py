"""Tests that share something dear or rare stay on one worker; those that take long begin early."""

import os

import pytest
from django.conf import settings

from tests.conftest import LONG


@pytest.mark.xdist_group("groups")
def test_a_group_is_a_group(request: pytest.FixtureRequest) -> None:
    """pytest-xdist tells a group by the end of its tests' ids; a pytest that it does not know lost that once."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@groups")


def test_what_takes_long_begins_early(request: pytest.FixtureRequest) -> None:
    is_long = [item.nodeid.startswith(LONG) for item in request.session.items]
    assert is_long == sorted(is_long, reverse=True)
    assert [name for name in LONG if not list(settings.BASE_DIR.glob(f"{name}*"))] == []
