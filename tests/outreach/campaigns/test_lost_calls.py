"""Calls that were lost after their number was shown and that nobody explained, on the supervisor's page."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.staff.models import User
from accounts.staff.roles import Role
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.models import CampaignEvent
from outreach.campaigns.claiming.enums import TaskStatus
from outreach.campaigns.claiming.holding import take_up, write_draft
from outreach.campaigns.claiming.models import CallClaim, CallTask
from outreach.campaigns.claiming.next_call import claim_next
from outreach.campaigns.claiming.saving import late_notes, save_result
from tests.outreach.campaigns.calls import call, expire, running, said
from tests.outreach.campaigns.rows import make_target
from tests.reimbursements.payments.rows import page_of
from tests.staff import client_of, make_staff, staff_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]
PAGE = "/console/outreach/callcampaign/supervision/a-preciser/"


@pytest.fixture
def chief(db: None) -> Client:
    return client_of(make_staff("agent-chef", role=Role.SUPERVISOR))


@pytest.fixture
def lost(adviser: User) -> CallClaim:
    """A call of an adviser who noted something and is gone."""
    make_target("Yzelle")
    claim = call(running(), adviser)
    write_draft(claim.token, by=adviser, note="Elle décroche.")
    expire(claim)
    return claim


def yesterday(claim: CallClaim) -> None:
    CallClaim.objects.filter(pk=claim.pk).update(ended_at=timezone.now() - dt.timedelta(hours=13))


def decide(chief: Client, claim: CallClaim, decision: str) -> str:
    answer = chief.post(PAGE, {"task": str(claim.task_id), "decision": decision}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_is_the_adviser_s_at_first(chief: Client, lost: CallClaim) -> None:
    shown = page_of(chief, PAGE)
    assert f"Appel {lost.task_id}" in shown
    assert "peut encore le préciser" in shown
    assert "Yzelle" not in shown
    assert "demandez-lui d’abord" in decide(chief, lost, "again")
    assert CallTask.objects.get().status == TaskStatus.REVIEW


def test_goes_back_to_the_list_when_somebody_says_so(
    chief: Client, lost: CallClaim, adviser: User, colleague: User
) -> None:
    yesterday(lost)
    assert "de nouveau à appeler" in decide(chief, lost, "again")
    assert CampaignEvent.objects.get(kind="freed").details == {
        "task": lost.task_id, "adviser": adviser.pk, "settled": "ready",
    }  # fmt: skip
    assert late_notes(adviser).count() == 1, "the note is still its adviser's"
    assert claim_next(lost.task.campaign_id, by=colleague).task_id == lost.task_id


def test_or_ends_there(chief: Client, lost: CallClaim) -> None:
    yesterday(lost)
    assert "n’est plus à appeler" in decide(chief, lost, "ended")
    task = CallTask.objects.get()
    assert task.status == TaskStatus.ABANDONED
    assert task.ended_at is not None
    assert "déjà été précisé" in decide(chief, lost, "again")
    assert "Aucun" in page_of(chief, PAGE)


def test_an_explanation_that_came_first_stands(chief: Client, lost: CallClaim, adviser: User) -> None:
    yesterday(lost)
    again = take_up(lost.task_id, by=adviser)
    assert "déjà été précisé" in decide(chief, lost, "again")
    save_result(again.token, said(Disposition.REFUSAL), by=adviser)
    assert CallTask.objects.get().status == TaskStatus.DONE


@pytest.mark.parametrize("fields", [{}, {"task": "x", "decision": "again"}, {"task": "1", "decision": "x"}])
def test_anything_else_is_not_there(chief: Client, fields: dict[str, str]) -> None:
    assert chief.post(PAGE, fields).status_code == 404


def test_is_for_whoever_runs_campaigns() -> None:
    assert staff_client(Role.ADVISER).get(PAGE).status_code == 403


def test_is_reached_from_the_board(chief: Client) -> None:
    assert PAGE in page_of(chief, "/console/outreach/callcampaign/supervision/")
