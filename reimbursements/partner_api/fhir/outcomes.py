"""Errors as FHIR tells them: an OperationOutcome with the problem's own stable code."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework.response import Response

from ameli_notify.core.api import problems

CONTENT_TYPE: Final = "application/fhir+json"
CODES: Final = "urn:ameli-notify:problem"
# https://hl7.org/fhir/R4/valueset-issue-type.html
_TYPES: Final = {
    400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 406: "not-supported",
    409: "conflict", 410: "deleted", 413: "too-long", 415: "not-supported", 416: "value", 429: "throttled",
    500: "exception",
}  # fmt: skip


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler for FHIR; what is a mistake of ours goes on."""
    found = problems.handle(error, context)
    if found is None:
        return None
    problem: dict[str, Any] = found.data
    names = [item["parameter"] for item in problem.get("errors", []) if "parameter" in item]
    body = outcome(problem["title"], code=problem["code"], kind=_TYPES.get(found.status_code, "invalid"), names=names)
    found.data = body
    found.content_type = CONTENT_TYPE
    return found


def outcome_of(kind: problems.ProblemKind, language: str) -> dict[str, Any]:
    """A problem that no resource answers."""
    return outcome(kind.title(language), code=kind.code, kind=_TYPES.get(kind.status, "invalid"))


def outcome(title: str, *, code: str, kind: str, names: list[str] | None = None) -> dict[str, Any]:
    """One issue. ``names``: the parameters that it is about."""
    issue: dict[str, Any] = {
        "severity": "error",
        "code": kind,
        "details": {"coding": [{"system": CODES, "code": code}], "text": title},
    }
    if names:
        issue["expression"] = names
    return {"resourceType": "OperationOutcome", "issue": [issue]}
