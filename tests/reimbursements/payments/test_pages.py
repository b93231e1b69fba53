"""Detail of a payment, cost of a year, file for a spreadsheet, public articles."""

import csv
import datetime as dt
import io
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.test import Client

from accounts.people.models import InsuredPerson
from reimbursements.explanations.articles import article_slugs
from reimbursements.explanations.typography import euros
from reimbursements.lines.models import ReimbursementLine
from reimbursements.payments.access import is_adult
from reimbursements.payments.exports import COLUMNS, plain_text
from tests.reimbursements.payments.rows import (
    CSV,
    PAID,
    PAYMENTS,
    make_child,
    make_person,
    page_of,
    pay,
    pay_case,
    rows_of,
)
from tests.reimbursements.test_explanations_cases import CASES, DIRECT_PAYMENT, TRANSMITTED, act, copay, gp

ARTICLES = "/comprendre/"


def detail_of(client: Client) -> str:
    return page_of(client, f"{PAYMENTS}{rows_of(client)[0].token}/")


def table_of(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{CSV}{query}")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_the_detail_says_what_was_paid_and_why(me: InsuredPerson, mine: Client) -> None:
    pay_case(me, "gp_paid_to_you")
    page = detail_of(mine)
    for told in (
        "Détail du paiement du 19 octobre 2026",
        "Montant de l’acte",
        "Reste à votre charge",
        'href="/comprendre/base-et-taux-de-remboursement/"',
        "Participation forfaitaire",
        "Qui a payé ces soins",
        "sur un maximum de 50,00 €",
        "<meter",
    ):
        assert told in page, told


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_typical_statement_has_its_page(me: InsuredPerson, mine: Client, name: str) -> None:
    pay_case(me, name)
    page = detail_of(mine)
    assert "[[" not in page
    assert page.count("<h1>") == 1


def test_counters_are_those_of_each_beneficiary(me: InsuredPerson, mine: Client) -> None:
    """The participations of the year, of other statements too; none for a child."""
    for days in (0, 1, 2):
        pay(me, gp(), copay(1951, "2.00"), on=PAID - dt.timedelta(days=days))
    assert "6,00 € sur un maximum de 50,00 €" in detail_of(mine)
    child = make_child(me)
    pay(me, gp(), to=child, on=PAID + dt.timedelta(days=1))
    page = detail_of(mine)
    assert "<meter" not in page
    assert "moins de 18 ans" in page


def test_the_year_shows_a_drawing_and_the_same_as_a_table(me: InsuredPerson, mine: Client) -> None:
    pay_case(me, "gp_part_of_the_mutuelle_known")
    page = page_of(mine, "/mon-espace/annee/2026/")
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img"' in page
    assert "<caption>Coût de vos soins, payés en 2026" in page
    assert "chart__bar--complementary" in page
    assert "L’année est en cours" in page


def test_the_year_of_a_family_says_so(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp())
    assert "Ce que vos soins ont coûté en 2026" in page_of(mine, "/mon-espace/annee/2026/")
    pay(me, gp(**TRANSMITTED), to=make_child(me))
    page = page_of(mine, "/mon-espace/annee/2026/")
    assert "Ce que vos soins et ceux des personnes rattachées à votre dossier ont coûté en 2026" in page
    assert "Vos soins et ceux des personnes rattachées à votre dossier, payés en 2026, ont" in page
    assert "Non connue" in page


def test_the_cost_is_the_same_everywhere(me: InsuredPerson, mine: Client) -> None:
    """Even when two payers together paid a cent above it."""
    pay(me, act(3312, "2.41", rate="27", paid="0.65"), act(3312, "2.41", rate="73", paid="1.77", rem_type=5))
    ReimbursementLine.objects.filter(rem_type=5).update(line_no=1)
    detail, year = detail_of(mine), page_of(mine, "/mon-espace/annee/2026/")
    assert "Sur 2,41 € de soins" in detail
    assert "<dd>2,41 €</dd>" in detail[detail.index("Coût total") :]
    assert "le total versé dépasse le montant du soin de 0,01 €" in detail
    assert "coûté" in year
    assert "2,42 €" not in year
    for page in (detail, year):
        assert "2,41 €" in page
        assert "Versé au-delà du coût" in page
        assert "−0,01 €" in page


@pytest.mark.parametrize(("year", "status"), [(2023, 404), (2024, 200), (2025, 200), (2026, 200), (2027, 404)])
def test_only_kept_years_have_a_page(mine: Client, year: int, status: int) -> None:
    assert mine.get(f"/mon-espace/annee/{year}/").status_code == status


def test_a_year_that_is_cut_says_since_when(mine: Client) -> None:
    assert "depuis le 1er août 2024" in page_of(mine, "/mon-espace/annee/2024/")
    assert "Aucun soin payé n’est enregistré" in page_of(mine, "/mon-espace/annee/2025/")


def test_the_file_opens_in_a_french_spreadsheet(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp(), copay(1951, "2.00"))
    answer = mine.get(CSV)
    raw = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="paiements-2026-11-01.csv"'
    assert raw.startswith(b'\xef\xbb\xbf"Date du paiement";')
    rows = table_of(mine)
    assert list(rows[0]) == list(COLUMNS)
    assert rows[0]["Date du paiement"] == "19/10/2026"
    assert [row["Montant versé"] for row in rows] == ["21,00", "-2,00"]
    assert rows[0]["Bénéficiaire"] == "Vous"
    assert rows[1]["Montant de l’acte"] == ""


def test_the_file_adds_up_to_the_total_of_the_page(me: InsuredPerson, mine: Client) -> None:
    """A participation that is only announced counts in neither; it stands in a column of its own."""
    pay_case(me, "gp_in_third_party_payment")
    pay_case(me, "gp_paid_to_you")
    rows = table_of(mine)
    due = [row for row in rows if row["Dû plus tard"]]
    assert [(row["Dû plus tard"], row["Montant versé"], row["Payé à"]) for row in due] == [("2,00", "", "")]
    amounts = [Decimal(row["Montant versé"].replace(",", ".")) for row in rows if row["Montant versé"]]
    paid = sum(amounts, Decimal(0))
    (year,) = mine.get(PAYMENTS).context["listing"].years
    assert paid == Decimal("40.00")
    assert year.total == euros(paid)


def test_an_unknown_complementary_part_is_an_empty_cell(me: InsuredPerson, mine: Client) -> None:
    """« Montant non communiqué » or « Pas encore connue » on the page is no zero in the file; a known zero is one."""
    zero = Decimal("0.00")
    pay(me, gp(amc_amount=zero, **DIRECT_PAYMENT), copay(1951, "2.00", amc_amount=zero))
    pay(me, gp(amc_amount=zero, **TRANSMITTED), on=PAID - dt.timedelta(days=1))
    pay(me, gp(amc_amount=zero), on=PAID - dt.timedelta(days=2))
    pay(me, gp(amc_code="00000001", amc_amount=Decimal("9.00")), on=PAID - dt.timedelta(days=3))
    assert "Montant non communiqué" in detail_of(mine)
    assert [row["Part complémentaire"] for row in table_of(mine)] == ["", "", "", "0,00", "9,00"]


@pytest.mark.parametrize(
    "evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1", '=HYPERLINK("x";"y")']
)
def test_no_text_becomes_a_formula(me: InsuredPerson, mine: Client, evil: str) -> None:
    assert plain_text(evil) == f"'{evil}"
    assert plain_text("ordinaire = 1") == "ordinaire = 1"
    if "\0" in evil or evil[0].isspace():
        return  # no name can hold these: PostgreSQL refuses the first, words are cut at the others
    child = make_child(me, evil.replace(" ", ""))
    pay(me, gp(), to=child)
    name = table_of(mine)[0]["Bénéficiaire"]
    assert name == f"'{evil}"


def test_every_cell_of_the_file_is_quoted(me: InsuredPerson, mine: Client) -> None:
    pay(me, to=make_child(me, 'A";B'))
    raw = b"".join(mine.get(CSV).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    for line in raw.splitlines():
        assert line.startswith('"')
        assert line.endswith('"')
    assert '"A"";B"' in raw


def test_the_file_follows_the_filters(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp(paid="1.00"))
    pay(me, gp(paid="2.00", payee=36))
    pay(me, gp(paid="3.00"), on=dt.date(2025, 1, 10))
    assert [row["Montant versé"] for row in table_of(mine, "?dates=2026&paye_a=moi")] == ["1,00"]
    assert len(table_of(mine)) == 3
    answer = mine.get(f"{CSV}?dates=faux")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{PAYMENTS}?dates=faux"


def test_a_long_file_is_read_in_pieces(me: InsuredPerson, mine: Client) -> None:
    acts = [gp(paid="1.00")] * 60
    for days in range(10):
        pay(me, *acts, on=PAID - dt.timedelta(days=days))
    assert len(table_of(mine)) == 600


def test_the_index_leads_to_every_article(client: Client) -> None:
    page = page_of(client, ARTICLES)
    for slug in article_slugs():
        assert f'href="{ARTICLES}{slug}/"' in page


@pytest.mark.parametrize("slug", article_slugs())
def test_every_article_is_public(client: Client, slug: str) -> None:
    page = page_of(client, f"{ARTICLES}{slug}/")
    assert "[[" not in page
    assert "À lire ensuite" in page
    assert 'aria-label="Mon espace"' not in page


def test_an_unknown_article_is_404(client: Client) -> None:
    assert client.get(f"{ARTICLES}inconnu/").status_code == 404


def test_an_article_keeps_the_menu_of_my_space(mine: Client) -> None:
    assert 'aria-label="Mon espace"' in page_of(mine, f"{ARTICLES}tiers-payant/")


def test_pages_are_only_read(mine: Client) -> None:
    for address in (PAYMENTS, CSV, "/mon-espace/", "/mon-espace/annee/2026/"):
        assert mine.post(address).status_code == 405, address


def test_the_wall_stands_though_the_filter_be_forgotten(me: InsuredPerson, mine: Client) -> None:
    """The code's own filter is taken away: the database still shows nothing of anybody else."""
    pay(make_person("Autre"))
    pay(me)
    with patch("reimbursements.payments.listing.visible_lines", lambda *_, **__: ReimbursementLine.objects.all()):
        assert len(rows_of(mine)) == 1
    with patch("reimbursements.payments.exports.visible_lines", lambda *_, **__: ReimbursementLine.objects.all()):
        assert {row["Bénéficiaire"] for row in table_of(mine)} == {"Vous"}


@pytest.mark.parametrize(
    ("born_on", "text", "expected"),
    [
        (dt.date(2008, 11, 1), "20081101", True),
        (dt.date(2008, 11, 2), "20081102", False),
        (None, "20070000", True),
        (None, "20080000", False),
        (None, "", False),
    ],
)
def test_of_age(born_on: dt.date | None, text: str, expected: bool) -> None:
    person = InsuredPerson(born_on=born_on, birth_date_text=text)
    assert is_adult(person, on=dt.date(2026, 11, 1)) is expected
