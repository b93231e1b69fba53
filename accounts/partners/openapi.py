"""What drf-spectacular cannot see by itself: which addresses are the API's, how a token is had, headers of answers."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.hooks import postprocess_schema_enums
from drf_spectacular.plumbing import get_lib_doc_excludes

from accounts.partners.authentication import BearerAuthentication, PartnerView
from accounts.partners.enums import Scope
from accounts.partners.grant_views import GRANT_PATH
from accounts.partners.openapi_examples import add_examples
from accounts.partners.resources import PartnerResource
from ameli_notify.core.api.views import ApiView

_PREFIXES: Final = ("/api/v1/", "/oauth/", "/.well-known/oauth-authorization-server")
_SCHEME: Final = "partner"
_LIMIT_HEADERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "RateLimit": {
        "description": 'What is left of the window: `"minute";r=599;t=42` (draft-ietf-httpapi-ratelimit-headers).',
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {"description": 'The limit: `"minute";q=600;w=60`.', "schema": {"type": "string"}},
}
_ENDING_HEADERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Deprecation": {
        "description": "Since when, in Unix seconds: `@1790812800` (RFC 9745).",
        "schema": {"type": "string"},
    },
    "Sunset": {"description": "When it ends (RFC 8594).", "schema": {"type": "string"}},
}
_ETAG: Final = {"description": "Of these very bytes; send it back as If-None-Match.", "schema": {"type": "string"}}
_RETRY_AFTER: Final = {"description": "Seconds.", "schema": {"type": "integer"}}

Endpoint = tuple[str, str, str, Any]
Schema = dict[str, Any]


def bases_that_speak_to_us() -> list[type]:
    """Classes whose docstrings are for whoever writes resources, not for partners."""
    return [*get_lib_doc_excludes(), ApiView, PartnerView, PartnerResource]  # type: ignore[no-untyped-call] # not typed


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # registers itself by its class
    """OAuth 2 client credentials; each resource names the scope that it asks for."""

    target_class = BearerAuthentication
    name = _SCHEME

    def get_security_definition(self, auto_schema: Any) -> Schema:  # noqa: ANN401 (as in drf-spectacular)
        scopes = {str(scope): scope.label for scope in Scope}
        return {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": GRANT_PATH, "scopes": scopes}}}

    def get_security_requirement(self, auto_schema: Any) -> Schema:  # noqa: ANN401 (as in drf-spectacular)
        view = auto_schema.view
        return {_SCHEME: [str(view.scope)] if isinstance(view, PartnerView) else []}


def only_the_partner_api(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Preprocessing hook: the API's resources that are something."""
    return [
        endpoint
        for endpoint in endpoints
        if endpoint[0].startswith(_PREFIXES) and endpoint[0] not in ("/api/v1/", "/api/v1/{rest}")
    ]


def complete(result: Schema, generator: Any, request: Any, public: bool) -> Schema:  # noqa: ANN401 (as in drf-spectacular)
    """Postprocessing hook: headers of the answers, enums named once, an example of everything."""
    for methods in result["paths"].values():
        for operation in methods.values():
            is_for_partners = operation.get("security", [{}]) != [{}]
            for status, response in operation["responses"].items():
                headers = dict(_LIMIT_HEADERS) if is_for_partners and status not in ("401", "403", "406") else {}
                if status in ("200", "304") and is_for_partners:
                    headers["ETag"] = _ETAG
                if status in ("409", "429"):
                    headers["Retry-After"] = _RETRY_AFTER
                if operation.get("deprecated"):
                    headers |= _ENDING_HEADERS
                if headers:
                    response["headers"] = headers
    found: Schema = postprocess_schema_enums(result, generator)  # type: ignore[no-untyped-call]
    add_examples(found)
    return found
