"""The table of the yearly results, inside and outside the house; cases in a spreadsheet."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.access.models import AccessLog
from accounts.staff.models import User
from fraud.cases.deciding import decide
from fraud.cases.enums import AmountKind, AuthorCategory, CaseOutcome
from fraud.cases.ledger import correct_amount, record_amount
from fraud.cases.models import FraudCase
from fraud.cases.results.page import money_by_author, outcomes
from tests.fraud.cases.rows import CaseMaker
from tests.staff import client_of

YEAR = timezone.localdate().year


@pytest.fixture
def a_year(new_case: CaseMaker, investigator: User) -> None:
    """Six cases of professionals and one of an insured person, with money avoided; one entry was corrected."""
    for number in range(7):
        case = new_case()
        category = AuthorCategory.INSURED if number == 6 else AuthorCategory.PROFESSIONAL
        FraudCase.objects.filter(pk=case.pk).update(author_category=category)
        entry = record_amount(
            case.pk, kind=AmountKind.AVOIDED, amount=Decimal(100), on_date=dt.date(YEAR, 1, 1), by=investigator
        )
        if number == 0:
            correct_amount(entry.pk, right_amount=Decimal("40.50"), by=investigator)
        decide(case.pk, outcome=CaseOutcome.ERROR if number < 6 else CaseOutcome.FAULT, by=investigator)


def avoided(**kwargs: int) -> dict[str, Decimal | None]:
    column = list(AmountKind).index(AmountKind.AVOIDED)
    return {row.author: row.amounts[column] for row in money_by_author(year=YEAR, **kwargs)}


def test_money_by_author_adds_up_with_its_corrections(a_year: None) -> None:
    told = avoided()
    assert told["professionnel de ville"] == Decimal("540.50")
    assert told["assuré"] == Decimal("100.00")
    assert told["total"] == Decimal("640.50")
    assert told["employeur"] == 0


def test_outside_few_cases_are_hidden_and_cannot_be_computed(a_year: None) -> None:
    told = avoided(fewest=5)
    assert told["professionnel de ville"] == Decimal("540.50")
    assert told["assuré"] is None
    assert told["total"] is None
    hidden = {row.outcome for row in outcomes(year=YEAR, fewest=5) if row.cases is None}
    assert hidden == {"faute", "erreur"}


def test_outcomes_are_counted_with_their_share(a_year: None) -> None:
    told = {row.outcome: (row.cases, row.share_pct, row.days) for row in outcomes(year=YEAR)}
    assert told["erreur"] == (6, 86, 0)
    assert told["faute"] == (1, 14, 0)
    assert told["fraude établie"] == (0, 0, None)


def test_the_page_has_both_variants(a_year: None, investigator: User) -> None:
    client = client_of(investigator)
    address = reverse("admin:fraud_fraudcase_results")
    inside = client.get(address).content.decode()
    assert "640,50" in inside
    assert "masqué" not in inside
    outside = client.get(address, {"annee": str(YEAR), "public": "oui"}).content.decode()
    assert "640,50" not in outside
    assert "masqué" in outside
    assert "540,50" not in client.get(address, {"annee": YEAR - 1}).content.decode()
    assert client.get(address, {"annee": "x"}).context["year"] == YEAR


def test_chosen_cases_leave_as_a_table_without_formulas(new_case: CaseMaker, investigator: User) -> None:
    case = new_case(performer_finess="=1+1", amount="12.50")
    new_case()
    answer = client_of(investigator).post(
        reverse("admin:fraud_fraudcase_changelist"), {"action": "export", "_selected_action": [case.pk]}
    )
    rows = list(csv.reader(answer.content.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert len(rows) == 2
    told = dict(zip(rows[0], rows[1], strict=True))
    assert (told["Dossier"], told["Montant en jeu"], told["FINESS"]) == (case.number, "12,50", "'=1+1")
    assert AccessLog.objects.filter(action="export", object_kind="fraud.fraudcase").count() == 1


def test_the_dossier_on_paper_says_everything_but_the_people(held_case: FraudCase, investigator: User) -> None:
    record_amount(
        held_case.pk, kind=AmountKind.PRESUMED, amount=Decimal("21.50"), on_date=dt.date(YEAR, 1, 1), by=investigator
    )
    answer = client_of(investigator).get(reverse("admin:fraud_fraudcase_dossier", args=[held_case.pk]))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="dossier-{held_case.number}.pdf"'
    told = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    for text in (held_case.number, "Consultation de votre médecin", "21,50", "préjudice présumé", "en instruction"):
        assert text in told.replace("\n", " ")
    assert "ESSAI" not in told
    assert "Zélie" not in told
    assert AccessLog.objects.filter(action="export", object_id=str(held_case.pk)).count() == 1
