"""Passkeys in a real browser, whose virtual device answers: added, used at sign-in, removed; for the staff too."""

import time
from collections.abc import Callable
from typing import Final

import pytest
from django.contrib.sessions.models import Session
from django_otp_webauthn.models import WebAuthnCredential
from playwright.sync_api import CDPSession, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.identity.models import InsuredAccount
from accounts.staff.models import StaffTotpDevice, User
from accounts.staff.sessions import SESSION_KEY
from reimbursements.reference.services import load_reference_data
from tests.accounts.insured import HOME, NIR, PASSWORD, SECURITY, SIGN_IN, add_app, make_account
from tests.browser.conftest import Visit
from tests.browser.test_console import sign_in as sign_in_to_console
from tests.browser.test_identity import AT_HOME, confirm, give_password, seen, sign_in
from tests.staff import PASSWORD as STAFF_PASSWORD
from tests.staff import code_of, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADD: Final = f"{SECURITY}cle-d-acces/"
MINE: Final = "/console/cles-d-acces/"


@pytest.fixture(autouse=True)
def _this_site(settings: Settings, live_server: LiveServer) -> None:
    """The page after sign-in needs the reference data."""
    load_reference_data()
    settings.OTP_WEBAUTHN_ALLOWED_ORIGINS = [live_server.url]


@pytest.fixture
def account() -> InsuredAccount:
    return make_account()


class Device:
    """The virtual device of a page: a telephone whose owner is there and shows their finger."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        answer = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._id = answer["authenticatorId"]

    def recognises(self, *, owner: bool) -> None:
        """Whether the finger is the owner's."""
        self._session.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": owner})


@pytest.mark.parametrize("width", [1280, 320])
def test_a_person_adds_a_passkey_signs_in_with_it_and_removes_it(
    account: InsuredAccount, visit: Callable[..., Visit], width: int
) -> None:
    window = visit(width=width)
    page, device = window.page, Device(window.page)
    sign_in(page)
    page.goto(SECURITY)
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    confirm(page)
    page.wait_for_url(f"**{ADD}")
    expect(page.get_by_text("a besoin de JavaScript")).to_be_hidden()
    seen(page, "cle-d-acces-ajout")
    page.get_by_label("Nom de la clé d’accès").fill("mon téléphone")
    page.get_by_role("button", name="Créer la clé d’accès").click()
    expect(page.get_by_text("Votre clé d’accès est enregistrée")).to_be_visible()
    seen(page, "cle-d-acces-liste")
    page.get_by_role("button", name="Se déconnecter").last.click()

    give_password(page)
    expect(page.get_by_role("heading", name="Utilisez votre clé d’accès")).to_be_visible()
    seen(page, "cle-d-acces-connexion")
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    page.wait_for_url(AT_HOME)
    assert WebAuthnCredential.objects.get().sign_count > 0

    page.goto(SECURITY)
    page.get_by_role("link", name="Changer mon mot de passe").click()
    seen(page, "cle-d-acces-confirmation")
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    page.wait_for_url("**/mot-de-passe/")
    seen(page, "mot-de-passe")
    page.goto(SECURITY)
    page.get_by_role("button", name="Retirer : Clé d’accès").click()
    expect(page.get_by_text("Il avait ouvert cette session")).to_be_visible()
    assert not WebAuthnCredential.objects.exists()
    assert window.complaints == []
    device.recognises(owner=False)


def test_a_device_that_does_not_recognise_its_owner_signs_nobody_in(
    account: InsuredAccount, visit: Callable[..., Visit]
) -> None:
    window = visit()
    page, device = window.page, Device(window.page)
    sign_in(page)
    add(page)
    page.goto(SECURITY)
    page.get_by_role("button", name="Se déconnecter").last.click()
    give_password(page)
    device.recognises(owner=False)
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(page.get_by_role("alert").filter(has_text="n’a pas été utilisée")).to_be_visible()
    device.recognises(owner=True)
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    page.wait_for_url(AT_HOME)
    assert window.complaints == []


def test_the_same_device_is_not_registered_twice(account: InsuredAccount, visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.page
    Device(page)
    sign_in(page)
    add(page)
    page.goto(ADD)
    page.get_by_label("Nom de la clé d’accès").fill("encore lui")
    page.get_by_role("button", name="Créer la clé d’accès").click()
    expect(page.get_by_role("alert").filter(has_text="déjà une clé d’accès de ce compte")).to_be_visible()
    assert WebAuthnCredential.objects.count() == 1


def add(page: Page) -> None:
    page.goto(ADD)
    confirm(page)
    page.get_by_label("Nom de la clé d’accès").fill("mon téléphone")
    page.get_by_role("button", name="Créer la clé d’accès").click()
    expect(page.get_by_text("Votre clé d’accès est enregistrée")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 320])
def test_without_script_the_page_says_so_and_another_means_serves(
    account: InsuredAccount, visit: Callable[..., Visit], width: int
) -> None:
    WebAuthnCredential.objects.create(user=account.user, name="mon téléphone", credential_id=b"x", public_key=b"y")
    app = add_app(account)
    window = visit(width=width, java_script_enabled=False)
    page = window.open(SIGN_IN)
    page.get_by_label("Numéro de sécurité sociale").fill(NIR)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_text("Une clé d’accès a besoin de JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Utiliser ma clé d’accès")).to_be_hidden()
    page.get_by_role("button", name="Application d’authentification").click()
    page.get_by_label("Code à 6 chiffres").fill(f"{app.totp().token():06d}")
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"**{HOME}")


@pytest.mark.parametrize("width", [1280, 320])
def test_the_staff_add_a_passkey_sign_in_with_it_and_remove_it(visit: Callable[..., Visit], width: int) -> None:
    user = make_staff()
    window = visit(width=width)
    page = window.page
    Device(page)
    sign_in_to_console(page, user)
    page.get_by_role("link", name="Mes clés d’accès").click()
    give_fresh_code(page, user)
    seen(page, "console-cles-ajout")
    page.get_by_label("Nom de la clé d’accès").fill("clé USB")
    page.get_by_role("button", name="Créer la clé d’accès").click()
    expect(page.get_by_text("Votre clé d’accès est enregistrée")).to_be_visible()
    seen(page, "console-cles-liste")
    page.get_by_role("button", name="Déconnexion").click()

    page.get_by_label("Identifiant professionnel").fill(user.username)
    page.get_by_label("Mot de passe").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    seen(page, "console-connexion-cle")
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    page.wait_for_url("**/console/")

    page.goto(MINE)
    give_fresh_code(page, user)
    page.get_by_role("button", name="Retirer : clé USB").click()
    expect(page.get_by_text("La clé d’accès est retirée.")).to_be_visible()
    assert not WebAuthnCredential.objects.exists()
    assert window.complaints == []


def test_the_staff_are_warned_before_their_session_ends_and_can_stay(visit: Callable[..., Visit]) -> None:
    window = visit(width=320)
    page = window.page
    sign_in_to_console(page, make_staff())
    warning = page.get_by_text("Votre session expire dans moins de 2 minutes")
    expect(warning).to_be_hidden()
    set_idle(seconds=14 * 60)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(warning).to_be_visible()
    seen(page, "console-session")
    page.get_by_role("button", name="Rester connecté").click()
    expect(warning).to_be_hidden()
    set_idle(seconds=16 * 60)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("15 minutes sans activité")).to_be_visible()
    assert window.complaints == []


def set_idle(*, seconds: int) -> None:
    row = Session.objects.get()
    data = row.get_decoded()
    data[SESSION_KEY]["seen_at"] = int(time.time()) - seconds
    Session.objects.save(row.session_key, data, row.expire_date)


def give_fresh_code(page: Page, user: User) -> None:
    """As if half a minute had passed: each code of the app serves once."""
    StaffTotpDevice.objects.filter(user=user).update(last_step=-1)
    page.get_by_label("Code à 6 chiffres").fill(code_of(user))
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", name="Ajouter une clé d’accès")).to_be_visible()
