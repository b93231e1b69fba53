"""While the settings do not name FranceConnect, nothing of it is there."""

import pytest
from django.test import Client

from accounts.identity.franceconnect.urls import urlpatterns
from tests.accounts.insured import SECURITY, SIGN_IN, confirmed

PATHS = [f"/{pattern.pattern}".replace("<slug:reason>", "perimee") for pattern in urlpatterns]


@pytest.mark.parametrize("path", PATHS)
def test_its_urls_are_not_found(browser: Client, path: str) -> None:
    confirmed(browser)
    for client in (Client(), browser):
        assert (client.get(path).status_code, client.post(path).status_code) == (404, 404)


def test_no_page_speaks_of_it(browser: Client) -> None:
    for answer in (Client().get(SIGN_IN), browser.get(SECURITY)):
        assert answer.status_code == 200
        assert "FranceConnect" not in answer.content.decode()
        assert "form-action 'self';" in f"{answer['Content-Security-Policy']};"
