"""Programs from outside Python that some tests need."""

import os
import shutil
from pathlib import Path
from typing import Final, NoReturn

import pytest

NODE_MODULES: Final = Path(__file__).parent / "node/node_modules"
"""Where ``make judges`` puts what tests/node/package.json names."""


def require_tool(name: str, how: str) -> str:
    """The program's path. Without it: a skip that says how to get it, a failure under CI=true."""
    path = shutil.which(name, path=os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin:/sbin")
    if path is None:
        _missing(f"{name}: {how}")
    return path


def require_judge(place: str) -> Path:
    """A file of tests/node/node_modules, by its place there; missing like ``require_tool``."""
    path = NODE_MODULES / place
    if not path.exists():
        _missing(f"{place.split('/')[0]}: make judges")
    return path


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing under CI, {reason}", pytrace=False)
    pytest.skip(reason)
