"""The console in a real browser: nothing breaks the strict CSP, narrow screens and keyboards work."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.partners.webhooks.models import WebhookDelivery
from accounts.staff.models import User
from accounts.staff.roles import Role
from tests.browser.conftest import Visit
from tests.console_rows import (
    make_batch,
    make_directory,
    make_inbox_message,
    make_post_entry,
    make_wave,
)
from tests.fraud.cases.url_access import case_rows
from tests.fraud.conversations.rows import ask
from tests.fraud.replies.visitors import right_of_reply
from tests.partners.machine import add_key, make_client
from tests.partners.portal_rows import make_user
from tests.partners.rows import make_partner
from tests.partners.webhook_rows import make_webhook_row
from tests.staff import PASSWORD, code_of, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIGN_IN = "/console/connexion/"
SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""A folder: the pages walked through are photographed into it."""


CASE_ACTS = ("prendre", "attribuer", "note", "fiche", "montant", "suite", "demander-accord", "decider", "fusionner")
"""Acts that a supervisor is offered on a new case."""


FOCUSED = """() => {
    const focused = document.activeElement, style = getComputedStyle(focused), box = focused.getBoundingClientRect();
    return {text: (focused.textContent || focused.id).trim(), outline: parseFloat(style.outlineWidth),
            style: style.outlineStyle, area: box.width * box.height};
}"""


def sign_in(page: Page, user: User) -> None:
    page.goto(SIGN_IN)
    page.get_by_label("Identifiant professionnel").fill(user.username)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Code à 6 chiffres").fill(code_of(user))
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/console/")


@pytest.fixture
def addresses() -> dict[str, str]:
    """Every page of a supervisor, with something on it, and the heading it must show."""
    wave = make_wave()
    person, notification = wave.people[0], wave.notifications[0]
    batch, directory = make_batch(rejects=3), make_directory()
    message, entry = make_inbox_message(), make_post_entry(person.pk)
    run, template = wave.run.pk, wave.run.email_template_id
    sms = wave.run.sms_template_id
    cases = case_rows(person, make_staff("dossiers"))
    answered = right_of_reply(wave.people[1], by=make_staff("contradictoire"), talked=True)
    case = cases["case"]
    client = make_client(make_partner("99000001", "Mutuelle d’essai"))
    by_name: dict[str, tuple[object, ...]] = {
        "index": (),
        "password_change": (),
        "accounts_accesslog_changelist": (),
        "accounts_directorybatch_changelist": (),
        "accounts_directorybatch_change": (directory.pk,),
        "accounts_insuredperson_changelist": (),
        "accounts_insuredperson_change": (person.pk,),
        "accounts_partnerinsurer_changelist": (),
        "accounts_partnerinsurer_change": (client.partner_id,),
        "accounts_partnerclient_changelist": (),
        "accounts_partnerclient_add": (),
        "accounts_partnerclient_change": (client.pk,),
        "accounts_partnerkey_changelist": (),
        "accounts_partnerkey_add": (),
        "accounts_partnerkey_change": (add_key(client).pk,),
        "accounts_partneruser_changelist": (),
        "accounts_partneruser_add": (),
        "accounts_partneruser_change": (make_user(client.partner).pk,),
        "accounts_webhookendpoint_changelist": (),
        "accounts_webhookendpoint_change": (make_webhook_row(client.partner).endpoint_id,),
        "accounts_webhookdelivery_changelist": (),
        "accounts_webhookdelivery_change": (WebhookDelivery.objects.get().pk,),
        "accounts_user_changelist": (),
        "admin_logentry_changelist": (),
        "django_q_schedule_changelist": (),
        "django_q_failure_changelist": (),
        "django_q_ormq_changelist": (),
        "fraud_absence_add": (),
        "fraud_assignmentrule_changelist": (),
        "fraud_caseopening_changelist": (),
        "fraud_caseopening_change": (cases["fraud_caseopening"],),
        "fraud_caseparameter_changelist": (),
        "fraud_conversation_changelist": (),
        "fraud_conversation_change": (ask(person).pk,),
        "fraud_fraudcase_changelist": (),
        "fraud_fraudcase_change": (case,),
        "fraud_fraudcase_results": (),
        "fraud_fraudcase_simulate": (),
        "fraud_legalbasis_changelist": (),
        "fraud_rightofreply_changelist": (),
        "fraud_rightofreply_change": (answered.pk,),
        "outreach_digestrun_changelist": (),
        "outreach_digestrun_change": (run,),
        "outreach_digestrun_pause": (run,),
        "outreach_digestrun_history": (run,),
        "outreach_inboxmessage_changelist": (),
        "outreach_inboxmessage_change": (message.pk,),
        "outreach_messagetemplate_changelist": (),
        "outreach_messagetemplate_change": (template,),
        "outreach_messagetemplate_preview": (template,),
        "outreach_messagetemplate_activate": (template,),
        "outreach_messagetemplate_add": (),
        "outreach_notification_changelist": (),
        "outreach_notification_change": (notification.pk,),
        "outreach_postlistentry_changelist": (),
        "outreach_postlistentry_change": (entry.pk,),
        "reimbursements_importbatch_changelist": (),
        "reimbursements_importbatch_change": (batch.pk,),
        "reimbursements_actreference_changelist": (),
        "reimbursements_copayrule_add": (),
    }
    pages = {name: reverse(f"admin:{name}", args=args) for name, args in by_name.items()}
    pages |= {f"case_{act}": reverse("admin:fraud_fraudcase_act", args=[case, act]) for act in CASE_ACTS}
    pages["case_with_a_reply"] = reverse("admin:fraud_fraudcase_change", args=[answered.case_id])
    pages["search"] = f"{pages['outreach_notification_changelist']}?q={person.public_id}"
    pages["new_email"] = f"{pages['outreach_messagetemplate_add']}?canal=email"
    pages["sms_preview"] = reverse("admin:outreach_messagetemplate_preview", args=[sms])
    return pages


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])  # no colour is wider than another
def test_every_page_is_quiet_and_fits(
    visit: Callable[..., Visit], addresses: dict[str, str], width: int, scheme: str
) -> None:
    """No complaint in the browser's log, one heading, nothing to scroll sideways."""
    window = visit(width=width, color_scheme=scheme)
    sign_in(window.page, make_staff(role=Role.SUPERVISOR))
    wide, headless = [], []
    for name, address in addresses.items():
        page = window.open(address)
        photograph(page, f"{name}-{width}-{scheme}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(name)
        if page.get_by_role("heading", level=1).count() != 1:
            headless.append(name)
    assert window.complaints == []
    assert wide == []
    assert headless == []


CUT = """() => [...document.querySelectorAll("main .table-block, #content .table-block")].map(block => ({
    cut: block.scrollWidth > block.clientWidth, reached: block.tabIndex === 0,
    said: parseFloat(getComputedStyle(block, "::before").height) > 10
        && getComputedStyle(block, "::before").content.includes("faire défiler")}))"""


def test_a_table_that_is_cut_says_so_and_no_other_does(visit: Callable[..., Visit], addresses: dict[str, str]) -> None:
    window = visit()
    sign_in(window.page, make_staff(role=Role.SUPERVISOR))
    seen = {320: 0, 1280: 0}
    for name in ("index", "reimbursements_importbatch_changelist", "outreach_digestrun_change"):
        for width in seen:
            window.page.set_viewport_size({"width": width, "height": 900})
            tables = window.open(addresses[name]).evaluate(CUT)
            assert tables, name
            assert all(table["reached"] for table in tables), name
            assert [table["said"] for table in tables] == [table["cut"] for table in tables], (name, width)
            seen[width] += sum(table["cut"] for table in tables)
    assert seen[320] > 2
    window.page.set_viewport_size({"width": 320, "height": 900})
    bar = window.page.locator("#site-name").bounding_box()
    assert bar is not None
    assert bar["height"] < 40, "the name of the site keeps to one line"


def test_signing_in_by_keyboard_alone(visit: Callable[..., Visit]) -> None:
    user = make_staff()
    window = visit(width=320)
    page = window.open(SIGN_IN)
    photograph(page, "sign-in-320")
    tab_to(page, "Identifiant professionnel")
    page.keyboard.type(user.username)
    tab_to(page, "Mot de passe")
    page.keyboard.type("faux")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    photograph(page, "sign-in-error-320")
    expect(page).to_have_title(re.compile("^Erreur"))
    tab_to(page, "Mot de passe")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    tab_to(page, "Code à 6 chiffres")
    photograph(page, "code-320")
    page.keyboard.type(code_of(user))
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/")
    assert window.complaints == []


def test_every_stop_of_the_keyboard_is_visible(visit: Callable[..., Visit]) -> None:
    window = visit()
    sign_in(window.page, make_staff(role=Role.SUPERVISOR))
    make_wave()
    page = window.open(reverse("admin:outreach_digestrun_changelist"))
    invisible = []
    for _ in range(25):
        page.keyboard.press("Tab")
        seen = page.evaluate(FOCUSED)
        if seen["style"] == "none" or seen["outline"] < 2 or seen["area"] == 0:
            invisible.append(seen)
    assert invisible == []


def test_the_console_works_without_scripts(visit: Callable[..., Visit]) -> None:
    window = visit(java_script_enabled=False)
    run = make_wave().run
    page = window.page
    sign_in(page, make_staff(role=Role.SUPERVISOR))
    page.get_by_role("link", name="20 novembre 2026").click()
    page.get_by_role("link", name="Suspendre l’envoi").click()
    page.get_by_role("button", name="Suspendre l’envoi").click()
    expect(page.get_by_text("L’envoi est suspendu.")).to_be_visible()
    run.refresh_from_db()
    assert run.status == "paused"
    page.goto(reverse("admin:outreach_notification_changelist"))
    page.get_by_label("Rechercher").fill("999999999")
    page.get_by_role("button", name="Rechercher").click()
    expect(page.get_by_text("0 notification", exact=False)).to_be_visible()
    page.get_by_role("button", name="Déconnexion").click()
    expect(page.get_by_text("Vous êtes déconnecté.")).to_be_visible()


def test_the_preview_frame_shows_the_styled_mail_and_runs_nothing(visit: Callable[..., Visit]) -> None:
    window = visit()
    template = make_wave().run.email_template_id
    sign_in(window.page, make_staff())
    page = window.open(reverse("admin:outreach_messagetemplate_preview", args=[template]))
    frame = page.frame_locator("iframe")
    heading = frame.get_by_role("heading", level=1)
    expect(heading).to_be_visible()
    assert heading.evaluate("e => getComputedStyle(e).color") == "rgb(255, 255, 255)"
    assert page.locator("iframe").get_attribute("sandbox") == ""
    assert window.complaints == []


def test_the_public_pages_fit_and_are_quiet(visit: Callable[..., Visit]) -> None:
    for width in (1280, 320):
        window = visit(width=width)
        page = window.open("/")
        photograph(page, f"home-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert window.complaints == []
        page.goto("/inconnu/")
        photograph(page, f"404-{width}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Page introuvable")


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the field of a label has the focus."""
    field = page.get_by_label(label)
    for _ in range(15):
        if field.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach « {label} »")


def photograph(page: Page, name: str) -> None:
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)
