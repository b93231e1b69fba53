"""Files and reference data in the console."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.staff.roles import Role
from reimbursements.feed.models import ImportBatch, ImportReject
from reimbursements.reference.models import ActReference, CopayRule
from tests.console_rows import make_batch
from tests.staff import staff_client

LIST = "admin:reimbursements_importbatch_changelist"
PAGE = "admin:reimbursements_importbatch_change"


@pytest.mark.django_db
def test_the_list_costs_the_same_for_sixty_files_and_never_counts(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = staff_client()
    make_batch()
    client.get(reverse(LIST))
    with django_assert_num_queries(9) as one:
        client.get(reverse(LIST))
    for number in range(2, 61):
        make_batch(number)
    with django_assert_num_queries(9):
        page = client.get(reverse(LIST)).content.decode()
    assert not [query for query in one.captured_queries if "count(" in query["sql"].lower()]
    assert "il y en a d’autres" in page
    second = client.get(reverse(LIST), {"p": "2"})
    assert len(second.context["cl"].result_list) == 10
    assert "il y en a d’autres" not in second.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["0", "-1", "201", "abc"])
def test_an_impossible_page_leads_back_to_the_list(page: str) -> None:
    answer = staff_client().get(reverse(LIST), {"p": page})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{reverse(LIST)}?e=1")


@pytest.mark.django_db
def test_rejects_are_shown_by_pages_with_masked_values(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = staff_client()
    few, many = make_batch(1, rejects=1), make_batch(2, rejects=250)
    client.get(reverse(PAGE, args=[few.pk]))
    with django_assert_num_queries(10) as one:
        client.get(reverse(PAGE, args=[few.pk]))
    with django_assert_num_queries(len(one.captured_queries)):
        page = client.get(reverse(PAGE, args=[many.pk])).content.decode()
    assert page.count("1850700******34") == 100
    assert "E101_NIR_KEY : 250" in page
    assert "Rejets suivants" in page
    assert "Rejets précédents" not in page
    last = client.get(reverse(PAGE, args=[many.pk]), {"rejets": "3"}).content.decode()
    assert last.count("1850700******34") == 50
    assert "Rejets suivants" not in last
    assert "page 3" in last
    assert client.get(reverse(PAGE, args=[many.pk]), {"rejets": "x"}).status_code == 200


@pytest.mark.django_db
def test_a_file_without_rejects_says_so() -> None:
    batch = make_batch(rejects=0)
    assert not ImportReject.objects.exists()
    assert "Aucun rejet." in staff_client().get(reverse(PAGE, args=[batch.pk])).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "found"), [("AAAA001", ["CCAM"]), ("3400930000001", ["CIP13"]), ("AAAA002", []), ("AAAA", [])]
)
def test_acts_are_found_by_the_shape_of_their_code(typed: str, found: list[str]) -> None:
    for system, code in (("CCAM", "AAAA001"), ("CIP13", "3400930000001")):
        ActReference.objects.create(system=system, code=code, label="x", valid_from=dt.date(2026, 1, 1), source="essai")
    answer = staff_client().get(reverse("admin:reimbursements_actreference_changelist"), {"q": typed}, follow=True)
    assert [act.system for act in answer.context["cl"].result_list] == found


@pytest.mark.django_db
def test_a_supervisor_adds_a_dated_rule_and_cannot_delete_it() -> None:
    client = staff_client(Role.SUPERVISOR)
    rule = {
        "kind": "flat_contribution",
        "amount": "2",
        "daily_cap": "8",
        "yearly_cap": "50",
        "valid_from": "2026-01-01",
        "valid_to": "",
        "source": "décret d’essai",
    }
    address = reverse("admin:reimbursements_copayrule_add")
    backwards = client.post(address, rule | {"valid_to": "2025-01-01"})
    assert backwards.status_code == 200
    assert client.post(address, rule).status_code == 302
    added = CopayRule.objects.get()
    assert added.daily_cap == 8
    assert client.post(reverse("admin:reimbursements_copayrule_delete", args=[added.pk])).status_code == 403


@pytest.mark.django_db
def test_amounts_and_counts_are_grouped_and_identifiers_are_not() -> None:
    client = staff_client()
    batch = make_batch()
    ImportBatch.objects.filter(pk=batch.pk).update(
        lines_good=5265, row_count=12_345, sequence=4321, paid_total=Decimal("6132.77"), reject_counts={"E101": 1234}
    )
    page = client.get(reverse(PAGE, args=[batch.pk])).content.decode()
    for shown in ("6\u202f132,77\u00a0€", "5\u202f265", "12\u202f345", "E101 : 1\u202f234", "4321"):
        assert shown in page, shown
    assert 'class="field-good">5\u202f265<' in client.get(reverse(LIST)).content.decode()
    assert "5\u202f265" in client.get(reverse("admin:index")).content.decode()
    CopayRule.objects.all().delete()
    CopayRule.objects.create(
        kind=CopayRule.Kind.DEDUCTIBLE_MEDICINE, amount=Decimal("2.00"), daily_cap=None, yearly_cap=Decimal("50.00"),
        valid_from=dt.date(2024, 5, 15), source="essai",
    )  # fmt: skip
    rules = client.get(reverse("admin:reimbursements_copayrule_changelist")).content.decode()
    assert "2,00\u00a0€" in rules
    assert 'class="field-daily_fr">-<' in rules


@pytest.mark.django_db
def test_who_did_nothing_yet_is_told_so_in_words_of_ours() -> None:
    page = staff_client().get(reverse("admin:index")).content.decode()
    assert "Aucun(e)" not in page
    assert "Aucune pour l’instant." in page
