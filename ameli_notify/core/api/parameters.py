"""Parameters of a query, read strictly: an unknown or repeated one is refused, so that no filter is lost silently.

Values are taken in one spelling: whole numbers in figures, days as AAAA-MM-JJ. A misspelt date that is read anyway
is a wrong answer that nobody notices.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request

from ameli_notify.core.api.problems import (
    INVALID_PARAMETER,
    REPEATED_PARAMETER,
    UNKNOWN_PARAMETER,
    ProblemError,
)
from ameli_notify.core.stable_tokens import LONGEST

DEFAULT_LIMIT: Final = 100
MOST: Final = 1_000


class WholeNumberField(serializers.IntegerField):
    """Figures only: no sign, no spaces, no point."""

    def to_internal_value(self, data: Any) -> int:  # noqa: ANN401 (as in DRF)
        if not isinstance(data, str) or re.fullmatch(r"0|[1-9][0-9]{0,8}", data) is None:
            self.fail("invalid")
        return super().to_internal_value(data)


class DayField(serializers.DateField):
    """AAAA-MM-JJ."""

    def to_internal_value(self, value: Any) -> dt.date:  # noqa: ANN401 (as in DRF)
        if not isinstance(value, str) or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is None:
            self.fail("invalid", format="YYYY-MM-DD")
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail("invalid", format="YYYY-MM-DD")


class NoParameters(serializers.Serializer[Any]):
    """A resource that takes none."""


class PageParameters(serializers.Serializer[Any]):
    """Of every list."""

    limit = WholeNumberField(
        min_value=1,
        max_value=MOST,
        default=DEFAULT_LIMIT,
        help_text="How many rows at most. A page may hold fewer although more follow.",
    )
    cursor = serializers.CharField(
        required=False, max_length=LONGEST, help_text="Where to go on: `next_cursor` of the page before."
    )


def read_parameters(request: Request, parameters: type[serializers.Serializer[Any]]) -> Mapping[str, Any]:
    """The values, by name. Raises ProblemError."""
    known = set(parameters().fields)
    given = request.query_params
    if set(given) - known:
        raise ProblemError(UNKNOWN_PARAMETER)
    repeated = [name for name in given if len(given.getlist(name)) > 1]
    if repeated:
        raise ProblemError(REPEATED_PARAMETER, errors=[{"parameter": name, "code": "repeated"} for name in repeated])
    found = parameters(data=given.dict())
    if not found.is_valid():
        raise ProblemError(INVALID_PARAMETER, errors=errors_of(found, known))
    values: Mapping[str, Any] = found.validated_data
    return values


def errors_of(found: serializers.Serializer[Any], known: set[str]) -> list[Mapping[str, str]]:
    """What a serializer refused, without repeating what was sent."""
    return list(_errors(found.errors, known))


def _errors(errors: Mapping[str, Any], known: set[str]) -> Iterator[Mapping[str, str]]:
    for name, details in errors.items():
        for code in dict.fromkeys(_codes(details)):
            yield {"parameter": name, "code": code} if name in known else {"code": code}


def _codes(details: ErrorDetail | Sequence[Any] | Mapping[Any, Any]) -> Iterator[str]:
    """Of one detail, of several, or of the members of a list by their place."""
    if isinstance(details, ErrorDetail):
        yield str(details.code)
        return
    for each in details.values() if isinstance(details, Mapping) else details:
        yield from _codes(each)
