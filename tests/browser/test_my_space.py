"""« Accueil », « Mes messages », « Mes informations » in a real browser: each state, narrow, by keyboard, no script."""

import datetime as dt
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as project
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.access.models import AccessLog
from accounts.identity.events import AccountEvent
from accounts.identity.models import InsuredAccount
from accounts.people.contacts import change_contact
from accounts.people.enums import ContactKind, EndReason
from accounts.people.models import ContactChannel, InsuredPerson
from outreach.notifications.enums import Channel
from reimbursements.explanations.loading import forget_book
from reimbursements.reference.services import load_reference_data
from tests.accounts.conftest import space as space
from tests.accounts.insured import CONFIRM, add_contact, code_received, confirmed, make_account, signed_in
from tests.browser.conftest import Visit
from tests.my_space.messages import HOME, MESSAGES, make_digest
from tests.reimbursements.payments.rows import make_child, pay

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCREENSHOTS = os.environ.get("SCREENSHOTS")
INFORMATION = "/mon-espace/informations/"
PREFERENCES = f"{INFORMATION}preferences/"
PAGES = {
    "home": HOME,
    "messages": MESSAGES,
    "information": INFORMATION,
    "accesses": f"{INFORMATION}consultations/",
    "rights": f"{INFORMATION}droits/",
    "data": f"{INFORMATION}telecharger/",
    "preferences": PREFERENCES,
}


@pytest.fixture(autouse=True)
def _reference_data(transactional_db: None, space: None) -> None:
    forget_book()
    load_reference_data()


@pytest.fixture
def account() -> InsuredAccount:
    return make_account()


def fill(person: InsuredPerson) -> None:
    """Something of everything: payments, messages of each state, alerts, accesses, a history of addresses."""
    today, now = timezone.localdate(), timezone.now()
    for number in range(4):
        pay(person, on=today - dt.timedelta(days=3 * number))
    pay(person, to=make_child(person), on=today)
    change_contact(person.pk, kind=ContactKind.EMAIL, address="une.adresse.nouvelle.assez.longue@courrier.example.net")
    unused = add_contact(person, kind=ContactKind.LANDLINE, address="+33100000001")
    ContactChannel.objects.create(
        insured=person, kind="email", address_sealed=_seal(person), address_lookup=unused.address_lookup,
        started_at=now, ended_at=now, end_reason=EndReason.NOT_USED,
    )  # fmt: skip
    for number, (channel, status) in enumerate(
        [
            ("email", "permanent-failure"),
            ("email", "delivered"),
            ("sms", "sending"),
            ("post", "sending"),
            ("none", "cancelled"),
        ]
    ):
        reason = {"status_reason": "opted-out", "template_id": None} if status == "cancelled" else {}
        make_digest(
            person, on=today - dt.timedelta(days=10 * number), channel=Channel(channel), status=status, **reason
        )
    for number in range(25):
        AccessLog.objects.create(
            actor_id=1, actor_role="adviser", action="view", object_kind="accounts.insuredperson",
            insured_id=person.pk, reason="Appel reçu au 3646" if number % 2 else "",
        )  # fmt: skip
    AccountEvent.objects.create(insured=person, kind="signed-in", browser="Chrome", system="Windows")
    AccountEvent.objects.create(insured=person, kind="app-added")


def _seal(person: InsuredPerson) -> bytes:
    return bytes(ContactChannel.objects.filter(insured=person, kind="email").latest("pk").address_sealed)


def with_session(window: Visit, live_server: LiveServer, client: Client) -> Page:
    cookie = client.cookies[project.SESSION_COOKIE_NAME].value
    window.page.context.add_cookies([{"name": project.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    return window.page


def look(page: Page, name: str) -> None:
    """What every page promises, and its photograph."""
    expect(page.locator("h1")).to_have_count(1)
    width, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{window}.png", full_page=True)
    assert width <= window, name


@pytest.mark.parametrize("width", [1280, 320])
def test_every_page_in_every_state(
    visit: Callable[..., Visit], live_server: LiveServer, account: InsuredAccount, width: int
) -> None:
    client = confirmed(signed_in())
    window = visit(width=width)
    page = with_session(window, live_server, client)
    for name, address in PAGES.items():
        window.open(address)
        look(page, f"{name}-empty")
    fill(account.insured)
    for name, address in PAGES.items():
        window.open(address)
        for closed in page.locator("details > summary").all():
            closed.click()
        look(page, f"{name}-full")
    InsuredPerson.objects.filter(pk=account.insured_id).update(is_contact_protected=True)
    window.open(INFORMATION)
    look(page, "information-protected")
    assert window.complaints == []


def test_preferences_and_the_file_without_scripts(
    visit: Callable[..., Visit], live_server: LiveServer, account: InsuredAccount, tmp_path: Path
) -> None:
    fill(account.insured)
    window = visit(width=320, java_script_enabled=False)
    page = with_session(window, live_server, signed_in())
    window.open(HOME)
    page.get_by_role("link", name="Mes informations").click()
    page.get_by_role("link", name="Changer mes préférences").click()
    expect(page).to_have_url(re.compile(re.escape(CONFIRM)))
    page.get_by_role("button", name="Recevoir un code").first.click()
    page.get_by_label("Code à 6 chiffres").fill(code_received())
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_label("Je ne veux pas en recevoir").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status").first).to_have_text("Vos préférences sont enregistrées.")
    expect(page.get_by_text("vous n’en recevez pas")).to_be_visible()
    page.get_by_role("link", name="Télécharger mes données").click()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Télécharger mes données").click()
    path = tmp_path / waited.value.suggested_filename
    waited.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert "LISEZ-MOI.txt" in archive.namelist()


def test_the_choices_by_keyboard_alone(
    visit: Callable[..., Visit], live_server: LiveServer, account: InsuredAccount
) -> None:
    window = visit()
    page = with_session(window, live_server, confirmed(signed_in()))
    window.open(PREFERENCES)
    page.get_by_label("Par e-mail").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Par SMS")).to_be_checked()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert float(outline.removesuffix("px")) >= 2
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{INFORMATION}")
    expect(page.get_by_text("par SMS", exact=False).first).to_be_visible()
    assert window.complaints == []
