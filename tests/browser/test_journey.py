"""The whole way of an insured person, from no account to a closed session, in each way people browse.

With a mouse, on a narrow screen, with the text spaced out, by keyboard alone, and without scripts: the same steps,
the same words. Only a passkey needs scripts.
"""

import datetime as dt
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from django.utils import timezone
from playwright.sync_api import Download, Locator, Page, expect
from pypdf import PdfReader
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.people.models import InsuredPerson
from reimbursements.explanations.loading import forget_book
from reimbursements.reference.services import load_reference_data
from tests.accounts.insured import (
    BIRTH,
    HOME,
    NIR,
    PASSWORD,
    POSTCODE,
    code_received,
    make_person,
    signed_in,
)
from tests.browser.conftest import Visit
from tests.browser.test_passkeys import Device
from tests.browser.walk import SPACED, WIDTH
from tests.reimbursements.payments.rows import make_child, pay, pay_case
from tests.reimbursements.test_explanations_cases import CASES, gp

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FARTHEST: Final = 60
"""Presses of Tab after which something counts as out of reach."""
FOCUSED: Final = "e => e === document.activeElement"


@dataclass(frozen=True)
class Way:
    name: str
    width: int = 1280
    script: bool = True
    spaced: bool = False
    keyboard: bool = False


WAYS: Final = (
    Way("mouse"),
    Way("narrow", width=320),
    Way("spaced", width=320, spaced=True),
    Way("keyboard", keyboard=True),
    Way("no script", width=320, script=False),
)


class Hand:
    """Does what a person does, with a mouse or by keyboard alone, and looks at each page on the way."""

    def __init__(self, page: Page, way: Way) -> None:
        self.page = page
        self._way = way

    def go(self, link: str) -> None:
        self._use(self.page.get_by_role("link", name=link).first)

    def press(self, button: str) -> None:
        self._use(self.page.get_by_role("button", name=button).first)

    def fill(self, label: str, value: str) -> None:
        field = self.page.get_by_label(label)
        if self._way.keyboard:
            self._tab_to(field)
            self.page.keyboard.type(value)
        else:
            field.fill(value)

    def choose(self, label: str, option: str) -> None:
        field = self.page.get_by_label(label)
        if self._way.keyboard:
            self._tab_to(field)
            self.page.keyboard.type(option)
        else:
            field.select_option(label=option)

    def download(self, link: str) -> Download:
        with self.page.expect_download() as waited:
            self.go(link)
        return waited.value

    def sees(self, heading: str) -> None:
        """Arrived on the page of this heading, which fits the window."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(re.compile(heading))
        if self._way.script:
            assert self.page.evaluate(WIDTH) <= self._way.width, heading

    def _use(self, thing: Locator) -> None:
        if self._way.keyboard:
            self._tab_to(thing)
            self.page.keyboard.press("Enter")
        else:
            thing.click()

    def _tab_to(self, thing: Locator) -> None:
        expect(thing).to_be_visible()
        for _ in range(FARTHEST):
            self.page.keyboard.press("Tab")
            if thing.evaluate(FOCUSED):
                return
        pytest.fail(f"the keyboard does not reach {thing}")


@pytest.fixture
def person(transactional_db: None, settings: Settings, live_server: LiveServer) -> Iterator[InsuredPerson]:
    """Somebody whom the insurer knows, with payments and a child, and without an account."""
    settings.OTP_WEBAUTHN_ALLOWED_ORIGINS = [live_server.url]
    forget_book()
    load_reference_data()
    person, today = make_person(), timezone.localdate()
    for number, name in enumerate(sorted(CASES)[:4]):
        pay_case(person, name, on=today - dt.timedelta(days=3 * number))
    pay(person, gp(), to=make_child(person), on=today - dt.timedelta(days=1))
    yield person
    forget_book()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_from_no_account_to_a_closed_session(visit: Callable[..., Visit], person: InsuredPerson, way: Way) -> None:
    window = visit(width=way.width, java_script_enabled=way.script)
    if way.spaced:
        window.page.context.add_init_script(f"addEventListener('DOMContentLoaded', () => ({SPACED})(true))")
    hand = Hand(window.page, way)
    create_account(hand, window)
    sign_in_again(hand)
    elsewhere = signed_in()
    assert elsewhere.get(HOME).status_code == 200
    look_at_a_payment(hand)
    keep_the_statement(hand)
    if way.script:
        add_passkey(hand)
    close_the_other_session(hand)
    assert elsewhere.get(HOME).status_code == 302
    hand.press("Se déconnecter")
    hand.sees("Connexion à Mon espace")
    assert window.complaints == []


def create_account(hand: Hand, window: Visit) -> None:
    window.open("/")
    hand.sees("Vos paiements de santé")
    hand.go("Créer mon compte")
    hand.sees("Créer mon compte")
    hand.fill("Numéro de sécurité sociale", NIR)
    hand.fill("Date de naissance", BIRTH)
    hand.fill("Code postal", POSTCODE)
    hand.press("Recevoir un code")
    hand.sees("Saisissez le code reçu")
    hand.fill("Code à 6 chiffres", code_received())
    hand.press("Continuer")
    hand.sees("Choisissez votre mot de passe")
    hand.fill("Nouveau mot de passe", PASSWORD)
    hand.fill("Le même mot de passe", PASSWORD)
    hand.press("Enregistrer")
    hand.sees("Mon espace")


def sign_in_again(hand: Hand) -> None:
    hand.press("Se déconnecter")
    hand.sees("Connexion à Mon espace")
    hand.fill("Numéro de sécurité sociale", NIR)
    hand.fill("Mot de passe", PASSWORD)
    hand.press("Continuer")
    hand.sees("Saisissez votre code")
    hand.fill("Code à 6 chiffres", code_received())
    hand.press("Se connecter")
    hand.sees("Mon espace")


def look_at_a_payment(hand: Hand) -> None:
    hand.go("Mes paiements")
    hand.sees("Mes paiements")
    hand.choose("Bénéficiaire", "Noé")
    hand.press("Filtrer")
    expect(hand.page).to_have_url(re.compile("beneficiaire="))
    expect(hand.page.get_by_role("link", name="Voir le détail")).to_have_count(1)
    hand.go("Voir le détail")
    hand.sees("Détail du paiement du")
    expect(hand.page.get_by_text("Noé").first).to_be_visible()
    hand.go("Revenir à mes paiements")
    hand.sees("Mes paiements")


def keep_the_statement(hand: Hand) -> None:
    kept = hand.download("Télécharger le relevé (PDF)")
    assert kept.suggested_filename.endswith(".pdf")
    pdf = PdfReader(io.BytesIO(kept.path().read_bytes()))
    assert "paiements" in pdf.pages[0].extract_text()


def add_passkey(hand: Hand) -> None:
    Device(hand.page)
    hand.go("Sécurité")
    hand.sees("Sécurité de mon compte")
    hand.go("Ajouter une clé d’accès")
    hand.sees("Confirmez que c’est bien vous")
    hand.press("Recevoir un code par SMS")
    expect(hand.page.get_by_text("vient d’être envoyé")).to_be_visible()
    hand.fill("Code à 6 chiffres", code_received())
    hand.press("Confirmer")
    hand.sees("Ajouter une clé d’accès")
    hand.fill("Nom de la clé d’accès", "mon téléphone")
    hand.press("Créer la clé d’accès")
    expect(hand.page.get_by_text("Votre clé d’accès est enregistrée")).to_be_visible()


def close_the_other_session(hand: Hand) -> None:
    hand.go("Sécurité")
    hand.sees("Sécurité de mon compte")
    hand.press("Fermer la session")
    expect(hand.page.get_by_text("La session est fermée.")).to_be_visible()
