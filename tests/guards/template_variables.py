"""A variable that a template of ours names and its view does not give is a mistake, not an empty string."""

import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import FilterExpression, Node

_FORGIVING = {"default", "default_if_none"}


class UndefinedVariable(str):
    """For ``string_if_invalid``. Django asks for its truth when a variable is missing: ours fail, others stay empty."""

    __slots__ = ()

    def __bool__(self) -> bool:
        frame = sys._getframe(1)
        expression = frame.f_locals.get("self")
        if not isinstance(expression, FilterExpression):
            return False
        while frame.f_back is not None and frame.f_code.co_name != "render_annotated":
            frame = frame.f_back
        node = frame.f_locals.get("self")
        names = {function.__name__ for function, _ in expression.filters}
        if isinstance(node, Node) and _is_ours(node) and not names & _FORGIVING:
            pytest.fail(f"undefined in {node.origin.name}: {{{{ {expression.token} }}}}", pytrace=False)
        return False


def _is_ours(node: Node) -> bool:
    origin = getattr(node, "origin", None)
    return origin is not None and Path(origin.name).is_relative_to(settings.BASE_DIR / "templates")
