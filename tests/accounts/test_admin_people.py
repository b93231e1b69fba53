"""Insured people in the console: found by an identifier, shown without who they are, every look logged."""

import pytest
from django.urls import reverse

from accounts.access.models import AccessLog
from accounts.staff.roles import Role
from tests.console_rows import make_directory, make_person
from tests.staff import staff_client

LIST = "admin:accounts_insuredperson_changelist"
PAGE = "admin:accounts_insuredperson_change"


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["public_id", "pk"])
def test_found_by_identifier_and_logged(by: str) -> None:
    make_person(2)
    person = make_person(1)
    answer = staff_client(Role.ADVISER).get(reverse(LIST), {"q": str(getattr(person, by))})
    assert list(answer.context["cl"].result_list) == [person]
    log = AccessLog.objects.get()
    assert (log.action, log.insured_id, log.actor_role) == ("search", person.pk, "adviser")


@pytest.mark.django_db
def test_not_found_by_nir_and_the_page_says_so() -> None:
    make_person()
    client = staff_client()
    page = client.get(reverse(LIST)).content.decode()
    assert "La recherche par numéro de sécurité sociale n’est pas proposée ici" in page
    assert "Rien n’est affiché sans recherche" in page
    answer = client.get(reverse(LIST), {"q": "1 85 07 00 999 123 45"})
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse(LIST))
    assert not AccessLog.objects.exists()


@pytest.mark.django_db
def test_no_name_no_nir_no_address_is_shown() -> None:
    person = make_person()
    client = staff_client()
    for address in (f"{reverse(LIST)}?q={person.public_id}", reverse(PAGE, args=[person.pk])):
        page = client.get(address).content.decode()
        assert str(person.public_id) in page
        for secret in ("ZZCANARI", "Yzélie-Canari", "75010", "19850700"):
            assert secret not in page
    assert set(AccessLog.objects.values_list("action", "insured_id")) == {("search", person.pk), ("view", person.pk)}


@pytest.mark.django_db
def test_the_person_leads_to_their_notifications() -> None:
    person = make_person()
    page = staff_client().get(reverse(PAGE, args=[person.pk])).content.decode()
    assert f"{reverse('admin:outreach_notification_changelist')}?q={person.public_id}" in page


@pytest.mark.django_db
def test_the_access_log_is_found_by_person() -> None:
    person = make_person()
    client = staff_client(Role.SUPERVISOR)
    client.get(reverse(PAGE, args=[person.pk]))
    address = reverse("admin:accounts_accesslog_changelist")
    assert len(client.get(address, {"q": str(person.pk)}).context["cl"].result_list) == 1
    assert len(client.get(address, {"q": str(person.pk + 1)}).context["cl"].result_list) == 0


@pytest.mark.django_db
def test_directory_files_are_shown_with_their_fingerprint() -> None:
    batch = make_directory()
    page = staff_client().get(reverse("admin:accounts_directorybatch_change", args=[batch.pk])).content.decode()
    assert "31" * 32 in page
    assert "assurés" in page
