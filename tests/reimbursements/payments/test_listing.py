"""« Mes paiements »: rows, filters, pages, totals, empty and wrong."""

import datetime as dt
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.people.models import InsuredPerson
from tests.reimbursements.payments.rows import (
    PAID,
    PAYMENTS,
    SPACE,
    TODAY,
    make_child,
    page_of,
    pay,
    pay_case,
    rows_of,
)
from tests.reimbursements.test_explanations_cases import copay, gp


def days_ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def filtered(**chosen: str) -> str:
    return f"{PAYMENTS}?{'&'.join(f'{name}={value}' for name, value in chosen.items())}"


def test_a_row_says_when_what_for_whom_to_whom_and_how_much(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp(), copay(1951, "2.00"))
    row = rows_of(mine)[0]
    assert row.paid_on == "19\u00a0octobre\u00a02026"
    assert row.titles == ("Consultation chez un médecin généraliste",)
    assert row.beneficiaries == ("Vous",)
    assert [payment.name for payment in row.payments] == ["Vous"]
    assert row.total == "19,00\u00a0€"


def test_a_statement_is_one_row_with_everybody_it_paid(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp(), gp(payee=36))
    row = rows_of(mine)[0]
    assert {payment.name for payment in row.payments} == {"Vous", "Le médecin"}
    assert row.total == "42,00\u00a0€"


def test_what_is_only_due_is_no_payment(me: InsuredPerson, mine: Client) -> None:
    pay(me, copay(1952, "2.00"))
    listing = mine.get(PAYMENTS).context["listing"]
    assert listing.rows[0].total == "0,00\u00a0€"
    assert listing.years == ()
    assert "Aucune somme versée" in page_of(mine)


def test_a_cancellation_says_so(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp(operation="A", paid="-21.00"))
    assert rows_of(mine)[0].titles[0].startswith("Annulation – ")


def test_the_latest_comes_first(me: InsuredPerson, mine: Client) -> None:
    for days in (30, 10, 20):
        pay(me, on=days_ago(days))
    assert [row.paid_on.replace("\u00a0", " ") for row in rows_of(mine)] == [
        "22 octobre 2026",
        "12 octobre 2026",
        "2 octobre 2026",
    ]


@pytest.mark.parametrize(
    ("chosen", "days_found"),
    [
        ("", [10, 100, 200, 400, 800]),
        ("3-mois", [10]),
        ("6-mois", [10, 100]),
        ("12-mois", [10, 100, 200]),
        ("2026", [10, 100, 200]),
        ("2025", [400]),
        ("2024", [800]),
    ],
)
def test_filter_by_period(me: InsuredPerson, mine: Client, chosen: str, days_found: list[int]) -> None:
    for days in (10, 100, 200, 400, 800):
        pay(me, gp(paid=f"{days}.00"), on=days_ago(days))
    totals = [row.total for row in rows_of(mine, filtered(dates=chosen))]
    assert totals == [f"{days},00\u00a0€" for days in days_found]


def test_filter_by_beneficiary(me: InsuredPerson, mine: Client) -> None:
    pay(me)
    pay(me, to=make_child(me))
    choices = {label: mark for mark, label in mine.get(PAYMENTS).context["form"].fields["beneficiary"].choices}
    assert list(choices) == ["Tous les bénéficiaires", "Noé", "Vous"]
    assert [row.beneficiaries for row in rows_of(mine, filtered(beneficiaire=choices["Noé"]))] == [("Noé",)]
    assert [row.beneficiaries for row in rows_of(mine, filtered(beneficiaire=choices["Vous"]))] == [("Vous",)]


def test_filter_by_payee(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp(paid="1.00"))
    pay(me, gp(paid="2.00", payee=36))
    pay(me, gp(paid="3.00", payee=34))
    pay_case(me, "allowance_paid_to_the_employer")
    for chosen, totals in (("moi", {"1,00\u00a0€"}), ("soignants", {"2,00\u00a0€", "3,00\u00a0€"})):
        assert {row.total for row in rows_of(mine, filtered(paye_a=chosen))} == totals
    assert [row.payments[0].name for row in rows_of(mine, filtered(paye_a="autres"))] == ["Votre employeur"]


def test_filters_go_together_and_an_empty_answer_says_what_to_do(me: InsuredPerson, mine: Client) -> None:
    pay(me)
    page = page_of(mine, filtered(dates="3-mois", paye_a="soignants"))
    assert "Aucun paiement ne correspond à votre choix." in page
    assert "Voir tous les paiements" in page


def test_without_any_payment_the_page_says_so(mine: Client) -> None:
    for address in (PAYMENTS, SPACE):
        assert "Aucun paiement n’est enregistré pour vous ces 27 derniers mois." in page_of(mine, address)


@pytest.mark.parametrize("name", ["dates", "beneficiaire", "paye_a"])
def test_a_value_that_does_not_exist_is_an_error_of_the_form(mine: Client, name: str) -> None:
    answer = mine.get(filtered(**{name: "inconnu"}))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "<title>Erreur – Mes paiements" in page
    assert "choisissez une valeur de la liste." in page
    assert f'href="#id_{name}"' in page


def test_totals_by_year_are_those_of_the_rows(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp(paid="10.00"), copay(1951, "2.00"))
    pay(me, gp(paid="20.00", payee=36), copay(1952, "2.00"))
    pay(me, gp(paid="5.00"), on=dt.date(2025, 5, 5))
    pay_case(me, "allowance_paid_to_the_employer")
    years = mine.get(PAYMENTS).context["listing"].years
    told = [(row.year, row.to_you, row.to_care_givers, row.to_others, row.total) for row in years]
    assert [tuple(str(cell).replace("\u00a0€", "") for cell in row) for row in told] == [
        ("2026", "8,00", "20,00", "492,00", "520,00"),
        ("2025", "5,00", "0,00", "0,00", "5,00"),
    ]
    only_me = mine.get(filtered(paye_a="moi")).context["listing"].years
    assert [row.total for row in only_me] == ["8,00\u00a0€", "5,00\u00a0€"]


def walk(client: Client, address: str = PAYMENTS) -> list[list[str]]:
    """The totals of every page, from this one to the oldest."""
    pages = []
    while address:
        answer = client.get(address)
        pages.append([row.total for row in answer.context["listing"].rows])
        older = answer.context["older_url"]
        address = f"{PAYMENTS}{older}" if older else ""
    return pages


def test_pages_hold_every_payment_once(me: InsuredPerson, mine: Client) -> None:
    # Several payments a day, so that the key and not the day alone tells them apart.
    for number in range(45):
        pay(me, gp(paid=f"{number + 1}.00"), on=days_ago(number // 7))
    pages = walk(mine)
    assert [len(page) for page in pages] == [20, 20, 5]
    assert len({total for page in pages for total in page}) == 45


def test_going_back_shows_the_same_pages(me: InsuredPerson, mine: Client) -> None:
    for number in range(45):
        pay(me, gp(paid=f"{number + 1}.00"), on=days_ago(number // 7))
    first, second, last = walk(mine)
    found, answer = [], mine.get(PAYMENTS)
    assert answer.context["newer_url"] == ""
    for _ in range(2):
        answer = mine.get(f"{PAYMENTS}{answer.context['older_url']}")
    assert answer.context["older_url"] == ""
    for _ in range(2):
        answer = mine.get(f"{PAYMENTS}{answer.context['newer_url']}")
        found.append([row.total for row in answer.context["listing"].rows])
    assert found == [second, first]
    assert answer.context["newer_url"] == ""
    assert answer.context["older_url"]
    assert last


def test_a_payment_that_arrives_shifts_no_older_page(me: InsuredPerson, mine: Client) -> None:
    for number in range(25):
        pay(me, gp(paid=f"{number + 1}.00"), on=days_ago(number + 2))
    older = mine.get(PAYMENTS).context["older_url"]
    before = rows_of(mine, f"{PAYMENTS}{older}")
    pay(me, on=days_ago(1))
    after = rows_of(mine, f"{PAYMENTS}{older}")
    assert [row.total for row in after] == [row.total for row in before]


def test_pages_keep_the_filter_and_the_cursor_tells_nothing(me: InsuredPerson, mine: Client) -> None:
    for number in range(22):
        pay(me, gp(paid=f"{number + 1}.00"), on=days_ago(number))
        pay(me, gp(paid="99.00", payee=36), on=days_ago(number))
    older = mine.get(filtered(paye_a="moi", dates="3-mois")).context["older_url"]
    query = parse_qs(urlsplit(older).query)
    assert query["paye_a"] == ["moi"]
    assert query["dates"] == ["3-mois"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{60,120}", query["page"][0])
    assert len(rows_of(mine, f"{PAYMENTS}{older}")) == 2


@pytest.mark.parametrize("cursor", ["x", "A" * 80, "é", "%00"])
def test_a_made_up_cursor_is_404(me: InsuredPerson, mine: Client, cursor: str) -> None:
    pay(me)
    assert mine.get(f"{PAYMENTS}?page={cursor}").status_code == 404


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_depend_on_the_rows(me: InsuredPerson, mine: Client) -> None:
    pay(me)
    pages = (SPACE, PAYMENTS, f"{PAYMENTS}{rows_of(mine)[0].token}/", "/mon-espace/annee/2026/")
    alone = {page: queries(mine, page) for page in pages}
    for child in [make_child(me, name) for name in ("Noé", "Lou", "Ana")]:
        for days in range(15):
            pay(me, gp(), gp(payee=36), copay(1951, "2.00"), to=child, on=days_ago(days))
    assert {page: queries(mine, page) for page in pages} == alone
    assert alone[PAYMENTS] <= 14


def test_both_arms_of_the_list_go_by_an_index(me: InsuredPerson, mine: Client) -> None:
    """At any size: no plan of the list may read a whole partition."""
    pay(me, on=PAID)
    with CaptureQueriesContext(connection) as captured:
        mine.get(PAYMENTS)
    reads = [query["sql"] for query in captured if "reimbursements_line" in query["sql"]]
    assert len(reads) == 2
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in reads:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Seq Scan on reimbursements_line" not in plan, plan
