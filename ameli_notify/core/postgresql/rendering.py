"""A new database in half the time: while it migrates, fewer classes of models are made anew.

Django makes the classes of a model and of everything around it again behind each operation, for databases that copy a
table in order to change it; that took nine tenths of ``migrate``. PostgreSQL changes a table where it is. So a
constraint or an index changes the state alone, and a new model or key only what is near it. Whatever asks for all
classes (``RunPython``) still finds them made anew, as with Django's own delays.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partialmethod
from typing import Any, Final, TypeAlias

from django.db.migrations.state import ProjectState

_Method: TypeAlias = Callable[..., None]
_OPTIONS: Final = ("_append_option", "_remove_option", "_alter_option")
"""Methods that change the constraints or the indexes of a model."""
_ADDITIONS: Final = ("add_model", "add_field")


@contextmanager
def rendering_less() -> Iterator[None]:
    """For the length of a ``migrate``."""
    before: dict[str, _Method] = {name: getattr(ProjectState, name) for name in (*_OPTIONS, *_ADDITIONS)}
    for name, method in before.items():
        setattr(ProjectState, name, partialmethod(_quietly if name in _OPTIONS else _nearby, method))
    try:
        yield
    finally:
        for name, method in before.items():
            setattr(ProjectState, name, method)


def _quietly(state: ProjectState, method: _Method, *args: Any, **kwargs: Any) -> None:
    """No class is made anew, until somebody asks for all."""

    def reload_nothing(*_: object, **__: object) -> None:
        state.is_delayed = True

    _with_reload(state, reload_nothing, method, *args, **kwargs)


def _nearby(state: ProjectState, method: _Method, *args: Any, **kwargs: Any) -> None:
    """What stands beside the model, and not what stands beside that in turn."""
    reload_model = state.reload_model

    def reload_near(app_label: str, model_name: str, delay: bool = False) -> None:
        reload_model(app_label, model_name, delay=True)

    _with_reload(state, reload_near, method, *args, **kwargs)


def _with_reload(state: ProjectState, reload_model: _Method, method: _Method, *args: Any, **kwargs: Any) -> None:
    state.reload_model = reload_model  # type: ignore[method-assign] # of this one state, for this one call
    try:
        method(state, *args, **kwargs)
    finally:
        del state.reload_model
