"""An adviser's call in a real browser: by keyboard alone, without scripts, on a narrow screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.staff.models import User
from accounts.staff.roles import Role
from outreach.campaigns.campaign import hours
from outreach.campaigns.campaign.hours import TERRITORIES
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming import next_call
from outreach.campaigns.claiming.dialling import show_number
from outreach.campaigns.claiming.models import CallAttempt
from outreach.campaigns.claiming.next_call import claim_next
from tests.browser.conftest import Visit
from tests.browser.test_console import sign_in
from tests.outreach.campaigns.rows import ALWAYS, make_campaign, make_list, make_target
from tests.staff import make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = "/console/outreach/callcampaign/poste/"
MOST_TABS = 150

FOCUSED = """() => {
    const focused = document.activeElement, label = focused.labels && focused.labels[0];
    const style = getComputedStyle(focused);
    const seen = style.outlineStyle !== "none" || style.boxShadow !== "none" || focused.type === "radio";
    return {text: [focused.textContent, focused.value, label ? label.textContent : ""].join(" "), seen};
}"""


@pytest.fixture
def campaign(monkeypatch: pytest.MonkeyPatch) -> CallCampaign:
    monkeypatch.setattr(hours, "public_holidays", lambda year: frozenset())
    monkeypatch.setattr(next_call, "open_territories", lambda windows, *, at: list(TERRITORIES))
    make_target("Yzelle Marie", number="+33639980077")
    return make_list(make_campaign(windows=ALWAYS))


@pytest.fixture
def adviser() -> User:
    return make_staff("agent-conseil", role=Role.ADVISER)


def tab_to(page: Page, text: str) -> None:
    """Press the tabulator until what has the focus says so; where the focus is must be seen."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if text in focused["text"]:
            assert focused["seen"], text
            return
    pytest.fail(f"no way to « {text} » by keyboard")


def press(page: Page, text: str) -> None:
    tab_to(page, text)
    page.keyboard.press("Enter")


def tick(page: Page, first: str, *, further: int = 0) -> None:
    """Choose in a group of choices: the first one, or so many further down."""
    tab_to(page, first)
    page.keyboard.press("Space")
    for _ in range(further):
        page.keyboard.press("ArrowDown")


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_call_by_keyboard(
    visit: Callable[..., Visit], campaign: CallCampaign, adviser: User, with_scripts: bool
) -> None:
    window = visit(java_script_enabled=with_scripts)
    sign_in(window.page, adviser)
    page = window.open(DESK)
    press(page, "Personne suivante")
    expect(page.get_by_role("heading", level=1)).to_have_text("Appel en cours")
    press(page, "Afficher le numéro et appeler")
    expect(page.get_by_text("06\u00a039\u00a098\u00a000\u00a077")).to_be_visible()
    for first, following in (
        ("C’est la personne, et elle a un moment", "Dire ce que l’on fera de cet appel"),
        ("Elle accepte de continuer", "Parler du suivi"),
        ("Elle est suivie", "Conclure"),
    ):
        tick(page, first)
        press(page, "Étape suivante")
        expect(page.get_by_role("heading", name=following)).to_be_visible()
    tab_to(page, "Note")
    page.keyboard.type("Préfère le matin.")
    tick(page, "Pas de réponse", further=8)
    press(page, "Enregistrer le résultat")
    expect(page.get_by_text("Résultat enregistré : Déjà suivie.")).to_be_visible()
    assert CallAttempt.objects.get().answers == ["oui", "continuer", "vu"]
    assert window.complaints == []


def test_a_note_is_kept_while_it_is_typed(visit: Callable[..., Visit], campaign: CallCampaign, adviser: User) -> None:
    claim = show_number(claim_next(campaign.pk, by=adviser).token, by=adviser)
    window = visit()
    sign_in(window.page, adviser)
    page = window.open(f"{DESK}appel/{claim.token}/")
    page.clock.install()
    page.locator("#id_note").press_sequentially("Le matin, au 06 39 98 00 77.")
    page.clock.run_for(6_000)
    expect(page.get_by_text("Note gardée à")).to_be_visible()
    page.reload()
    expect(page.locator("#id_note")).to_have_value("Le matin, au [téléphone masqué].")
    assert not CallAttempt.objects.exists()
    assert window.complaints == []


def test_fits_a_narrow_screen(visit: Callable[..., Visit], campaign: CallCampaign, adviser: User) -> None:
    claim = show_number(claim_next(campaign.pk, by=adviser).token, by=adviser)
    window = visit(width=320)
    sign_in(window.page, adviser)
    for address in (DESK, f"{DESK}appel/{claim.token}/"):
        page = window.open(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
    window.page.get_by_role("button", name="Enregistrer le résultat").click()
    expect(window.page.get_by_role("alert")).to_contain_text("Le résultat n’est pas enregistré")
    assert window.complaints == []
