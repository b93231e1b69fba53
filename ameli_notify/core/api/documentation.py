"""What every resource answers besides its own shape: problems, and the headers of limits and versions."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from ameli_notify.core.api import problems
from ameli_notify.core.api.idempotency import HEADER, KEY_PATTERN
from ameli_notify.core.api.problems import CONTENT_TYPE, TYPE_BASE, ProblemKind


class ParameterErrorSerializer(serializers.Serializer[Any]):
    parameter = serializers.CharField(required=False)
    code = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField(help_text="A reference that answers with the problem in both languages.")
    title = serializers.CharField(help_text="In French, or in English by Accept-Language.")
    status = serializers.IntegerField()
    code = serializers.ChoiceField(choices=sorted(problems.KINDS), help_text="Stable.")
    errors = ParameterErrorSerializer(many=True, required=False)  # type: ignore[assignment] # a field, not the property


_BAD: Final = (
    problems.INVALID_PARAMETER, problems.UNKNOWN_PARAMETER, problems.REPEATED_PARAMETER, problems.INVALID_CURSOR,
)  # fmt: skip

_BAD_BODY: Final = (
    problems.INVALID_PARAMETER, problems.UNKNOWN_PARAMETER, problems.REPEATED_PARAMETER, problems.INVALID_REQUEST,
    problems.MISSING_IDEMPOTENCY_KEY,
)  # fmt: skip

IDEMPOTENCY_KEY: Final = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": f"^{KEY_PATTERN}$"},
    OpenApiParameter.HEADER,
    required=True,
    description=(
        "Chosen by you, new for each order, the same when you send the order again: within 24 hours it is carried out "
        "once, and the first answer comes back with `Idempotency-Replayed: true`."
    ),
)
"""A parameter of every POST that is ``idempotent``."""


def answers(shape: type[serializers.Serializer[Any]], *, is_list: bool = False, is_one: bool = False) -> dict[Any, Any]:
    """All that a resource for partners answers. ``is_list``: with cursors; ``is_one``: it may not be there."""
    found: dict[Any, Any] = {
        (200, "application/json"): shape,
        304: OpenApiResponse(None, "Your copy is still good (If-None-Match)"),
        (400, CONTENT_TYPE): problem(*(_BAD if is_list else _BAD[1:2])),
        (401, CONTENT_TYPE): problem(problems.MISSING_TOKEN, problems.INVALID_TOKEN),
        (403, CONTENT_TYPE): problem(
            problems.INSUFFICIENT_SCOPE, problems.PARTNER_PAUSED, problems.NETWORK_NOT_ALLOWED
        ),
        (406, CONTENT_TYPE): problem(problems.NOT_ACCEPTABLE),
        (429, CONTENT_TYPE): problem(problems.TOO_MANY_REQUESTS),
    }
    if is_one:
        found[404, CONTENT_TYPE] = problem(problems.NOT_FOUND)
    return found


def post_answers(
    shape: type[serializers.Serializer[Any]],
    *,
    status: int = 201,
    is_one: bool = False,
    more: Iterable[ProblemKind] = (),
) -> dict[Any, Any]:
    """All that an ``idempotent`` POST answers. ``is_one``: what it is about may be missing; ``more``: its own 409."""
    found = answers(shape, is_one=is_one)
    for key in [key for key in found if key == 304 or key[0] in (200, 400)]:
        del found[key]
    return {
        (status, "application/json"): shape,
        (400, CONTENT_TYPE): problem(*_BAD_BODY),
        (409, CONTENT_TYPE): problem(problems.IDEMPOTENCY_KEY_IN_USE, *more),
        (413, CONTENT_TYPE): problem(problems.TOO_LARGE),
        (415, CONTENT_TYPE): problem(problems.UNSUPPORTED_MEDIA_TYPE),
        (422, CONTENT_TYPE): problem(problems.IDEMPOTENCY_KEY_REUSED),
        **found,
    }


def change_answers(shape: type[serializers.Serializer[Any]], *, more: Iterable[ProblemKind] = ()) -> dict[Any, Any]:
    """All that a PATCH answers. ``more``: its own 409."""
    found = post_answers(shape, status=200, is_one=True)
    for status in (409, 422):
        del found[status, CONTENT_TYPE]
    found[400, CONTENT_TYPE] = problem(*_BAD_BODY[:-1])
    refusals = list(more)
    return found | ({(409, CONTENT_TYPE): problem(*refusals)} if refusals else {})


def removal_answers() -> dict[Any, Any]:
    """All that a DELETE answers."""
    found = answers(ProblemSerializer, is_one=True)
    gone = {204: OpenApiResponse(None, "It is no longer there")}
    return gone | {key: found[key] for key in found if key not in ((200, "application/json"), 304)}


def public_answers(shape: type[serializers.Serializer[Any]], *, is_one: bool = False) -> dict[Any, Any]:
    """All that a resource without a token answers."""
    found = answers(shape, is_one=is_one)
    return {key: found[key] for key in found if key != 304 and key[0] in (200, 400, 404, 406)}


def problem(*kinds: ProblemKind) -> OpenApiResponse:
    """An answer that is one of these problems, with an example of each."""
    return OpenApiResponse(
        ProblemSerializer,
        " / ".join(kind.code for kind in kinds),
        examples=[_example(kind) for kind in kinds],
    )


def _example(kind: ProblemKind) -> OpenApiExample:
    value: Mapping[str, object] = {
        "type": f"{TYPE_BASE}{kind.code}",
        "title": kind.title_fr,
        "status": kind.status,
        "code": kind.code,
    }
    return OpenApiExample(kind.code, value=value, response_only=True)
