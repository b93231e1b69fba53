"""A page that forgets every filter still shows nobody else, its template included."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.people.models import InsuredPerson
from ameli_notify.core import roles
from tests.accounts.conftest import space as space
from tests.accounts.insured import SIGN_IN, make_account, make_nir, make_person, signed_in
from tests.core.test_roles import run


@pytest.fixture
def pages(space: None, settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.security.page_urls"


@pytest.mark.usefixtures("pages")
class TestPage:
    def test_shows_the_signed_in_person_only(self) -> None:
        make_person(make_nir(1))
        account = make_account()
        make_person(make_nir(2))
        answer = signed_in().get("/tout/")
        assert answer.content.decode() == f"{account.insured_id} 2"
        assert "no-store" in answer.headers["Cache-Control"]
        assert run("SELECT current_user") == [(roles.APP,)]
        assert InsuredPerson.objects.count() == 3

    def test_is_for_whoever_signed_in_and_only_to_read(self) -> None:
        make_account()
        assert Client().get("/tout/").headers["Location"].startswith(SIGN_IN)
        client = signed_in()
        assert client.post("/tout/").status_code == 405
        assert client.head("/tout/").status_code == 200

    def test_refuses_to_stream(self) -> None:
        make_account()
        with pytest.raises(TypeError, match="outside the wall"):
            signed_in().get("/flux/")
        assert run("SELECT current_user") == [(roles.APP,)]
