"""What the database refused, told as a rule of the house."""

from collections.abc import Mapping
from typing import NoReturn

from django.db import IntegrityError

from fraud.cases.events import CaseError


def tell_of(error: IntegrityError, texts_fr: Mapping[str, str]) -> NoReturn:
    """Raise CaseError with the text of the constraint that refused; anything else is raised as it came."""
    diagnostics = getattr(error.__cause__, "diag", None)
    text = texts_fr.get(str(getattr(diagnostics, "constraint_name", "")))
    if text is None:
        raise error
    raise CaseError(text) from None
