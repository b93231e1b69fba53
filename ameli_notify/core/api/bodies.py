"""What is sent to an API, read as strictly as a query: one JSON object, each member once, and none that is unknown.

A member that is misspelt and left aside is an order that nobody carried out.
"""

import json
from collections.abc import Mapping, Sequence
from typing import IO, Any, Final, NoReturn

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from ameli_notify.core.api.parameters import errors_of
from ameli_notify.core.api.problems import (
    INVALID_PARAMETER,
    INVALID_REQUEST,
    TOO_LARGE,
    UNKNOWN_PARAMETER,
    ProblemError,
)

MOST_BYTES: Final = 65_536


class StrictJsonParser(BaseParser):
    """UTF-8, no member twice, no NaN, at most ``MOST_BYTES``."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 (any JSON)
        """Raises ParseError, or ProblemError for what is too large."""
        content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ProblemError(TOO_LARGE)
        try:
            return json.loads(content.decode(), object_pairs_hook=_once, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise ParseError from None


class BoundedFormParser(BaseParser):
    """A form of at most ``MOST_BYTES``: nobody needs to have proven anything to send one."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> QueryDict:
        """Raises ParseError."""
        content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ParseError
        return QueryDict(content)


class StrictTextField(serializers.CharField):
    """A JSON text, and nothing that could be made one."""

    def to_internal_value(self, data: Any) -> str:  # noqa: ANN401 (as in DRF)
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


class StrictWholeField(serializers.IntegerField):
    """A JSON number without a point, neither a text nor a truth."""

    def to_internal_value(self, data: Any) -> int:  # noqa: ANN401 (as in DRF)
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


def read_body(request: Request, shape: type[serializers.Serializer[Any]]) -> Mapping[str, Any]:
    """The values, by name. Raises ProblemError; ParseError and UnsupportedMediaType become problems by themselves."""
    given, known = request.data, set(shape().fields)
    if not isinstance(given, dict):
        raise ProblemError(INVALID_REQUEST)
    if set(given) - known:
        raise ProblemError(UNKNOWN_PARAMETER)
    found = shape(data=given)
    if not found.is_valid():
        raise ProblemError(INVALID_PARAMETER, errors=errors_of(found, known))
    values: Mapping[str, Any] = found.validated_data
    return values


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is given twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError("no JSON")
