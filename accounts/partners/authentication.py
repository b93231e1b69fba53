"""Who calls the partner API: the bearer of a token (RFC 6750), what the token lets them do, what they use."""

import logging
from typing import Any, ClassVar, Final

from django.http import HttpRequest, HttpResponseBase
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.partners.certificates import presented_certificate
from accounts.partners.enums import Scope
from accounts.partners.networks import may_come_from
from accounts.partners.tokens import PartnerCaller, caller_of
from accounts.partners.usage import Used, count_usage
from ameli_notify.core.api.problems import (
    INSUFFICIENT_SCOPE,
    INVALID_TOKEN,
    MISSING_TOKEN,
    NETWORK_NOT_ALLOWED,
    PARTNER_PAUSED,
    ProblemError,
)
from ameli_notify.core.api.views import ApiView, Quota

logger = logging.getLogger(__name__)

_SCHEME: Final = "bearer"


class BearerAuthentication(BaseAuthentication):
    """A token in the Authorization header, nowhere else: addresses and bodies are logged by others."""

    def authenticate(self, request: Request) -> tuple[PartnerCaller, None]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != _SCHEME:
            raise ProblemError(MISSING_TOKEN, headers={"WWW-Authenticate": "Bearer"})
        caller = caller_of(token.strip(), certificate=presented_certificate(request._request))
        if caller is None:
            raise ProblemError(INVALID_TOKEN, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return caller, None


class PartnerView(ApiView):
    """A resource for partners. ``scope``: what a token must give. ``rows_read``: what a method says it answered."""

    authentication_classes = [BearerAuthentication]
    permission_classes = []
    scope: ClassVar[Scope]
    rows_read = 0
    _known_caller: PartnerCaller | None = None

    @property
    def caller(self) -> PartnerCaller:
        caller = self.request.user
        if not isinstance(caller, PartnerCaller):
            raise ProblemError(MISSING_TOKEN, headers={"WWW-Authenticate": "Bearer"})
        return caller

    @property
    def idempotency_owner(self) -> str:
        """Whose keys they are (``core.api.idempotency``): the partner's, whichever of its programs asks."""
        return f"partner|{self.caller.partner_id}"

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        self._known_caller = self.caller

    def check_permissions(self, request: Request | HttpRequest) -> None:
        """The network before all else: who stole a token learns nothing more. Paused before scope: who is paused is
        told so whatever they ask for.
        """
        if not may_come_from(self.caller.allowed_networks, self.request._request):
            logger.warning("partner network refused", extra={"client": self.caller.client_pk, "where": "resource"})
            raise ProblemError(NETWORK_NOT_ALLOWED)
        if self.caller.is_paused:
            raise ProblemError(PARTNER_PAUSED)
        if self.scope not in self.caller.scopes:
            scheme = f'Bearer error="insufficient_scope", scope="{self.scope}"'
            raise ProblemError(INSUFFICIENT_SCOPE, headers={"WWW-Authenticate": scheme})

    def quota(self, request: Request) -> Quota:
        """The minute is each program's, the day the whole partner's."""
        caller = self.caller
        return Quota(
            f"partner-api|{caller.client_pk}",
            caller.requests_per_minute,
            day_bucket=f"partner-day|{caller.partner_id}",
            per_day=caller.requests_per_day,
        )

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Count what was used, refusals too, once the answer is written."""
        found = super().finalize_response(request, response, *args, **kwargs)
        if self._known_caller is not None:
            if getattr(found, "is_rendered", True):
                self._count_usage(found)
            else:
                found.add_post_render_callback(self._count_usage)
        return found

    def _count_usage(self, response: HttpResponseBase) -> None:
        if self._known_caller is None:
            return
        is_refused = response.status_code >= 400
        has_body = self.request.method != "HEAD"
        used = Used(
            rows=0 if is_refused else self.rows_read,
            refusals=int(is_refused),
            bytes_sent=_length(response) if has_body else 0,
        )
        count_usage(self._known_caller.partner_id, used)


def _length(response: HttpResponseBase) -> int:
    """Of the body; of one that is streamed, what its header says."""
    if response.streaming:
        return int(response.headers.get("Content-Length", 0))
    content: bytes = getattr(response, "content", b"")
    return len(content)
