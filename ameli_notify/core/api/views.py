"""The base of every resource: strict parameters, limits told in each answer, conditional answers, problems.

Headers: ``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers-10, structured fields), ``ETag``
(RFC 9110, strong, over the bytes of the answer), ``Retry-After`` with 429.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.http import HttpResponse
from django.utils.http import parse_etags
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ameli_notify.core.api.parameters import NoParameters, read_parameters
from ameli_notify.core.api.problems import TOO_MANY_REQUESTS, ProblemError
from ameli_notify.core.limits import Allowed, hit

WINDOW_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Quota:
    """How many requests a minute, and for whom (``bucket``, see ``core.limits``)."""

    bucket: str
    per_minute: int


class ApiView(APIView):
    """Answers JSON. ``parameters``: what its query may hold; a resource without any refuses all."""

    renderer_classes = [JSONRenderer]
    parameters: ClassVar[type[serializers.Serializer[Any]]] = NoParameters
    values: Mapping[str, Any]
    _limit_headers: Mapping[str, str]

    def quota(self, request: Request) -> Quota | None:
        """The limit of whoever asks; None where there is none."""
        return None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self._limit_headers = {}
        super().initial(request, *args, **kwargs)
        quota = self.quota(request)
        if quota is not None:
            self._count(quota)
        if request.method in ("GET", "HEAD"):
            self.values = read_parameters(request, self.parameters)

    def _count(self, quota: Quota) -> None:
        """Outside any transaction: a request that fails was made all the same."""
        verdict = hit(quota.bucket, limit=quota.per_minute, window_seconds=WINDOW_SECONDS)
        left, seconds = (verdict.left, verdict.ends_in) if isinstance(verdict, Allowed) else (0, verdict.seconds)
        self._limit_headers = {
            "RateLimit-Policy": f'"minute";q={quota.per_minute};w={WINDOW_SECONDS}',
            "RateLimit": f'"minute";r={left};t={seconds}',
        }
        if not isinstance(verdict, Allowed):
            raise ProblemError(TOO_MANY_REQUESTS, headers={"Retry-After": str(verdict.seconds)})

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        found = super().finalize_response(request, response, *args, **kwargs)
        for name, value in getattr(self, "_limit_headers", {}).items():
            found.headers[name] = value
        return found


def answer(request: Request, body: object) -> HttpResponse:
    """200 with the body and its ETag, or 304 when the caller has it already."""
    return answer_bytes(request, JSONRenderer().render(body))


def answer_bytes(request: Request, content: bytes) -> HttpResponse:
    """The same for JSON that is written already."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    known = parse_etags(request.headers.get("if-none-match", ""))
    if known == ["*"] or etag in (value.removeprefix("W/") for value in known):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(content, content_type="application/json", headers=headers)
