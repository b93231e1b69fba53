"""Tests that share something dear or rare stay on one worker."""

import os

import pytest


@pytest.mark.xdist_group("groups")
def test_a_group_is_a_group(request: pytest.FixtureRequest) -> None:
    """pytest-xdist tells a group by the end of its tests' ids; a pytest that it does not know lost that once."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@groups")
