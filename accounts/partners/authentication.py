"""Who calls the partner API: the bearer of a token (RFC 6750), and what the token lets them do."""

from typing import ClassVar, Final

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.partners.enums import Scope
from accounts.partners.tokens import PartnerCaller, caller_of
from ameli_notify.core.api.problems import (
    INSUFFICIENT_SCOPE,
    INVALID_TOKEN,
    MISSING_TOKEN,
    PARTNER_PAUSED,
    ProblemError,
)
from ameli_notify.core.api.views import ApiView, Quota

_SCHEME: Final = "bearer"


class BearerAuthentication(BaseAuthentication):
    """A token in the Authorization header, nowhere else: addresses and bodies are logged by others."""

    def authenticate(self, request: Request) -> tuple[PartnerCaller, None]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != _SCHEME:
            raise ProblemError(MISSING_TOKEN, headers={"WWW-Authenticate": "Bearer"})
        caller = caller_of(token.strip())
        if caller is None:
            raise ProblemError(INVALID_TOKEN, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return caller, None


class PartnerView(ApiView):
    """A resource for partners. ``scope``: what a token must give."""

    authentication_classes = [BearerAuthentication]
    permission_classes = []
    scope: ClassVar[Scope]

    @property
    def caller(self) -> PartnerCaller:
        caller = self.request.user
        if not isinstance(caller, PartnerCaller):
            raise ProblemError(MISSING_TOKEN, headers={"WWW-Authenticate": "Bearer"})
        return caller

    def check_permissions(self, request: Request | HttpRequest) -> None:
        """Paused before scope: who is paused is told so whatever they ask for."""
        if self.caller.is_paused:
            raise ProblemError(PARTNER_PAUSED)
        if self.scope not in self.caller.scopes:
            scheme = f'Bearer error="insufficient_scope", scope="{self.scope}"'
            raise ProblemError(INSUFFICIENT_SCOPE, headers={"WWW-Authenticate": scheme})

    def quota(self, request: Request) -> Quota:
        return Quota(f"partner-api|{self.caller.client_pk}", self.caller.requests_per_minute)
