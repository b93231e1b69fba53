"""Supervision, quality and prevention in a real browser: they fit, are accessible, and the figures live."""

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.staff.models import User
from accounts.staff.roles import Role
from outreach.campaigns.appointments.models import Appointment
from outreach.campaigns.campaign import hours
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.hours import TERRITORIES
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming import next_call
from outreach.campaigns.claiming.enums import PauseReason
from outreach.campaigns.claiming.models import CallAttempt, CallClaim
from outreach.campaigns.claiming.pausing import begin_pause
from outreach.campaigns.claiming.saving import save_result
from outreach.campaigns.prevention.models import PreventionCampaign
from outreach.campaigns.quality.drawing import draw_reviews
from outreach.campaigns.quality.enums import Mark, Verdict
from outreach.campaigns.quality.models import QualityReview
from outreach.campaigns.quality.reviewing import items_of, save_review
from outreach.campaigns.supervision.rollup import keep_figures
from outreach.campaigns.targeting.lists import advance_lists, start_count
from tests.browser.conftest import Visit
from tests.browser.walk import AXE, AXE_TAGS
from tests.outreach.campaigns.calls import call, running, said
from tests.outreach.campaigns.prevention_rows import launch, make_prevention, make_sixty
from tests.outreach.campaigns.rows import make_campaign, make_target
from tests.staff import client_of, make_staff
from tests.tools import require_judge

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CONSOLE: Final = "/console/outreach/callcampaign/"
BOARD: Final = f"{CONSOLE}supervision/"
PREVENTION: Final = "/console/outreach/preventioncampaign/"
EFFECT: Final = (
    '{"18-25": {"invited": [400, 3], "control": [100, 20]}, "45-50": {"invited": [4000, 1600], "control": [1000, 300]},'
    ' "60-65": {"invited": [4000, 1600], "control": [1000, 390]}}'
)


@pytest.fixture
def adviser() -> User:
    return make_staff("agent-conseil", role=Role.ADVISER)


@pytest.fixture
def campaign(monkeypatch: pytest.MonkeyPatch, adviser: User) -> CallCampaign:
    """Running, with results, a call that gives no sign of life, and somebody in a pause."""
    monkeypatch.setattr(hours, "public_holidays", lambda year: frozenset())
    monkeypatch.setattr(next_call, "open_territories", lambda windows, *, at: list(TERRITORIES))
    for number in range(6):
        make_target(f"Yzelle {number}")
    campaign = running()
    for disposition in (Disposition.ALREADY_FOLLOWED, Disposition.NO_ANSWER):
        save_result(call(campaign, adviser).token, said(disposition, "Le matin."), by=adviser)
    silent = call(campaign, adviser)
    CallClaim.objects.filter(pk=silent.pk).update(leased_until=timezone.now() + dt.timedelta(minutes=5))
    begin_pause(by=make_staff("agent-repos", role=Role.ADVISER), reason=PauseReason.MEAL)
    keep_figures()
    return campaign


def as_owner(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"RESET ROLE; {statement}; SET ROLE ameli_app")


def make_reviews(lead: User) -> QualityReview:
    """Two calls of a week ago: one was reviewed, the other waits."""
    as_owner("UPDATE outreach_callattempt SET ended_at = ended_at - interval '7 days', disposition = 'refusal'")
    draw_reviews()
    done, waiting = QualityReview.objects.order_by("pk")
    marks = {item.code: Mark.NO if item.code == "note" else Mark.YES for item in items_of(done)}
    save_review(done.pk, marks=marks, verdict=Verdict.ADVICE, advice="Bel appel ; une note plus courte.", by=lead)
    return waiting


def make_effect() -> PreventionCampaign:
    make_sixty("Yves")
    campaign = launch(make_prevention())
    as_owner(f"UPDATE outreach_preventioncampaign SET effect_counted_at = now(), effect = '{EFFECT}'")
    return campaign


def make_appointments() -> list[Appointment]:
    """One of each call: one is to come, of the other somebody is to say whether it took place."""
    calls, now = CallAttempt.objects.order_by("pk"), timezone.now()
    return [
        Appointment.objects.create(insured_id=one.insured_id, attempt=one, starts_at=now + dt.timedelta(days=days))
        for one, days in zip(calls, (9, -1), strict=True)
    ]


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


def judge(page: Page, name: str, *, width: int) -> list[str]:
    """What is wrong with the page; a picture of it where SCREENSHOTS names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True, caret="initial")
    page.evaluate(require_judge("axe-core/axe.min.js").read_text())
    found: list[str] = page.evaluate(AXE, ["tag", AXE_TAGS])
    reach = page.evaluate("document.documentElement.scrollWidth")
    return [f"{name}: {one}" for one in [*found, *([f"{reach} px wide"] if reach > width else [])]]


@pytest.mark.parametrize("width", [1280, 320])
def test_every_page_fits_and_is_accessible(
    signed_in: Window, campaign: CallCampaign, adviser: User, width: int
) -> None:
    lead = make_staff("agent-supervision", role=Role.SUPERVISOR)
    review, prevention = make_reviews(lead), make_effect()
    ahead, over = (f"{CONSOLE}poste/rendez-vous/{one.public_id}/" for one in make_appointments())
    counted = make_campaign(by=lead)
    start_count(counted.pk, by=lead)
    advance_lists()
    desk, own = signed_in(lead, width=width), signed_in(adviser, width=width)
    silent = CallClaim.objects.get(ended_at=None)
    wrong: list[str] = []
    for window, name, address in (
        (desk, "board", BOARD),
        (desk, "free", f"{BOARD}liberer/{silent.token}/"),
        (desk, "reviews", f"{CONSOLE}qualite/"),
        (desk, "review", f"{CONSOLE}qualite/{review.pk}/"),
        (desk, "counted", f"{CONSOLE}{counted.pk}/change/"),
        (desk, "prevention", f"{PREVENTION}{prevention.pk}/change/"),
        (desk, "prevention-list", PREVENTION),
        (desk, "prevention-add", f"{PREVENTION}add/"),
        (own, "feedback", f"{CONSOLE}poste/retours/"),
        (own, "desk", f"{CONSOLE}poste/"),
        (desk, "appointments", f"{CONSOLE}poste/rendez-vous/"),
        (own, "appointment-ahead", ahead),
        (desk, "appointment-over", over),
    ):
        page = window.open(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        wrong += window.complaints
        wrong += judge(page, name, width=width)
        window.complaints.clear()  # axe itself tries out styles, which the policy refuses
    assert wrong == []


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
