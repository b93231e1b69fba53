"""« Les signalements en chiffres »: one edition a year, counted by the job, read by everybody, never changed."""

import csv
import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.staff.models import User
from fraud.cases.deciding import decide
from fraud.cases.enums import AmountKind, CaseOutcome
from fraud.cases.ledger import record_amount
from fraud.cases.models import FraudCase
from fraud.cases.results.models import ResultsEdition
from fraud.cases.results.periods import Period
from fraud.cases.results.publishing import next_publication, publish_due
from fraud.cases.results.tables import as_json, from_json, result_tables
from fraud.cases.tasks import publish_results
from fraud.schedules import SCHEDULES
from tests.fraud.cases.rows import CaseMaker

ADDRESS = reverse("report-figures")
MARCH_1 = dt.date(2027, 3, 1)


@pytest.fixture
def decided_in_2026(new_case: CaseMaker, investigator: User) -> None:
    """Seven professionals: six times an error, once a fault."""
    for number in range(7):
        case = new_case(performer_rpps=10000000012 + number * 8)
        record_amount(
            case.pk, kind=AmountKind.AVOIDED, amount=Decimal(100), on_date=dt.date(2026, 1, 2), by=investigator
        )
        decide(case.pk, outcome=CaseOutcome.ERROR if number else CaseOutcome.FAULT, by=investigator)
    FraudCase.objects.update(decided_at=dt.datetime(2026, 5, 5, tzinfo=dt.UTC))


def test_a_year_is_published_once_and_not_before_march(decided_in_2026: None) -> None:
    assert not publish_due(today=dt.date(2027, 2, 28))
    assert publish_due(today=MARCH_1)
    assert not publish_due(today=dt.date(2027, 3, 2))
    edition = ResultsEdition.objects.get()
    assert (edition.year, edition.published_on) == (2026, MARCH_1)


def test_the_job_does_it_by_itself(decided_in_2026: None) -> None:
    assert "fraud.cases.tasks.publish_results" in [one.task for one in SCHEDULES]
    with time_machine.travel(dt.datetime(2027, 4, 9, 4, tzinfo=dt.UTC), tick=False):
        assert publish_results()


def test_a_year_without_anything_is_not_published(db: None) -> None:
    assert not publish_due(today=MARCH_1)
    assert not ResultsEdition.objects.exists()


def test_what_is_published_is_hidden_in_the_table_already(decided_in_2026: None) -> None:
    publish_due(today=MARCH_1)
    tables = {table["code"]: table["rows"] for table in ResultsEdition.objects.get().content}
    outcomes = {row["label"]: row["cells"] for row in tables["issues"]}
    assert outcomes["faute"] == outcomes["erreur"] == ["hidden", "hidden"]


def test_a_table_comes_back_as_it_was_kept(decided_in_2026: None) -> None:
    tables = result_tables(Period.of_year(2026), fewest=5)
    assert from_json(as_json(tables)) == tables


def test_an_edition_is_never_changed(decided_in_2026: None) -> None:
    publish_due(today=MARCH_1)
    row = ResultsEdition.objects.filter(year=2026)
    for change in (lambda: row.update(content=[]), row.delete):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()
    with pytest.raises(IntegrityError), transaction.atomic():
        ResultsEdition.objects.create(year=2026, published_on=MARCH_1, content=[])
    with pytest.raises(IntegrityError, match="edition_of_a_whole_year"), transaction.atomic():
        ResultsEdition.objects.create(year=2028, published_on=dt.date(2028, 12, 31), content=[])


def test_everybody_reads_it_without_anything_being_counted(
    decided_in_2026: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish_due(today=MARCH_1)
    FraudCase.objects.update(outcome=CaseOutcome.ABUSE)
    client = Client()
    with django_assert_num_queries(2):  # the edition, and the other years
        page = client.get(ADDRESS).content.decode()
    assert "publiés le 1er mars 2027" in " ".join(page.split())
    assert "700,00" in page
    assert "Comment ces chiffres sont comptés" in page
    assert client.get(reverse("report-figures-of-year", args=[2026])).content.decode() == page
    assert client.get(reverse("report-figures-of-year", args=[2025])).status_code == 404
    assert client.post(ADDRESS).status_code == 405


def test_it_is_a_file_too(decided_in_2026: None) -> None:
    publish_due(today=MARCH_1)
    answer = Client().get(reverse("report-figures-csv", args=[2026]))
    rows = list(csv.reader(answer.content.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert ["Décisions, par issue", "faute", "dossiers", "nombre", "masqué"] in rows
    assert answer.headers["Content-Disposition"] == 'attachment; filename="signalements-en-chiffres-2026.csv"'
    assert Client().get(reverse("report-figures-csv", args=[2024])).status_code == 404


@pytest.mark.django_db
def test_before_the_first_edition_the_page_says_when() -> None:
    with time_machine.travel(dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC), tick=False):
        page = Client().get(ADDRESS).content.decode()
    assert "Aucun chiffre n’est encore publié. Ceux de 2026" in page
    assert next_publication(today=dt.date(2027, 2, 28)) == (2026, MARCH_1)
    assert next_publication(today=MARCH_1) == (2027, dt.date(2028, 3, 1))


def test_other_years_are_linked(decided_in_2026: None) -> None:
    publish_due(today=MARCH_1)
    ResultsEdition.objects.create(year=2025, published_on=dt.date(2026, 3, 1), content=[])
    page = Client().get(ADDRESS).content.decode()
    assert reverse("report-figures-of-year", args=[2025]) in page
