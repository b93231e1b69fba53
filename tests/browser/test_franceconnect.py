"""FranceConnect+ in a real browser: what the Content-Security-Policy lets through, wide and narrow."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from reimbursements.reference.services import load_reference_data
from tests.accounts.franceconnect import CLIENT_ID, CLIENT_SECRET, SUBJECT, OpenidProvider, openid_provider
from tests.accounts.insured import NIR, PASSWORD, SECURITY, SIGN_IN, code_received, make_account
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BUTTON = "S’identifier avec FranceConnect+"
SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""A folder: the pages walked through are photographed into it."""


@pytest.fixture(scope="module")
def provider(live_server: LiveServer) -> Iterator[OpenidProvider]:
    with openid_provider(live_server.url) as found:
        yield found


@pytest.fixture(autouse=True)
def franceconnect(provider: OpenidProvider, settings: Settings, transactional_db: None) -> None:
    provider.change(acr="eidas2", sub=SUBJECT, birthdate="1985-07-31", gender="male")
    settings.FRANCECONNECT_URL = provider.issuer
    settings.FRANCECONNECT_CLIENT_ID, settings.FRANCECONNECT_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    load_reference_data()


def seen(page: Page, name: str) -> None:
    expect(page.locator("h1")).to_have_count(1)
    width, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= window, name
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"franceconnect-{name}-{window}.png", full_page=True)


def identify(page: Page) -> None:
    page.get_by_role("button", name="Continuer").click()


@pytest.mark.parametrize(("width", "script"), [(1280, True), (320, True), (320, False)])
def test_a_person_links_signs_out_and_comes_back(
    visit: Callable[..., Visit], provider: OpenidProvider, width: int, script: bool
) -> None:
    make_account()
    window = visit(width=width, java_script_enabled=script)
    page = window.open(SIGN_IN)
    if script:
        seen(page, "sign-in")
    page.get_by_role("button", name=BUTTON).click()
    identify(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre compte n’est pas encore lié à FranceConnect+")
    if script:
        seen(page, "unknown")

    page.get_by_role("link", name="Revenir à la connexion").click()
    page.get_by_label("Numéro de sécurité sociale").fill(NIR)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Code à 6 chiffres").fill(code_received())
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/mon-espace/")
    page.goto(SECURITY)
    if script:
        seen(page, "not-linked")
    page.get_by_role("button", name="Lier FranceConnect+ à mon compte").click()
    page.get_by_role("button", name="Recevoir un code par SMS").click()
    page.get_by_label("Code à 6 chiffres").fill(code_received())
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_role("button", name="Lier FranceConnect+ à mon compte").click()
    identify(page)
    expect(page.get_by_text("Votre compte est lié à FranceConnect+ depuis le")).to_be_visible()
    if script:
        seen(page, "linked")

    page.get_by_role("button", name="Se déconnecter").first.click()
    page.get_by_role("button", name="Fermer la session").click()
    expect(page.get_by_text("Votre session FranceConnect+ est fermée aussi.")).to_be_visible()
    page.get_by_role("button", name=BUTTON).click()
    identify(page)
    page.wait_for_url("**/mon-espace/")
    # Chromium tells the console of our page that answers 403; nothing else may be said of our site there.
    ours = [said for said in window.complaints if not said.startswith(provider.issuer)]
    assert [said for said in ours if "403 (Forbidden)" not in said] == []
