"""The public pages: open to everybody, complete, linked from everywhere, and true of the program."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from ameli_notify.public.pages import ACCOUNT_PAGES, OPEN_PAGES, PUBLIC_PAGES, SPACE_PAGES, PublicPage
from fraud.cases.decision_models import CaseParameter, LegalBasis
from fraud.cases.starting_rules import add_starting_rules
from reimbursements.explanations.articles import article_slugs
from reimbursements.explanations.loading import forget_book
from reimbursements.reference.services import load_reference_data
from tests.browser.states import NOT_PAGES, page_names

pytestmark = pytest.mark.django_db

FOOTER = ("help", "contact", "recognise", "articles", "site-map", "accessibility", "legal-notice", "personal-data")
STEPS = {
    "article": "each by its own address",
    "payment": "each from the list",
    **dict.fromkeys(("my-appointment", "my-callback"), "each from the list"),
    "care-year": "by its own year",
    "report": "each from the list",
    "report-figures-of-year": "from the latest figures",
    "report-start": "from a payment",
    **dict.fromkeys(
        ("report-lines", "report-step", "report-explanation", "report-files", "report-check", "report-discard"),
        "a step",
    ),
    "report-withdraw": "from a report",
    "reply-case": "after the code of a letter",
    "sign-in-code": "after the password",
    "franceconnect-stopped": "when it does not work",
    "staff-sign-in": "for the staff",
    "staff-sign-in-code": "for the staff",
    "account-create-code": "step 2",
    "account-create-password": "step 3",
    "password-forgotten-code": "step 2",
    "password-forgotten-password": "step 3",
    "confirm-identity": "before a change",
    "add-app": "from the security page",
    "add-passkey": "from the security page",
    "change-password": "from the security page",
    "confirm-app": "step 2",
    "make-recovery-codes": "from the security page",
    "change-contact": "from the security page",
    "confirm-contact": "step 2",
}
"""Pages that nobody goes to directly."""


@pytest.fixture(autouse=True)
def _reference_data(db: None) -> Iterator[None]:
    forget_book()
    load_reference_data()
    yield
    forget_book()


def words_of(name: str) -> str:
    """The text of a page, with ordinary spaces and on one line."""
    content = Client().get(reverse(name)).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.split("<main")[1].split("</main>")[0]))


def addresses_on(content: str) -> set[str]:
    return set(re.findall(r'href="([^"]+)"', content))


@pytest.mark.parametrize("page", PUBLIC_PAGES, ids=lambda page: page.name)
def test_is_open_and_leads_to_the_others(page: PublicPage) -> None:
    answer = Client().get(reverse(page.name))
    assert answer.status_code == 200
    content = answer.content.decode()
    assert {reverse(name) for name in FOOTER} <= addresses_on(content.split("<footer")[1])
    assert "Accessibilité\u00a0: non conforme" in content
    assert "'" not in words_of(page.name), "typographic apostrophes"
    assert not answer.cookies, "nothing is stored with who only reads"
    assert Client().post(reverse(page.name)).status_code == 405


def test_every_link_of_the_public_pages_leads_somewhere() -> None:
    client = Client()
    for page in PUBLIC_PAGES:
        for address in addresses_on(client.get(reverse(page.name)).content.decode()):
            path, _, anchor = address.partition("#")
            if path.startswith(("http", "tel:", "/static/")):
                continue
            answer = client.get(path or reverse(page.name))
            assert answer.status_code in (200, 302), address
            assert not anchor or f'id="{anchor}"' in answer.content.decode(), address


def test_the_site_map_misses_no_page() -> None:
    listed = addresses_on(Client().get(reverse("site-map")).content.decode())
    named = (
        {page.name for page in PUBLIC_PAGES}
        | {name for name, _ in (*OPEN_PAGES, *ACCOUNT_PAGES, *SPACE_PAGES)}
        | {"articles"}
    )
    ours = {name for name in page_names() if name.partition("-")[0] != "portal"}  # those are for invited partners
    assert ours - set(NOT_PAGES) - set(STEPS) == named
    assert {reverse(name) for name in named} <= listed
    assert {reverse("article", args=[slug]) for slug in article_slugs()} <= listed


def test_the_durations_are_those_of_the_program(settings: Settings) -> None:
    add_starting_rules(CaseParameter.objects, LegalBasis.objects)  # a test that empties tables takes the dated figures
    settings.LINE_RETENTION_MONTHS, settings.NOTIFICATION_RETENTION_DAYS = 31, 77
    told = words_of("personal-data")
    assert "31 mois" in told
    assert "77 jours" in told
    assert "utilisable 10 minutes" in told
    assert "5 ans après la fin de l’examen, 10 ans si une procédure a suivi" in told
    assert "2 ans après sa fin" in told
    assert "15 minutes sans activité, 12 heures au plus" in told
    assert settings.SESSION_COOKIE_NAME in told


def test_the_legal_notice_names_the_host(settings: Settings) -> None:
    assert "n’est pas ouverte au public" in words_of("legal-notice")
    settings.HOSTING_PROVIDER = "Essai SA, 1, rue de l’Essai"
    told = words_of("legal-notice")
    assert "Essai SA" in told
    assert "n’est pas ouverte au public" not in told


@pytest.mark.parametrize("name", ["contact", "recognise"])
def test_the_two_numbers_are_told_where_one_looks_for_them(name: str) -> None:
    told = words_of(name)
    assert "3646" in told
    assert "05 53 35 62 37" in told
    assert "coordonnées bancaires" in told


def test_search_engines_stay_out_of_what_is_private() -> None:
    answer = Client().get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    for name in ("my-space", "sign-in", "account-create", "password-forgotten", "admin:index"):
        assert f"Disallow: {reverse(name)}" in answer.content.decode().splitlines()
    assert settings.SESSION_COOKIE_NAME not in answer.cookies
