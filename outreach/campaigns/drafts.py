"""Campaigns of either kind while they are drafts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model, QuerySet


class UnseenChangeError(ValueError):
    """The draft was changed since it was shown. ``changes``: the events, the newest last."""

    def __init__(self, changes: Sequence[Any]) -> None:
        super().__init__("the draft was changed since it was shown")
        self.changes = changes


def take_over(draft: Model, definition: Mapping[str, Any]) -> list[str]:
    """Give a draft what a definition says of it, unsaved; returns the fields that this changes, in one order."""
    changed = sorted(name for name, value in definition.items() if getattr(draft, name) != value)
    for name in changed:
        setattr(draft, name, definition[name])
    return changed


def newest_change(changes: QuerySet[Any]) -> int:
    """The number of the newest change of a draft, 0 before the first: what whoever looks at it has seen."""
    return changes.order_by("-pk").values_list("pk", flat=True).first() or 0


def refuse_unseen(changes: QuerySet[Any], *, seen: int | None) -> None:
    """Raises UnseenChangeError for changes after ``seen``; None looks at nothing. Within the draft's lock."""
    newer = [] if seen is None else list(changes.filter(pk__gt=seen).order_by("pk"))
    if newer:
        raise UnseenChangeError(newer)
