"""The tables of results, inside and outside the house; cases in a spreadsheet and on paper."""

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
from fraud.cases.merging import merge
from fraud.cases.models import FraudCase
from fraud.cases.opening import take_in_reports
from fraud.cases.results import tables
from fraud.cases.results.periods import Period
from fraud.cases.results.tables import MOTIVES_FR, Blank, Cell, ResultTable, Unit, said
from fraud.intake.following import withdraw
from fraud.intake.models import FraudReport
from fraud.intake.questionnaire.publishing import current, published
from fraud.intake.questionnaire.structure import ReportLeaf
from reimbursements.professionals.models import HealthProfessional, PracticePlace
from reimbursements.reference.models import Specialty
from tests.fraud.cases.rows import CaseMaker, make_sent_report
from tests.reimbursements.payments.rows import make_person
from tests.staff import client_of

YEAR = timezone.localdate().year
PERIOD = Period.of_year(YEAR)
HIDDEN, NOTHING = Blank.HIDDEN, Blank.NOTHING


def cells(table: ResultTable) -> dict[str, tuple[Cell, ...]]:
    return {row.label: row.cells for row in table.rows}


@pytest.fixture
def a_year(new_case: CaseMaker, investigator: User) -> None:
    """Six cases about six professionals and one of an insured person, with money avoided; one entry was corrected."""
    for number in range(7):
        case = new_case(performer_rpps=10000000012 + number * 8)
        category = AuthorCategory.INSURED if number == 6 else AuthorCategory.PROFESSIONAL
        FraudCase.objects.filter(pk=case.pk).update(author_category=category)
        entry = record_amount(
            case.pk, kind=AmountKind.AVOIDED, amount=Decimal(100), on_date=dt.date(YEAR, 1, 1), by=investigator
        )
        if number == 0:
            correct_amount(entry.pk, right_amount=Decimal("40.50"), by=investigator)
        decide(case.pk, outcome=CaseOutcome.ERROR if number < 6 else CaseOutcome.FAULT, by=investigator)


def avoided(**kwargs: int) -> dict[str, Cell]:
    column = list(AmountKind).index(AmountKind.AVOIDED)
    return {label: row[column] for label, row in cells(tables.money_by_author(PERIOD, **kwargs)).items()}


class TestMoney:
    def test_adds_up_with_its_corrections(self, a_year: None) -> None:
        told = avoided()
        assert told["professionnel de ville"] == Decimal("540.50")
        assert told["assuré"] == Decimal("100.00")
        assert told["total"] == Decimal("640.50")
        assert told["employeur"] == 0

    def test_what_is_about_few_is_hidden_outside_and_does_not_follow_from_the_total(self, a_year: None) -> None:
        told = avoided(fewest=5)
        assert (told["assuré"], told["professionnel de ville"]) == (HIDDEN, HIDDEN)
        assert told["total"] == Decimal("640.50")

    def test_many_cases_of_one_professional_are_about_one(self, new_case: CaseMaker, investigator: User) -> None:
        for _ in range(6):
            case = new_case()
            record_amount(case.pk, kind=AmountKind.AVOIDED, amount=Decimal(7), on_date=PERIOD.first, by=investigator)
        told = avoided(fewest=5)
        assert (told["non déterminé"], told["total"]) == (HIDDEN, HIDDEN)

    def test_a_merged_case_counts_as_its_holder_judges(self, new_case: CaseMaker, supervisor: User) -> None:
        source, target = new_case(), new_case()
        FraudCase.objects.filter(pk=target.pk).update(author_category=AuthorCategory.ESTABLISHMENT)
        record_amount(source.pk, kind=AmountKind.AVOIDED, amount=Decimal(50), on_date=PERIOD.first, by=supervisor)
        merge(source.pk, into=target.pk, by=supervisor)
        told = avoided()
        assert (told["établissement"], told["non déterminé"]) == (Decimal(50), Decimal(0))

    def test_the_yearly_table_of_the_insurer_is_reproduced(self, new_case: CaseMaker, investigator: User) -> None:
        """The proportions published for 2024, in thousands: 416, 109, 88 and 2 of 615 avoided or stopped."""
        published_2024 = {"professional": 416, "insured": 109, "establishment": 88, "employer": 2}
        for number, (author, amount) in enumerate(published_2024.items()):
            case = new_case(performer_rpps=10000000012 + number * 8)
            FraudCase.objects.filter(pk=case.pk).update(author_category=author)
            record_amount(
                case.pk, kind=AmountKind.AVOIDED, amount=Decimal(amount), on_date=PERIOD.first, by=investigator
            )
        assert avoided() == {
            "non déterminé": 0, "professionnel de ville": 416, "établissement": 88, "assuré": 109, "employeur": 2,
            "total": 615,
        }  # fmt: skip


class TestOutcomes:
    def test_are_counted_with_their_share(self, a_year: None) -> None:
        told = cells(tables.outcomes(PERIOD))
        assert told["erreur"] == (6, 86)
        assert told["faute"] == (1, 14)
        assert told["fraude établie"] == (0, 0)
        hidden = cells(tables.outcomes(PERIOD, fewest=5))
        assert {label for label, row in hidden.items() if HIDDEN in row} == {"faute", "erreur"}

    def test_of_another_year_are_not_counted(self, a_year: None) -> None:
        assert tables.outcomes(Period.of_year(YEAR - 1)).is_empty

    def test_the_last_day_of_a_period_is_in_it(self, new_case: CaseMaker, investigator: User) -> None:
        case = new_case()
        decide(case.pk, outcome=CaseOutcome.ERROR, by=investigator)
        last_minute = dt.datetime(YEAR - 1, 12, 31, 23, 59, tzinfo=timezone.get_default_timezone())
        FraudCase.objects.filter(pk=case.pk).update(decided_at=last_minute)
        assert cells(tables.outcomes(Period.of_year(YEAR - 1)))["erreur"] == (1, 100)
        assert tables.outcomes(PERIOD).is_empty


def test_delays_are_told_by_half_and_nine_in_ten(new_case: CaseMaker, investigator: User) -> None:
    for days in range(1, 11):
        case = new_case(severity=2)
        decide(case.pk, outcome=CaseOutcome.COMPLIANT, by=investigator)
        decided = FraudCase.objects.get(pk=case.pk).decided_at
        assert decided is not None
        FraudCase.objects.filter(pk=case.pk).update(opened_at=decided - dt.timedelta(days=days))
    told = cells(tables.delays(PERIOD))
    assert told["sérieux"] == (10, 6, 10)  # medians of 1 to 10: 5.5; nine tenths: 9.1; days begun
    assert told["grave"] == (0, NOTHING, NOTHING)


def test_reports_are_followed_to_their_outcome(new_case: CaseMaker, investigator: User) -> None:
    outcomes = (CaseOutcome.ERROR, CaseOutcome.FAULT, CaseOutcome.COMPLIANT, None)
    for outcome in outcomes:
        report = make_sent_report(make_person("Zélie"), amount_at_stake=Decimal(20), severity=2, motive="transport")
        take_in_reports()
        if outcome is not None:
            decide(report.case_links.get().case_id, outcome=outcome, by=investigator)
    told = cells(tables.reports_by_motive(PERIOD))
    assert told["transport"] == (4, 3, 2, 67)
    assert told["autre"] == (0, 0, 0, NOTHING)
    assert set(cells(tables.reports_by_motive(PERIOD, fewest=5))["transport"]) == {HIDDEN}


def test_a_withdrawn_report_was_received_and_came_to_no_outcome(new_case: CaseMaker, investigator: User) -> None:
    case = new_case()
    report = FraudReport.objects.get()
    withdraw(report.pk, insured_id=report.insured_id)
    decide(case.pk, outcome=CaseOutcome.NO_FOLLOW_UP, by=investigator)
    label = MOTIVES_FR[report.motive]
    assert cells(tables.reports_by_motive(PERIOD))[label] == (1, 0, 0, NOTHING)


@pytest.mark.django_db
def test_each_motive_of_the_questionnaire_has_its_row() -> None:
    nodes = published(current().pk).nodes.values()
    assert {node.motive for node in nodes if isinstance(node, ReportLeaf)} == set(MOTIVES_FR)


def practise(rpps: int, specialty: str) -> None:
    professional = HealthProfessional.objects.create(rpps=rpps, last_name="ESSAI", first_name="Ada")
    for code, since in (("99", dt.date(2000, 1, 1)), (specialty, dt.date(2020, 1, 1))):
        PracticePlace.objects.create(
            professional=professional,
            am_no=f"{rpps % 10**9:09}",
            specialty=code,
            department="00",
            active_from=since,
        )


class TestMoneyBySpecialty:
    PUBLISHED_2024 = {"pharmacien": 62, "infirmier": 56, "transporteur": 42}
    """Millions stopped in 2024, of those that were published by kind of professional."""

    def avoid(self, new_case: CaseMaker, number: int, *, specialty: str, amount: int, by: User) -> FraudCase:
        rpps = 10000000012 + 8 * number
        practise(rpps, specialty)
        case = new_case(performer_rpps=rpps)
        FraudCase.objects.filter(pk=case.pk).update(author_category=AuthorCategory.PROFESSIONAL)
        record_amount(case.pk, kind=AmountKind.AVOIDED, amount=Decimal(amount), on_date=PERIOD.first, by=by)
        return case

    def column(self, **kwargs: int) -> dict[str, Cell]:
        place = list(AmountKind).index(AmountKind.AVOIDED)
        return {label: row[place] for label, row in cells(tables.money_by_specialty(PERIOD, **kwargs)).items()}

    def test_the_published_kinds_of_professionals_are_reproduced(self, new_case: CaseMaker, investigator: User) -> None:
        for number, (label, amount) in enumerate(self.PUBLISHED_2024.items()):
            code = f"7{number}"
            Specialty.objects.create(code=code, label=label, profession=label, valid_from=dt.date(2000, 1, 1))
            self.avoid(new_case, number, specialty=code, amount=amount, by=investigator)
        insured = new_case(performer_rpps=None)
        FraudCase.objects.filter(pk=insured.pk).update(author_category=AuthorCategory.INSURED)
        record_amount(insured.pk, kind=AmountKind.AVOIDED, amount=Decimal(109), on_date=PERIOD.first, by=investigator)
        assert self.column() == {**self.PUBLISHED_2024, "total": 160}
        assert self.column()["total"] == avoided()["professionnel de ville"]

    def test_few_are_hidden_and_do_not_follow_from_the_totals_by_author(
        self, new_case: CaseMaker, investigator: User
    ) -> None:
        for number in range(8):
            self.avoid(new_case, number, specialty="19" if number < 6 else "20", amount=10, by=investigator)
        shown = self.column(fewest=5)
        assert shown == {"spécialité 19": HIDDEN, "spécialité 20": HIDDEN, "total": 80}, "one alone would follow"
        assert avoided(fewest=5)["professionnel de ville"] == 80

    def test_a_column_that_the_authors_hide_is_hidden_here(self, new_case: CaseMaker, investigator: User) -> None:
        for number in range(5):
            self.avoid(new_case, number, specialty="19", amount=10, by=investigator)
        other = new_case(performer_rpps=None)
        FraudCase.objects.filter(pk=other.pk).update(author_category=AuthorCategory.INSURED)
        record_amount(other.pk, kind=AmountKind.AVOIDED, amount=Decimal(5), on_date=PERIOD.first, by=investigator)
        assert avoided(fewest=5)["professionnel de ville"] == HIDDEN
        assert set(self.column(fewest=5).values()) == {HIDDEN}


class TestFalseAlarms:
    def test_are_told_by_specialty(self, new_case: CaseMaker, investigator: User) -> None:
        Specialty.objects.create(
            code="19", label="Chirurgien-dentiste", profession="dentiste", valid_from=dt.date(2000, 1, 1)
        )
        for number in range(6):
            rpps = 10000000012 + 8 * number
            practise(rpps, "19")
            case = new_case(performer_rpps=rpps)
            decide(case.pk, outcome=CaseOutcome.COMPLIANT if number < 2 else CaseOutcome.FAULT, by=investigator)
        case = new_case(performer_rpps=None)
        decide(case.pk, outcome=CaseOutcome.NO_FOLLOW_UP, by=investigator)
        told = cells(tables.false_alarms(PERIOD))
        assert told == {"Chirurgien-dentiste": (6, 2, 33), tables.NO_SPECIALTY: (1, 1, 100)}
        assert set(sum(cells(tables.false_alarms(PERIOD, fewest=5)).values(), ())) == {HIDDEN}

    def test_many_cases_about_one_professional_are_hidden(self, new_case: CaseMaker, investigator: User) -> None:
        practise(10000000012, "20")
        for _ in range(9):
            decide(new_case().pk, outcome=CaseOutcome.COMPLIANT, by=investigator)
        told = cells(tables.false_alarms(PERIOD, fewest=5))
        assert told == {"spécialité 20": (HIDDEN, HIDDEN, HIDDEN)}


def test_figures_are_said_in_french() -> None:
    assert said(Decimal("-1234.5"), Unit.EUROS) == "-1\u202f234,50\u00a0€"
    assert said(1234, Unit.COUNT) == "1\u202f234"
    assert (said(12, Unit.PERCENT), said(3, Unit.DAYS)) == ("12\u00a0%", "3\u00a0j")
    assert (said(HIDDEN, Unit.EUROS), said(NOTHING, Unit.PERCENT)) == ("masqué", "–")


class TestPage:
    @pytest.fixture
    def address(self) -> str:
        return reverse("admin:fraud_fraudcase_results")

    def test_has_both_variants(self, a_year: None, address: str, investigator: User) -> None:
        client = client_of(investigator)
        inside = client.get(address).content.decode()
        assert "540,50" in inside
        assert "masqué" not in inside.replace("rien n’est masqué", "")
        outside = client.get(address, {"public": "on"}).content.decode()
        assert "540,50" not in outside
        assert "masqué" in outside
        before = {"du": f"{YEAR - 1}-01-01", "au": f"{YEAR - 1}-12-31"}
        assert "540,50" not in client.get(address, before).content.decode()

    @pytest.mark.parametrize(
        ("asked", "told"),
        [
            ({"du": "2026-03-02", "au": "2026-03-01"}, "finit avant de commencer"),
            ({"du": "2026-01-01", "au": "2026-06-30", "public": "on"}, "retrouver ce qui est masqué"),
            ({"du": "hier"}, "corrigez ce qui est indiqué"),
        ],
    )
    def test_tells_what_is_wrong_with_a_period(
        self, address: str, investigator: User, asked: dict[str, str], told: str
    ) -> None:
        client = client_of(investigator)
        page = client.get(address, asked).content.decode()
        assert told in page
        assert "Montants par auteur" not in page
        assert client.get(reverse("admin:fraud_fraudcase_results_csv"), asked).status_code == 400

    def test_leaves_as_a_file_and_is_logged(self, a_year: None, investigator: User) -> None:
        answer = client_of(investigator).get(reverse("admin:fraud_fraudcase_results_csv"))
        rows = list(csv.reader(answer.content.decode("utf-8-sig").splitlines(), delimiter=";"))
        assert rows[0] == ["Tableau", "Ligne", "Mesure", "Unité", "Valeur"]
        found = {(row[0], row[1], row[2]): row[4] for row in rows[1:]}
        money = ("Montants par auteur, corrections comprises", "total", "préjudice évité")
        assert found[money] == "640,50"
        assert AccessLog.objects.get(object_kind="fraud.results").action == "export"

    def test_a_label_is_no_formula(self, new_case: CaseMaker, investigator: User) -> None:
        Specialty.objects.create(code="21", label="=1+1", profession="x", valid_from=dt.date(2000, 1, 1))
        practise(10000000012, "21")
        decide(new_case().pk, outcome=CaseOutcome.COMPLIANT, by=investigator)
        answer = client_of(investigator).get(reverse("admin:fraud_fraudcase_results_csv")).content.decode("utf-8-sig")
        assert '"\'=1+1"' in answer
        assert '"=1+1"' not in answer


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
