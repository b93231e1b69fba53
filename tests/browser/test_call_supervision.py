"""Supervision in a real browser: the figures live, and are there without scripts."""

from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from accounts.staff.models import User
from accounts.staff.roles import Role
from outreach.campaigns.campaign import hours
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.hours import TERRITORIES
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming import next_call
from outreach.campaigns.claiming.models import CallClaim
from outreach.campaigns.claiming.saving import save_result
from outreach.campaigns.supervision.rollup import keep_figures
from tests.browser.conftest import Visit
from tests.outreach.campaigns.calls import call, running, said
from tests.outreach.campaigns.rows import make_target
from tests.staff import client_of, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CONSOLE: Final = "/console/outreach/callcampaign/"
BOARD: Final = f"{CONSOLE}supervision/"


@pytest.fixture
def adviser() -> User:
    return make_staff("agent-conseil", role=Role.ADVISER)


@pytest.fixture
def campaign(monkeypatch: pytest.MonkeyPatch, adviser: User) -> CallCampaign:
    """Running, with results and a call in hand."""
    monkeypatch.setattr(hours, "public_holidays", lambda year: frozenset())
    monkeypatch.setattr(next_call, "open_territories", lambda windows, *, at: list(TERRITORIES))
    for number in range(6):
        make_target(f"Yzelle {number}")
    campaign = running()
    for disposition in (Disposition.ALREADY_FOLLOWED, Disposition.NO_ANSWER):
        save_result(call(campaign, adviser).token, said(disposition, "Le matin."), by=adviser)
    call(campaign, adviser)
    keep_figures()
    return campaign


Window = Callable[..., Visit]


@pytest.fixture
def signed_in(visit: Window, live_server: LiveServer) -> Window:
    """Opens a window in which somebody of the staff is signed in."""

    def open_window(user: User, **options: object) -> Visit:
        window = visit(**options)
        cookie = client_of(user).cookies["sessionid"].value
        window.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        return window

    return open_window


def test_the_figures_live_until_somebody_stops_them(signed_in: Window, campaign: CallCampaign, adviser: User) -> None:
    window = signed_in(make_staff("agent-supervision", role=Role.SUPERVISOR))
    window.page.clock.install()
    page = window.open(BOARD)
    expect(page.get_by_text("1 sur 6")).to_be_visible()
    claim = CallClaim.objects.get(ended_at=None)
    save_result(claim.token, said(Disposition.REFUSAL), by=adviser)
    keep_figures()
    page.clock.fast_forward(21_000)
    expect(page.get_by_text("2 sur 6")).to_be_visible()
    page.get_by_role("button", name="Arrêter l’actualisation automatique").click()
    expect(page.get_by_text("Les chiffres ne changent plus.")).to_be_visible()
    save_result(call(campaign, adviser).token, said(Disposition.REFUSAL), by=adviser)
    keep_figures()
    page.clock.fast_forward(60_000)
    expect(page.get_by_text("2 sur 6")).to_be_visible()
    page.get_by_role("button", name="Reprendre l’actualisation automatique").click()
    expect(page.get_by_text("3 sur 6")).to_be_visible()
    assert window.complaints == []


def test_the_board_without_scripts(signed_in: Window, campaign: CallCampaign) -> None:
    window = signed_in(make_staff("agent-supervision", role=Role.SUPERVISOR), java_script_enabled=False)
    page = window.open(BOARD)
    expect(page.get_by_role("button", name="Arrêter l’actualisation automatique")).to_have_count(0)
    page.get_by_role("link", name="Actualiser maintenant").click()
    expect(page.get_by_text("1 sur 6")).to_be_visible()
