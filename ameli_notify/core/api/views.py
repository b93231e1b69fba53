"""The base of every resource: strict parameters, limits told in each answer, conditional answers, problems.

Headers: ``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers-10, structured fields), ``ETag``
(RFC 9110, strong, over the bytes of the answer), ``Retry-After`` with 429; ``Deprecation`` (RFC 9745) and ``Sunset``
(RFC 8594) of a resource that ends.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Final

from django.http import HttpResponse, HttpResponseBase
from django.utils.http import parse_etags
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ameli_notify.core.api.endings import Ending
from ameli_notify.core.api.parameters import NoParameters, read_parameters
from ameli_notify.core.api.problems import TOO_MANY_REQUESTS, ProblemError
from ameli_notify.core.limits import Allowed, hit

WINDOW_SECONDS: Final = 60
DAY_SECONDS: Final = 24 * 60 * 60
_WITHOUT_BODY: Final = (202, 204, 304)


@dataclass(frozen=True, slots=True)
class Quota:
    """How many requests a minute, and for whom (``bucket``, see ``core.limits``); a day too, where that is limited."""

    bucket: str
    per_minute: int
    day_bucket: str = ""
    per_day: int | None = None

    def windows(self) -> Iterator["Window"]:
        """The shortest first: what it refuses does not use up the longer one."""
        yield Window("minute", bucket=self.bucket, most=self.per_minute, seconds=WINDOW_SECONDS)
        if self.per_day is not None:
            yield Window("day", bucket=self.day_bucket, most=self.per_day, seconds=DAY_SECONDS)


@dataclass(frozen=True, slots=True)
class Window:
    """One limit of a quota."""

    name: str
    _: KW_ONLY
    bucket: str
    most: int
    seconds: int


class ApiView(APIView):
    """Answers JSON. ``parameters``: what its query may hold; a resource without any refuses all.

    ``ending``: told in each of its answers, and in the OpenAPI document.
    """

    renderer_classes = [JSONRenderer]
    parameters: ClassVar[type[serializers.Serializer[Any]]] = NoParameters
    ending: ClassVar[Ending | None] = None
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
            self.values = self.read_values(request)

    def read_values(self, request: Request) -> Mapping[str, Any]:
        """What the query asks for, by name. Raises ProblemError."""
        return read_parameters(request, self.parameters)

    def _count(self, quota: Quota) -> None:
        """Outside any transaction: a request that fails was made all the same."""
        policies, states = [], []
        for window in quota.windows():
            verdict = hit(window.bucket, limit=window.most, window_seconds=window.seconds)
            left, seconds = (verdict.left, verdict.ends_in) if isinstance(verdict, Allowed) else (0, verdict.seconds)
            policies.append(f'"{window.name}";q={window.most};w={window.seconds}')
            states.append(f'"{window.name}";r={left};t={seconds}')
            self._limit_headers = {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}
            if not isinstance(verdict, Allowed):
                raise ProblemError(TOO_MANY_REQUESTS, headers={"Retry-After": str(verdict.seconds)})

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        found = super().finalize_response(request, response, *args, **kwargs)
        told = {} if self.ending is None else self.ending.headers()
        for name, value in {**getattr(self, "_limit_headers", {}), **told}.items():
            found.headers[name] = value
        if found.status_code in _WITHOUT_BODY and not _has_body(found):
            del found.headers["Content-Type"]
        return found


def _has_body(response: HttpResponseBase) -> bool:
    """What is rendered later may have one."""
    return not getattr(response, "is_rendered", True) or bool(getattr(response, "content", b""))


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
