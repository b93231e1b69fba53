"""Errors that no resource answers (an address that is none, a request that cannot be read, a mistake of ours), told to
programs as everything else: as problems, and to clients of FHIR as OperationOutcome. Browsers get the usual pages.
"""

import json
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from ameli_notify.core.api.problems import (
    CONTENT_TYPE,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    NOT_FOUND,
    ProblemKind,
    language_of,
    problem_body,
    problem_headers,
)
from reimbursements.partner_api.fhir import outcomes

FHIR: Final = "/fhir"
ROOTS: Final = ("/api", "/oauth", "/.well-known/oauth-authorization-server", FHIR)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _told(request, INVALID_REQUEST) or defaults.bad_request(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _told(request, NOT_FOUND) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _told(request, INTERNAL_ERROR) or defaults.server_error(request)


def _told(request: HttpRequest, kind: ProblemKind) -> HttpResponse | None:
    """None for addresses of pages."""
    path = f"/{request.path.lstrip('/')}"
    if not any(path == root or path.startswith(f"{root}/") for root in ROOTS):
        return None
    language = language_of(request)
    body: dict[str, Any] = problem_body(kind, language)
    content_type = CONTENT_TYPE
    if path == FHIR or path.startswith(f"{FHIR}/"):
        body = outcomes.outcome_of(kind, language)
        content_type = outcomes.CONTENT_TYPE
    text, headers = json.dumps(body, ensure_ascii=False), problem_headers(language)
    return HttpResponse(text, status=kind.status, content_type=content_type, headers=headers)
