"""What no resource answers is told to programs as a problem, to clients of FHIR as an outcome, to people as a page."""

import pytest
from django.test import Client
from fhir.resources.R4B.operationoutcome import OperationOutcome

from ameli_notify.core.api.problem_views import ProblemView
from reimbursements.partner_api.fhir.views import MetadataView

PROBLEM = "application/problem+json"
FHIR = "application/fhir+json"


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        *((path, PROBLEM) for path in ("/api", "/api/", "/api/v2/members", "/oauth/", "/oauth/x", "/oauth/token/")),
        *((path, FHIR) for path in ("/fhir", "/fhir/", "/fhir/r5/metadata", "/fhir/r4/")),
        ("/apis", "text/html; charset=utf-8"),
        ("/rien", "text/html; charset=utf-8"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_is_none(db: None, path: str, content_type: str, method: str) -> None:
    answer = Client().generic(method, path, headers={"accept-language": "en"})
    assert (answer.status_code, answer["Content-Type"]) == (404, content_type)
    if content_type == PROBLEM:
        assert (answer.json()["code"], answer.json()["title"]) == ("not-found", "Nothing is here for you")
    elif content_type == FHIR:
        OperationOutcome.model_validate(answer.json())


def test_more_parameters_than_anybody_needs(db: None) -> None:
    answer = Client().get("/api/v1/problems/not-found?" + "&".join(f"a{number}=1" for number in range(1_100)))
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert answer.json()["code"] == "invalid-request"


def test_a_mistake_of_ours(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("2 85 05 78 006 084 36")

    monkeypatch.setattr(ProblemView, "get", fail)
    monkeypatch.setattr(MetadataView, "get", fail)
    programs = Client(raise_request_exception=False)
    told = programs.get("/api/v1/problems/not-found")
    assert (told.status_code, told["Content-Type"], told.json()["code"]) == (500, PROBLEM, "internal-error")
    outcome = programs.get("/fhir/r4/metadata")
    assert (outcome.status_code, outcome["Content-Type"]) == (500, FHIR)
    OperationOutcome.model_validate(outcome.json())
    assert b"085" not in told.content + outcome.content


def test_what_has_no_body_has_no_type(db: None) -> None:
    first = Client().get("/api/v1/openapi.json")
    again = Client().get("/api/v1/openapi.json", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, "Content-Type" in again) == (304, False)
