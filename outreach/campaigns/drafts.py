"""Campaigns of either kind while they are drafts."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model


def take_over(draft: Model, definition: Mapping[str, Any]) -> list[str]:
    """Give a draft what a definition says of it, unsaved; returns the fields that this changes, in one order."""
    changed = sorted(name for name, value in definition.items() if getattr(draft, name) != value)
    for name in changed:
        setattr(draft, name, definition[name])
    return changed
