"""Programs from outside Python that some tests need."""

import os
import shutil

import pytest


def require_tool(name: str, how: str) -> str:
    """The program's path. Without it: a skip that says how to get it, a failure under CI=true."""
    path = shutil.which(name, path=os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin:/sbin")
    if path is not None:
        return path
    reason = f"{name}: {how}"
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing under CI, {reason}", pytrace=False)
    pytest.skip(reason)
