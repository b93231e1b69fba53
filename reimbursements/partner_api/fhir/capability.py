"""What this FHIR server can do, and how a token is had: the two documents that clients begin with."""

from collections.abc import Sequence
from typing import Any, Final

from rest_framework.request import Request

from accounts.partners.enums import Scope
from accounts.partners.grant_views import GRANT_PATH, issuer_of
from accounts.partners.keys import ALGORITHMS
from accounts.partners.scopes import SMART_SCOPES
from reimbursements.partner_api.fhir.resources import BENEFIT, PATIENT

VERSION: Final = "4.0.1"
PUBLISHED: Final = "2026-11-22"
_SPEC: Final = "http://hl7.org/fhir/SearchParameter"
_CARIN: Final = "http://hl7.org/fhir/us/carin-bb/SearchParameter"
"""FHIR itself has no search by the days of care."""
_BULK: Final = "http://hl7.org/fhir/uv/bulkdata"
_OAUTH: Final = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SECURITY: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"


def capability_statement(base: str) -> dict[str, Any]:
    """CapabilityStatement of the server at ``base``."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": PUBLISHED,
        "kind": "instance",
        "instantiates": [f"{_BULK}/CapabilityStatement/bulk-data"],
        "software": {"name": "ameli_notify"},
        "implementation": {"description": "Remboursements des membres consentants, pour leur mutuelle", "url": base},
        "fhirVersion": VERSION,
        "format": ["json", "application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "GET jobs lists your own bulk exports: a searchset of Task, by status",
                "security": _security(base),
                "resource": [
                    _resource(
                        PATIENT,
                        [
                            ("_id", "token", f"{_SPEC}/Resource-id"),
                            ("identifier", "token", f"{_SPEC}/Patient-identifier"),
                        ],
                    )
                    | {"operation": [{"name": "export", "definition": f"{_BULK}/OperationDefinition/patient-export"}]},
                    _resource(
                        BENEFIT,
                        [
                            ("patient", "reference", f"{_SPEC}/{BENEFIT}-patient"),
                            ("service-date", "date", f"{_CARIN}/explanationofbenefit-service-date"),
                            ("_lastUpdated", "date", f"{_SPEC}/Resource-lastUpdated"),
                        ],
                    ),
                ],
                "operation": [{"name": "export", "definition": f"{_BULK}/OperationDefinition/export"}],
            }
        ],
    }


def smart_configuration(request: Request) -> dict[str, Any]:
    """SMART App Launch 2, Backend Services."""
    issuer = issuer_of(request)
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}{GRANT_PATH}",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": [
            *SMART_SCOPES,
            *(str(scope) for scope in (Scope.MEMBERS_READ, Scope.REIMBURSEMENTS_READ, Scope.EXPORT)),
        ],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }


def _security(base: str) -> dict[str, Any]:
    token = {"url": "token", "valueUri": f"{base.removesuffix('/fhir/r4')}{GRANT_PATH}"}
    return {
        "extension": [{"url": _OAUTH, "extension": [token]}],
        "service": [{"coding": [{"system": _SECURITY, "code": "OAuth"}]}],
    }


def _resource(kind: str, parameters: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    return {
        "type": kind,
        "interaction": [
            {"code": "read"},
            {"code": "search-type", "documentation": f"GET {kind}, or POST of the same as a form to {kind}/_search"},
        ],
        "versioning": "no-version",
        "searchParam": [
            {"name": name, "definition": definition, "type": type_} for name, type_, definition in parameters
        ],
    }
