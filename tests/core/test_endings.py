"""A resource that ends says so: in each answer, and in the document."""

import datetime as dt

import pytest
from django.test import Client
from django.utils.http import http_date
from drf_spectacular.generators import SchemaGenerator

from ameli_notify.core.api.endings import Ending
from ameli_notify.core.api.problem_views import ProblemView

AT = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
ENDING = Ending(deprecated_at=AT, ends_at=AT + dt.timedelta(days=365), see="https://ameli.example.org/changes")
PATH = "/api/v1/problems/{code}"


@pytest.mark.parametrize(("code", "status"), [("not-found", 200), ("none", 404)])
def test_is_told_in_answers_and_in_errors(
    db: None, monkeypatch: pytest.MonkeyPatch, client: Client, code: str, status: int
) -> None:
    assert "Deprecation" not in client.get(PATH.format(code=code))
    monkeypatch.setattr(ProblemView, "ending", ENDING)
    answer = client.get(PATH.format(code=code))
    assert answer.status_code == status
    assert answer["Deprecation"] == f"@{int(AT.timestamp())}"
    assert answer["Sunset"] == http_date(AT.timestamp() + 365 * 24 * 60 * 60)
    assert 'rel="deprecation"' in answer["Link"]


def test_is_told_in_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    def operation() -> dict[str, object]:
        told = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call] # not typed
        found: dict[str, object] = told["paths"][PATH]["get"]
        return found

    assert "deprecated" not in operation()
    monkeypatch.setattr(ProblemView, "ending", ENDING)
    found = operation()
    assert found["deprecated"] is True
    assert all({"Deprecation", "Sunset"} <= set(answer["headers"]) for answer in found["responses"].values())  # type: ignore[attr-defined] # JSON


def test_is_announced_a_year_before() -> None:
    with pytest.raises(ValueError, match="a year before"):
        Ending(deprecated_at=AT, ends_at=AT + dt.timedelta(days=364), see="https://ameli.example.org/changes")
