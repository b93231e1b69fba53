"""Who sees which payment: through HTTP, in lists, details, files and years alike."""

import datetime as dt
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.people.models import InsuredPerson
from reimbursements.lines.models import ReimbursementLine
from reimbursements.payments.tokens import StatementKey, statement_token
from tests.reimbursements.payments.rows import (
    CSV,
    PAID,
    PAYMENTS,
    SPACE,
    make_child,
    make_person,
    page_of,
    pay,
    pay_case,
    rows_of,
    sign_in,
)
from tests.reimbursements.test_explanations_cases import gp

ADULT_CHILD = dt.date(2001, 1, 1)
YEAR = "/mon-espace/annee/2026/"


def titles(client: Client) -> list[str]:
    return [row.titles[0] for row in rows_of(client)]


def key(number: int, on: dt.date = PAID) -> StatementKey:
    return StatementKey(payment_date=on, emitter_code="01C751000", statement_no=number)


def address(number: int, reader: InsuredPerson) -> str:
    return f"{PAYMENTS}{statement_token(key(number), reader_id=reader.pk)}/"


def test_i_see_my_payments_and_my_childs(me: InsuredPerson, mine: Client) -> None:
    child = make_child(me)
    pay(me)
    pay(me, to=child)
    assert {row.beneficiaries for row in rows_of(mine)} == {("Vous",), ("Noé",)}
    for row in rows_of(mine):
        assert mine.get(f"{PAYMENTS}{row.token}/").status_code == 200


@pytest.mark.parametrize("born", [dt.date(2015, 3, 2), ADULT_CHILD])
def test_a_confidential_line_of_my_child_is_nowhere_in_my_space(me: InsuredPerson, mine: Client, born: dt.date) -> None:
    child = make_child(me, born=born)
    secret = pay(me, gp(), to=child, is_confidential=True)
    assert rows_of(mine) == []
    assert "Noé" not in page_of(mine)
    assert mine.get(address(secret, me)).status_code == 404
    assert "30,00" not in page_of(mine, YEAR)
    assert len(file_of(mine)) == 1


def test_a_nature_that_became_secret_hides_older_lines_too(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp(nature_code=2422), to=make_child(me))
    assert rows_of(mine) == []


def test_an_adult_dependant_sees_their_own_confidential_line(me: InsuredPerson) -> None:
    child = make_child(me, born=ADULT_CHILD)
    secret = pay(me, gp(), to=child, is_confidential=True)
    theirs = sign_in(child)
    assert titles(theirs) == ["Soins confidentiels"]
    page = page_of(theirs, address(secret, child))
    assert "Soins confidentiels" in page
    assert "onsultation" not in page


def test_an_adult_dependant_sees_nothing_of_the_policyholder(me: InsuredPerson) -> None:
    child = make_child(me, born=ADULT_CHILD)
    of_parent, own = pay(me), pay(me, to=child)
    theirs = sign_in(child)
    assert len(rows_of(theirs)) == 1
    assert theirs.get(address(own, child)).status_code == 200
    assert theirs.get(address(of_parent, child)).status_code == 404


def test_i_see_my_own_confidential_line(me: InsuredPerson, mine: Client) -> None:
    pay(me, gp(), is_confidential=True)
    assert titles(mine) == ["Soins confidentiels"]


def test_a_minor_sees_no_confidential_line(me: InsuredPerson) -> None:
    child = make_child(me, born=dt.date(2009, 11, 2))
    pay(me, gp(), to=child, is_confidential=True)
    pay(child, gp(), is_confidential=True)
    pay(me, gp(), to=child)
    assert titles(sign_in(child)) == ["Consultation chez un médecin généraliste"]


def test_of_a_mixed_statement_only_the_open_lines_count(me: InsuredPerson, mine: Client) -> None:
    child = make_child(me)
    number = pay(me, gp())
    add_secret_line(me, child, number)
    row = rows_of(mine)[0]
    assert row.total == "21,00\u00a0€"
    assert "Noé" not in page_of(mine, f"{PAYMENTS}{row.token}/")


def add_secret_line(me: InsuredPerson, child: InsuredPerson, number: int) -> None:
    """Put a confidential line of the child into my statement."""
    apart = pay(me, gp(), to=child, is_confidential=True)
    assert ReimbursementLine.objects.filter(statement_no=apart).update(statement_no=number, line_no=7) == 1


def test_somebody_elses_payments_are_nowhere(me: InsuredPerson, mine: Client) -> None:
    stranger = make_person("Autre")
    number = pay(stranger)
    assert rows_of(mine) == []
    assert mine.get(address(number, stranger)).status_code == 404, "made for the stranger"
    assert mine.get(address(number, me)).status_code == 404, "forged with the right key"


@pytest.mark.parametrize("token", ["x", "A" * 79, "-" * 200, "paiement-1"])
def test_a_made_up_address_is_404(mine: Client, token: str) -> None:
    assert mine.get(f"{PAYMENTS}{token}/").status_code == 404


def test_an_altered_token_is_404(me: InsuredPerson, mine: Client) -> None:
    pay(me)
    token = rows_of(mine)[0].token
    altered = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
    assert mine.get(f"{PAYMENTS}{altered}/").status_code == 404


def test_a_token_of_a_page_opens_no_statement(me: InsuredPerson, mine: Client) -> None:
    for _ in range(21):
        pay(me)
    older = mine.get(PAYMENTS).context["listing"].older
    assert older
    assert mine.get(f"{PAYMENTS}{older}/").status_code == 404


def test_somebody_elses_filter_and_cursor_are_refused(me: InsuredPerson, mine: Client) -> None:
    stranger = make_person("Autre")
    child = make_child(stranger)
    for _ in range(21):
        pay(stranger, to=child)
    theirs = sign_in(stranger).get(PAYMENTS)
    mark = theirs.context["form"].fields["beneficiary"].choices[1][0]
    assert mark
    assert mine.get(f"{PAYMENTS}?{urlencode({'beneficiaire': mark})}").status_code == 400
    older = theirs.context["listing"].older
    assert mine.get(f"{PAYMENTS}?{urlencode({'page': older})}").status_code == 404


def test_addresses_say_nothing(me: InsuredPerson, mine: Client) -> None:
    child = make_child(me)
    number = pay(me, to=child)
    page = page_of(mine)
    for told in (str(number), "01C751000", "2026-10-19", str(child.pk), str(child.public_id), str(me.public_id)):
        assert f"={told}" not in page
        assert f"/{told}" not in page
        assert f'value="{told}"' not in page


def test_what_is_older_than_27_months_is_gone(me: InsuredPerson, mine: Client) -> None:
    old = dt.date(2024, 7, 31)
    number = pay(me, on=old)
    assert rows_of(mine) == []
    token = statement_token(key(number, on=old), reader_id=me.pk)
    assert mine.get(f"{PAYMENTS}{token}/").status_code == 404
    pay(me, on=dt.date(2024, 8, 1))
    assert len(rows_of(mine)) == 1


def test_personal_pages_are_never_stored(me: InsuredPerson, mine: Client) -> None:
    pay_case(me, "gp_paid_to_you")
    token = rows_of(mine)[0].token
    for page in (SPACE, PAYMENTS, f"{PAYMENTS}{token}/", YEAR, CSV, f"{PAYMENTS}?dates=faux"):
        assert "no-store" in mine.get(page).headers["Cache-Control"], page


def test_without_a_session_every_page_leads_to_the_sign_in() -> None:
    for page in (SPACE, PAYMENTS, f"{PAYMENTS}abc/", YEAR, CSV):
        answer = Client().get(page)
        assert answer.status_code == 302, page
        assert answer.headers["Location"].startswith("/connexion/?next="), page


def file_of(client: Client) -> list[str]:
    answer = client.get(CSV)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
