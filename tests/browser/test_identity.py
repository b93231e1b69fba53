"""Sign-in and security pages of insured people in a real browser: with and without JavaScript, narrow, by keyboard."""

import datetime as dt
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import FloatRect, Locator, Page, expect

from accounts.identity.models import InsuredAccount, OpenSession
from reimbursements.reference.services import load_reference_data
from tests.accounts.insured import (
    BIRTH,
    CREATE,
    FORGOTTEN,
    HOME,
    NIR,
    PASSWORD,
    POSTCODE,
    SECURITY,
    SIGN_IN,
    add_app,
    code_received,
    code_shown_by,
    make_account,
    make_person,
)
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AT_HOME = re.compile(rf"^[^?]+{HOME}$")
SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""A folder: the pages walked through are photographed into it."""


@pytest.fixture(autouse=True)
def _reference_data(transactional_db: None) -> None:
    """The page after sign-in names payments by their reference data."""
    load_reference_data()


@pytest.fixture
def account() -> InsuredAccount:
    return make_account()


def seen(page: Page, name: str, *, errors: bool = False) -> None:
    """What every page promises: a heading, no sideways scrolling, a title that tells of errors."""
    expect(page.locator("h1")).to_have_count(1)
    width, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= window, name
    expect(page, name).to_have_title(re.compile("^Erreur – " if errors else "^(?!Erreur – )"))
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{window}.png", full_page=True)


def give_password(page: Page) -> None:
    page.goto(SIGN_IN)
    page.get_by_label("Numéro de sécurité sociale").fill(" ".join(re.findall(r".{1,3}", NIR)))
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    page.wait_for_url("**/connexion/code/*")


def sign_in(page: Page) -> None:
    give_password(page)
    page.get_by_label("Code à 6 chiffres").fill(code_received())
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(AT_HOME)


def confirm(page: Page) -> None:
    page.get_by_role("button", name="Recevoir un code par SMS").click()
    expect(page.get_by_text("vient d’être envoyé")).to_be_visible()
    page.get_by_label("Code à 6 chiffres").fill(code_received())
    page.get_by_role("button", name="Confirmer").click()


@pytest.mark.parametrize(("width", "script"), [(1280, True), (320, True), (320, False)])
def test_a_person_makes_an_account(visit: Callable[..., Visit], width: int, script: bool) -> None:
    make_person()
    window = visit(width=width, java_script_enabled=script)
    page = window.open(CREATE)
    page.get_by_role("button", name="Recevoir un code").click()
    seen_without_script(page, script, "creer-1-erreur")
    page.get_by_role("link", name="Saisissez votre code postal.").click()
    expect(page).to_have_url(re.compile("#id_postcode$"))
    page.get_by_label("Numéro de sécurité sociale").fill(NIR)
    page.get_by_label("Date de naissance").fill(BIRTH)
    page.get_by_label("Code postal").fill(POSTCODE)
    page.get_by_role("button", name="Recevoir un code").click()
    page.get_by_label("Code à 6 chiffres").fill(code_received())
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Nouveau mot de passe").fill(PASSWORD)
    page.get_by_label("Le même mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_url(AT_HOME)
    expect(page.get_by_text("Votre compte est créé")).to_be_visible()
    assert window.complaints == []


def seen_without_script(page: Page, script: bool, name: str) -> None:
    expect(page.get_by_role("heading", name="Vérifiez votre saisie")).to_be_visible()
    if script:
        seen(page, name, errors=True)


@pytest.mark.parametrize("width", [1280, 320])
def test_a_person_adds_an_app_takes_codes_and_closes_a_session(
    account: InsuredAccount, visit: Callable[..., Visit], width: int
) -> None:
    elsewhere = visit()
    sign_in(elsewhere.page)
    window = visit(width=width)
    page = window.page
    give_password(page)
    seen(page, "connexion-2")
    page.get_by_label("Code à 6 chiffres").fill(code_received())
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(AT_HOME)
    page.goto(SECURITY)
    seen(page, "securite")
    page.get_by_role("link", name="Ajouter une application").click()
    seen(page, "confirmer")
    confirm(page)
    page.get_by_label("Nom de l’appareil").fill("mon téléphone")
    page.get_by_role("button", name="Continuer").click()
    page.wait_for_url("**/application/code/")
    seen(page, "application-2")
    device = account.user.insuredtotpdevice_set.get()
    page.get_by_label("Code à 6 chiffres").fill(code_shown_by(device))
    page.get_by_role("button", name="Enregistrer l’application").click()
    expect(page.get_by_text("Votre application est enregistrée")).to_be_visible()
    page.get_by_role("button", name="Obtenir dix codes de secours").click()
    seen(page, "codes-de-secours")
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="J’ai noté mes codes").click()
    page.get_by_role("button", name="Fermer la session").click()
    expect(page.get_by_text("La session est fermée.")).to_be_visible()
    elsewhere.page.reload()
    expect(elsewhere.page.get_by_text("Votre session a été fermée")).to_be_visible()
    page.get_by_role("link", name="Changer mon numéro de mobile").click()
    seen(page, "coordonnees-1")
    page.get_by_role("link", name="Annuler").click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_text("Votre session est fermée.")).to_be_visible()
    assert window.complaints == []


def test_the_warning_comes_extends_and_the_end_is_said(account: InsuredAccount, visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.page
    sign_in(page)
    warning = page.get_by_text("Votre session expire dans moins de 2 minutes")
    expect(warning).to_be_hidden()
    set_idle(seconds=14 * 60)
    page.reload()  # a page view is activity: the warning stays away
    expect(warning).to_be_hidden()
    set_idle(seconds=14 * 60)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(warning).to_be_visible()
    assert "prolonger" not in page.url
    page.get_by_role("button", name="Rester connecté").click()
    expect(warning).to_be_hidden()
    expect(page).to_have_url(re.compile(f"{HOME}$"))
    set_idle(seconds=16 * 60)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("15 minutes sans activité")).to_be_visible()
    assert window.complaints == []


@pytest.mark.parametrize(
    ("width", "colours"), [(1280, "light"), (320, "light"), (320, "dark")], ids=["wide", "narrow", "dark"]
)
def test_the_warning_stands_in_the_window_and_covers_nothing_for_good(
    account: InsuredAccount, visit: Callable[..., Visit], width: int, colours: str
) -> None:
    window = visit(width=width, color_scheme=colours)
    page = window.page
    sign_in(page)
    page.goto(SECURITY)
    field = page.get_by_role("link", name="Changer mon numéro de mobile")
    # What has the focus stands at the very bottom of the window: where the bar comes.
    page.evaluate("document.querySelector('main').style.paddingBottom = '200vh'")
    field.focus()
    field.evaluate("field => field.scrollIntoView({block: 'end'})")
    stay = page.get_by_role("button", name="Rester connecté")
    bar = page.locator("[data-session-bar]")
    set_idle(seconds=14 * 60)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("alert").filter(has_text="Votre session expire")).to_be_visible()
    assert foot_of(field) <= box_of(bar)["y"]
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"session-{colours}-{width}.png")
    for place in ("0", "document.body.scrollHeight"):
        page.evaluate(f"window.scrollTo(0, {place})")
        expect(stay).to_be_in_viewport(ratio=1)
        expect(bar).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert foot_of(page.locator("footer").last) <= box_of(bar)["y"] + 1
    field.focus()
    assert foot_of(field) <= box_of(bar)["y"]
    stay.click()
    expect(page.get_by_text("Votre session expire")).to_be_hidden()
    expect(field).to_be_focused()
    assert window.complaints == []


def box_of(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box is not None
    return box


def foot_of(element: Locator) -> float:
    box = box_of(element)
    return box["y"] + box["height"]


def set_idle(*, seconds: int) -> None:
    row = OpenSession.objects.get()
    row.last_seen_at = timezone.now() - dt.timedelta(seconds=seconds)
    row.save()


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    account: InsuredAccount, visit: Callable[..., Visit]
) -> None:
    add_app(account)
    page = visit().open(FORGOTTEN)
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stops.append(
            page.evaluate(
                """() => {
                    const focused = document.activeElement, style = getComputedStyle(focused);
                    return [focused.name || focused.textContent.trim(), parseFloat(style.outlineWidth) >= 2];
                }"""
            )
        )
    names = [name for name, _ in stops]
    first = names.index("nir")
    assert names[first : first + 4] == ["nir", "birth_date", "postcode", "Recevoir un code"]
    assert all(is_shown for _, is_shown in stops)
