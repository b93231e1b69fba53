"""The authorisation server: client credentials by private_key_jwt, and the document that describes it.

Errors are those of RFC 6749, 5.2, in its own form. See ADR 0023 for what is not offered.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.partners.assertions import Proven, UntrustedAssertionError, prove
from accounts.partners.certificates import presented_certificate
from accounts.partners.enums import PartnerState, Scope
from accounts.partners.keys import ALGORITHMS
from accounts.partners.networks import may_come_from
from accounts.partners.scopes import SMART_SCOPES, UngrantableScopeError, grant
from accounts.partners.tokens import LIFE, issue
from accounts.partners.usage import Used, count_usage
from ameli_notify.core.api.bodies import BoundedFormParser
from ameli_notify.core.api.documentation import public_answers
from ameli_notify.core.api.problems import CONTENT_TYPE
from ameli_notify.core.api.views import ApiView
from ameli_notify.core.client_address import client_address
from ameli_notify.core.limits import RetryAfter, hit

logger = logging.getLogger(__name__)

GRANT_PATH: Final = "/oauth/token"
GRANT: Final = "client_credentials"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TRIES_PER_ADDRESS: Final = 120
TOKENS_PER_CLIENT: Final = 60
MINUTE: Final = 60
NOT_STORED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenRequestSerializer(serializers.Serializer[Any]):
    grant_type = serializers.ChoiceField(choices=[GRANT])
    client_assertion_type = serializers.ChoiceField(choices=[ASSERTION_TYPE])
    client_assertion = serializers.CharField(help_text="A JWT signed with a registered key of the client (RFC 7523).")
    client_id = serializers.UUIDField(required=False, help_text="When given, that of the assertion.")
    scope = serializers.CharField(
        required=False,
        help_text=(
            "Separated by spaces; all of the client's when left out. `system/Patient.rs`, "
            "`system/ExplanationOfBenefit.rs` and `system/*.rs` are understood too (SMART Backend Services)."
        ),
    )


class TokenSerializer(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    token_type = serializers.ChoiceField(choices=["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds.")
    scope = serializers.CharField()


class OAuthErrorSerializer(serializers.Serializer[Any]):
    error = serializers.ChoiceField(
        choices=[
            "invalid_request", "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
            "temporarily_unavailable",
        ]
    )  # fmt: skip
    error_description = serializers.CharField(required=False)


class ServerMetadataSerializer(serializers.Serializer[Any]):
    """RFC 8414."""

    issuer = serializers.URLField()
    token_endpoint = serializers.URLField()
    token_endpoint_auth_methods_supported = serializers.ListField(child=serializers.CharField())
    token_endpoint_auth_signing_alg_values_supported = serializers.ListField(child=serializers.CharField())
    grant_types_supported = serializers.ListField(child=serializers.CharField())
    response_types_supported = serializers.ListField(child=serializers.CharField())
    scopes_supported = serializers.ListField(child=serializers.CharField())
    tls_client_certificate_bound_access_tokens = serializers.BooleanField(help_text="RFC 8705, 3.3.")


class OAuthError(Exception):
    """An answer of RFC 6749, 5.2."""

    def __init__(self, error: str, description: str = "", *, status: int = 400, retry_after: int = 0) -> None:
        super().__init__(error)
        self.error, self.description, self.status, self.retry_after = error, description, status, retry_after


class _PublicView(ApiView):
    authentication_classes = []
    permission_classes = []


class TokenView(_PublicView):
    """The token endpoint."""

    parser_classes = [BoundedFormParser]
    http_method_names = ["post"]

    @extend_schema(
        operation_id="getToken",
        summary="Obtenir un jeton",
        description="OAuth 2.0 client credentials with `private_key_jwt` (RFC 7523). A token lives 300 seconds.",
        tags=["OAuth"],
        auth=[],
        request={"application/x-www-form-urlencoded": TokenRequestSerializer},
        responses={
            200: TokenSerializer,
            400: OpenApiResponse(OAuthErrorSerializer, "RFC 6749, 5.2"),
            401: OpenApiResponse(OAuthErrorSerializer, "The client did not prove who it is"),
            (406, CONTENT_TYPE): public_answers(TokenSerializer)[406, CONTENT_TYPE],
            429: OpenApiResponse(OAuthErrorSerializer, "Too many tries: see Retry-After"),
        },
    )
    def post(self, request: Request) -> Response:
        try:
            return Response(_grant(request), headers=NOT_STORED)
        except OAuthError as error:
            return _refusal(error)


class ServerMetadataView(_PublicView):
    """The discovery document."""

    http_method_names = ["get", "head"]

    @extend_schema(
        operation_id="getServerMetadata",
        summary="Décrire le serveur d’autorisation",
        tags=["OAuth"],
        auth=[],
        responses=public_answers(ServerMetadataSerializer),
    )
    def get(self, request: Request) -> Response:
        issuer = issuer_of(request)
        return Response(
            {
                "issuer": issuer,
                "token_endpoint": f"{issuer}{GRANT_PATH}",
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
                "grant_types_supported": [GRANT],
                "response_types_supported": [],
                "scopes_supported": [*Scope.values, *SMART_SCOPES],
                "tls_client_certificate_bound_access_tokens": bool(settings.CLIENT_CERTIFICATE_HEADER),
            }
        )


def issuer_of(request: Request) -> str:
    """Scheme and host of the request, which ALLOWED_HOSTS has checked."""
    return str(request.build_absolute_uri("/")).rstrip("/")


def _grant(request: Request) -> Mapping[str, object]:
    _limit("address", client_address(request._request), TRIES_PER_ADDRESS)
    form = _form(request)
    if form["grant_type"] != GRANT:
        raise OAuthError("unsupported_grant_type", f"grant_type must be {GRANT}")
    proven = _proven(request, form)
    _check_network(request, proven)
    _limit("client", str(proven.client.pk), TOKENS_PER_CLIENT)
    if proven.client.partner.state != PartnerState.ACTIVE:
        raise OAuthError("unauthorized_client", "the access of this organisation is paused")
    try:
        granted = grant(form.get("scope", ""), proven.client.allowed_scopes())
    except UngrantableScopeError:
        raise OAuthError("invalid_scope", "a scope is unknown or not this client's") from None
    certificate = _certificate(request, proven)
    logger.info("partner token issued", extra={"client": proven.client.pk, "key": proven.key.pk})
    return {
        "access_token": issue(proven, granted.scopes, certificate=certificate),
        "token_type": "Bearer",
        "expires_in": int(LIFE.total_seconds()),
        "scope": " ".join(granted.told),
    }


def _form(request: Request) -> Mapping[str, str]:
    """Each parameter once (RFC 6749, 3.2), the needed ones there; unknown ones are left aside, as the RFC asks."""
    try:
        data = request.data
    except (UnsupportedMediaType, ParseError, SuspiciousOperation):
        raise OAuthError("invalid_request", "the body cannot be read as a form") from None
    if not isinstance(data, QueryDict):
        raise OAuthError("invalid_request", "the body must be a form")
    if any(len(data.getlist(name)) > 1 for name in data):
        raise OAuthError("invalid_request", "a parameter is given twice")
    form = {name: str(value) for name, value in data.items() if value}
    for name in ("grant_type", "client_assertion_type", "client_assertion"):
        if name not in form and (name == "grant_type" or form["grant_type"] == GRANT):
            raise OAuthError("invalid_request", f"{name} is missing")
    return form


def _proven(request: Request, form: Mapping[str, str]) -> Proven:
    if form["client_assertion_type"] != ASSERTION_TYPE:
        raise OAuthError("invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}")
    issuer = issuer_of(request)
    try:
        proven = prove(form["client_assertion"], audiences=(issuer, f"{issuer}{GRANT_PATH}"))
        if form.get("client_id", str(proven.client.client_id)) != str(proven.client.client_id):
            raise UntrustedAssertionError("client_id")
    except UntrustedAssertionError as error:
        logger.warning("partner assertion refused", extra={"why": str(error)})
        raise _nothing_proven() from None
    return proven


def _nothing_proven() -> OAuthError:
    return OAuthError("invalid_client", "the assertion proves nothing", status=401)


def _check_network(request: Request, proven: Proven) -> None:
    """Refused in the words of a bad assertion: whoever stole a key does not learn that it is good.

    Before the client's own limit, which they would use up.
    """
    if not may_come_from(proven.client.allowed_networks, request._request):
        logger.warning("partner network refused", extra={"client": proven.client.pk, "where": "token"})
        count_usage(proven.client.partner_id, Used(refusals=1))
        raise _nothing_proven()


def _certificate(request: Request, proven: Proven) -> str:
    """What the token is bound to (RFC 8705, 3): this connection's certificate, where the client has registered one."""
    known = proven.client.certificate_thumbprints
    certificate = presented_certificate(request._request) if known else ""
    if known and certificate not in known:
        logger.warning("partner certificate refused", extra={"client": proven.client.pk, "given": bool(certificate)})
        raise OAuthError("invalid_client", "this client needs its certificate", status=401)
    return certificate


def _limit(scope: str, name: str, tries: int) -> None:
    verdict = hit(f"partner-token|{scope}|{name}", limit=tries, window_seconds=MINUTE)
    if isinstance(verdict, RetryAfter):
        logger.warning("partner token limit reached", extra={"scope": scope})
        raise OAuthError("temporarily_unavailable", "too many tries", status=429, retry_after=verdict.seconds)


def _refusal(error: OAuthError) -> Response:
    headers = dict(NOT_STORED)
    if error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    body = {"error": error.error, "error_description": error.description}
    return Response(body, status=error.status, headers=headers)
