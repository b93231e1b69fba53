"""The terms that an installation starts with: put in by migrations, to be set by the fund."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Manager

from outreach.campaigns.retention.models import TermCode

STARTING: Final[Mapping[TermCode, int]] = {TermCode.NOTE: 6, TermCode.ATTEMPT: 24, TermCode.PERSON: 12}
STARTING_OBSTACLES: Final[Mapping[TermCode, int]] = {TermCode.OBSTACLE: 12}
SOURCE: Final = "valeur de départ, à fixer par la caisse (RGPD, art. 5.1.e)"


def add_starting_terms(terms: "Manager[Any]", *, starting: Mapping[TermCode, int] = STARTING) -> None:
    """Those that are not there."""
    for code, months in starting.items():
        terms.get_or_create(
            code=code, valid_from=dt.date(2026, 1, 1), defaults={"months": months, "source": SOURCE}
        )  # fmt: skip
