"""« Mes paiements » in a real browser: quiet, narrow, without scripts, by keyboard."""

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as project
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.people.models import InsuredPerson
from reimbursements.explanations.loading import forget_book
from reimbursements.reference.services import load_reference_data
from tests.browser.conftest import Visit
from tests.reimbursements.payments.rows import PAYMENTS, make_child, make_person, pay, pay_case, sign_in
from tests.reimbursements.test_explanations_cases import CASES, gp

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCREENSHOTS = os.environ.get("SCREENSHOTS")
SPACE = "/mon-espace/"
ARTICLE = "/comprendre/participation-forfaitaire-et-franchise/"
HEADINGS = {
    "space": "Mon espace",
    "payments": "Mes paiements",
    "year": "Ce que vos soins",
    "articles": "Comprendre mes remboursements",
    "article": "La participation forfaitaire",
    "detail": "Détail du paiement du",
}
TEXT_SPACING = """() => { for (const node of document.querySelectorAll('*')) {
    node.style.lineHeight = '1.5'; node.style.letterSpacing = '0.12em'; node.style.wordSpacing = '0.16em'; } }"""
SCROLLS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
FOCUSED = """() => {
    const focused = document.activeElement, style = getComputedStyle(focused), box = focused.getBoundingClientRect();
    return {name: focused.tagName + ' ' + (focused.textContent || focused.id).trim().slice(0, 60),
            outline: parseFloat(style.outlineWidth), style: style.outlineStyle, area: box.width * box.height};
}"""


@pytest.fixture(autouse=True)
def _reference_data(transactional_db: None) -> Iterator[None]:
    forget_book()
    load_reference_data()
    yield
    forget_book()


@pytest.fixture
def me() -> InsuredPerson:
    """Somebody with every typical statement, a child, and enough payments for a second page."""
    person = make_person("Yzelle")
    today = timezone.localdate()
    for number, name in enumerate(sorted(CASES)):
        pay_case(person, name, on=today - dt.timedelta(days=3 * number))
    pay(person, gp(), to=make_child(person), on=today - dt.timedelta(days=1))
    return person


def signed_in(window: Visit, live_server: LiveServer, client: Client) -> Page:
    """Give the window the session of a client."""
    cookie = client.cookies[project.SESSION_COOKIE_NAME].value
    window.page.context.add_cookies([{"name": project.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    return window.page


def pages_of(me: InsuredPerson, client: Client) -> dict[str, str]:
    """Every page in every state, by a name for its photograph."""
    year = timezone.localdate().year
    listing = client.get(PAYMENTS).context["listing"]
    details = {f"detail-{number}": f"{PAYMENTS}{row.token}/" for number, row in enumerate(listing.rows[:20:4])}
    return {
        "space": SPACE,
        "payments": PAYMENTS,
        "payments-second": f"{PAYMENTS}?page={listing.older}",
        "payments-empty": f"{PAYMENTS}?dates={year - 2}",
        "year": f"/mon-espace/annee/{year}/",
        "year-empty": f"/mon-espace/annee/{year - 1}/",
        "articles": "/comprendre/",
        "article": ARTICLE,
        **details,
    }


@pytest.mark.parametrize("width", [1280, 600, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_quiet_and_fits(
    visit: Callable[..., Visit], live_server: LiveServer, me: InsuredPerson, width: int, scheme: str
) -> None:
    """No complaint under the strict policy, one heading, nothing to scroll sideways, also with wide text spacing."""
    client = sign_in(me)
    addresses = pages_of(me, client)
    window = visit(width=width, color_scheme=scheme)
    page = signed_in(window, live_server, client)
    wide, headless = [], []
    for name, address in addresses.items():
        window.open(address)
        photograph(page, f"{name}-{width}-{scheme}")
        headings = page.get_by_role("heading", level=1)
        if headings.count() != 1 or not headings.inner_text().startswith(HEADINGS[name.split("-")[0]]):
            headless.append(name)
        if page.evaluate(SCROLLS):
            wide.append(name)
    assert window.complaints == []
    assert headless == []
    assert wide == []


def test_wide_text_spacing_still_fits(visit: Callable[..., Visit], live_server: LiveServer, me: InsuredPerson) -> None:
    client = sign_in(me)
    addresses = pages_of(me, client)
    window = visit(width=320, bypass_csp=True)
    page = signed_in(window, live_server, client)
    wide = []
    for name, address in addresses.items():
        window.open(address)
        page.evaluate(TEXT_SPACING)
        if page.evaluate(SCROLLS):
            wide.append(name)
    assert wide == []


def test_an_error_of_the_filter_leads_to_its_field(
    visit: Callable[..., Visit], live_server: LiveServer, me: InsuredPerson
) -> None:
    window = visit(width=320)
    page = signed_in(window, live_server, sign_in(me))
    page.goto(f"{PAYMENTS}?dates=hier")
    photograph(page, "payments-error-320")
    expect(page).to_have_title(re.compile("^Erreur – Mes paiements"))
    page.get_by_role("alert").get_by_role("link").click()
    assert page.evaluate("document.activeElement.id") == "id_dates"


def test_the_journey_without_scripts(visit: Callable[..., Visit], live_server: LiveServer, me: InsuredPerson) -> None:
    window = visit(width=320, java_script_enabled=False)
    page = signed_in(window, live_server, sign_in(me))
    window.open(SPACE)
    page.get_by_role("link", name="Voir tous vos paiements").click()
    page.get_by_label("Bénéficiaire").select_option(label="Noé")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.get_by_role("row")).to_have_count(2 + 2)  # one payment, one year, and their heads
    page.get_by_role("link", name="Voir le détail").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Détail du paiement du"))
    page.get_by_role("link", name="Base de remboursement").first.click()
    expect(page).to_have_url(re.compile("/comprendre/base-et-taux-de-remboursement/$"))
    page.get_by_role("link", name="Mes paiements").click()
    page.get_by_role("link", name="Paiements plus anciens").click()
    page.get_by_role("link", name="Paiements plus récents").click()
    with page.expect_download() as waited:
        page.get_by_role("link", name="Télécharger le relevé (CSV)").click()
    assert waited.value.suggested_filename.endswith(".csv")
    assert Path(waited.value.path()).read_text(encoding="utf-8-sig").startswith('"Date du paiement"')


def test_every_stop_of_the_keyboard_is_visible_and_in_order(
    visit: Callable[..., Visit], live_server: LiveServer, me: InsuredPerson
) -> None:
    window = visit()
    page = signed_in(window, live_server, sign_in(me))
    window.open(PAYMENTS)
    stops, invisible = [], []
    for _ in range(30):
        page.keyboard.press("Tab")
        seen = page.evaluate(FOCUSED)
        stops.append(seen["name"])
        if seen["style"] == "none" or seen["outline"] < 2 or seen["area"] == 0:
            invisible.append(seen)
    assert invisible == []
    assert stops[0].startswith("A Aller au contenu")
    order = [
        next(number for number, stop in enumerate(stops) if word in stop) for word in ("Accueil", "Filtrer", "Voir")
    ]
    assert order == sorted(order)


def test_a_filter_is_chosen_by_keyboard_alone(
    visit: Callable[..., Visit], live_server: LiveServer, me: InsuredPerson
) -> None:
    window = visit()
    page = signed_in(window, live_server, sign_in(me))
    window.open(PAYMENTS)
    page.get_by_label("Payé à").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**paye_a=moi**")
    assert page.get_by_label("Payé à").input_value() == "moi"
    assert window.complaints == []


def photograph(page: Page, name: str) -> None:
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)
