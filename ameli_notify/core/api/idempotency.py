"""A POST that is sent again, because its answer was lost, is carried out once (draft-ietf-httpapi-idempotency-key).

On a view whose ``idempotency_owner`` says whose keys they are::

    class ExportsView(PartnerView):
        http_method_names = ["post"]
        parser_classes = [StrictJsonParser]

        @extend_schema(parameters=[IDEMPOTENCY_KEY], request=…, responses=post_answers(…, status=202))
        @idempotent
        def post(self, request: Request) -> Response:
            values = read_body(request, ExportRequest)
            …
            return Response(body, status=202, headers={"Content-Location": …})

The handler runs in one transaction with the keeping of its answer: either both are there or neither is. It refuses by
raising (ProblemError); nothing is kept then and the key stays free. What it enqueues, it enqueues on commit.

Same key and same request: the same answer again, with ``Idempotency-Replayed: true``. Same key and another request:
422. Same key while the first is under way: 409 with ``Retry-After``. Keys are forgotten after 24 hours.
"""

import datetime as dt
import json
import re
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from ameli_notify.core.api.parameters import NoParameters, read_parameters
from ameli_notify.core.api.problems import (
    IDEMPOTENCY_KEY_IN_USE,
    IDEMPOTENCY_KEY_REUSED,
    MISSING_IDEMPOTENCY_KEY,
    ProblemError,
)
from ameli_notify.core.crypto import key_ring, lookup_id, lookup_key
from ameli_notify.core.models import IdempotentAnswer
from ameli_notify.core.sql import fetch_value

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
LIFE: Final = dt.timedelta(hours=24)
KEY_PATTERN: Final = r"[A-Za-z0-9._~:+/=-]{1,64}"
COME_BACK_SECONDS: Final = 1
_CONTEXT: Final = "core.idempotentanswer.answer_sealed"
# Quoted as a structured field (RFC 9651) or bare, as most programs send it.
_SPELT: Final = re.compile(rf'"({KEY_PATTERN})"|({KEY_PATTERN})')


class Owned(Protocol):
    """A view that says whose keys its requests carry."""

    @property
    def idempotency_owner(self) -> str: ...


_View = TypeVar("_View", bound=Owned)
_More = ParamSpec("_More")
_Handler = Callable[Concatenate[_View, Request, _More], HttpResponse]


def idempotent(handler: _Handler[_View, _More]) -> _Handler[_View, _More]:
    """The decorator of a ``post``; see the module."""

    def post(view: _View, request: Request, /, *args: _More.args, **kwargs: _More.kwargs) -> HttpResponse:
        read_parameters(request, NoParameters)
        key = _key_of(request, owner=view.idempotency_owner)
        asked = _fingerprint(request)
        with transaction.atomic():
            _hold(key)
            kept = IdempotentAnswer.objects.filter(pk=key, expires_at__gt=Now()).first()
            if kept is None:
                return _keep(handler(view, request, *args, **kwargs), key=key, asked=asked)
        if kept.request_lookup != asked:
            raise ProblemError(IDEMPOTENCY_KEY_REUSED)
        return _again(kept)

    update_wrapper(post, handler)
    return post


def purge_expired() -> int:
    """Forget the keys that are a day old; returns how many."""
    deleted, _ = IdempotentAnswer.objects.filter(expires_at__lte=Now()).delete()
    return deleted


def _key_of(request: Request, *, owner: str) -> UUID:
    spelt = _SPELT.fullmatch(request.headers.get(HEADER, "").strip())
    if spelt is None:
        raise ProblemError(MISSING_IDEMPOTENCY_KEY)
    return lookup_id("idempotency.key", f"{owner}|{spelt[1] or spelt[2]}", key=lookup_key())


def _fingerprint(request: Request) -> UUID:
    """Of the resource and of what the body says, whatever the order of its members."""
    asked = json.dumps([request.method, request.path, request.data], sort_keys=True)
    return lookup_id("idempotency.request", asked, key=lookup_key())


def _hold(key: UUID) -> None:
    """Until the end of the transaction; what comes after it sees what the one before has committed."""
    number = int.from_bytes(key.bytes[:8], "big", signed=True)
    if not fetch_value("SELECT pg_try_advisory_xact_lock(%s)", [number]):
        raise ProblemError(IDEMPOTENCY_KEY_IN_USE, headers={"Retry-After": str(COME_BACK_SECONDS)})


def _keep(answer: HttpResponse, *, key: UUID, asked: UUID) -> HttpResponse:
    """The answer as it is given now and later. Raises ValueError for a handler that does not refuse by raising."""
    if answer.status_code >= 400:
        raise ValueError("a handler refuses by raising, so that nothing of it stays")
    body = JSONRenderer().render(answer.data) if isinstance(answer, Response) else answer.content
    told: dict[str, Any] = {
        "status": answer.status_code,
        "headers": {name: value for name, value in answer.headers.items() if name.lower() != "content-type"},
        "body": body.decode(),
    }
    IdempotentAnswer.objects.filter(pk=key, expires_at__lte=Now()).delete()
    IdempotentAnswer.objects.create(
        key_lookup=key,
        request_lookup=asked,
        answer_sealed=key_ring().seal(json.dumps(told), context=f"{_CONTEXT}|{key}"),
        expires_at=Now() + LIFE,
    )
    return _spoken(told)


def _again(kept: IdempotentAnswer) -> HttpResponse:
    opened = key_ring().open(kept.answer_sealed, context=f"{_CONTEXT}|{kept.pk}")
    answer = _spoken(json.loads(opened))
    answer.headers[REPLAYED] = "true"
    return answer


def _spoken(told: dict[str, Any]) -> HttpResponse:
    headers = {"Cache-Control": "no-store", **told["headers"]}
    return HttpResponse(told["body"], status=told["status"], content_type="application/json", headers=headers)
