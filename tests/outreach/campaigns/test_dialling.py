"""The last look before a number is shown: the hour, the campaign, the person's wishes; through the adviser's page."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.people.models import ContactChannel, InsuredPerson
from accounts.staff.models import User
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.services import move_campaign
from outreach.campaigns.claiming import next_call
from outreach.campaigns.claiming.enums import ClaimEnding, TaskStatus
from outreach.campaigns.claiming.following import stop_calls
from outreach.campaigns.claiming.holding import take_up
from outreach.campaigns.claiming.models import CallClaim, CallTask
from outreach.campaigns.claiming.next_call import claim_next
from tests.outreach.campaigns.calls import call, expire, running
from tests.outreach.campaigns.rows import add_phone, make_target, supervisor
from tests.reimbursements.payments.rows import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]
NUMBER = "06 39 98 00 77"


@pytest.fixture
def claim(caller: User) -> CallClaim:
    make_target("Yzelle", number="+33639980077")
    return claim_next(running().pk, by=caller)


def show(desk: Client, claim: CallClaim) -> str:
    """What the adviser reads after « Afficher le numéro et appeler »."""
    answer = desk.post(page(claim), {"action": "number"}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def page(claim: CallClaim) -> str:
    return reverse("admin:outreach_callcampaign_call", args=[claim.token])


def is_given_back(claim: CallClaim) -> bool:
    claim.refresh_from_db()
    return claim.ending == ClaimEnding.GIVEN_BACK and claim.dialled_at is None


class TestBeforeTheNumber:
    def test_it_is_shown_when_nothing_changed(self, desk: Client, claim: CallClaim) -> None:
        assert NUMBER in show(desk, claim)

    def test_whoever_refuses_calls_meanwhile_is_not_called(self, desk: Client, claim: CallClaim) -> None:
        stop_calls(claim.insured_id, by="espace")
        said = show(desk, claim)
        assert "n’est plus à appeler" in said
        assert NUMBER not in said
        assert "Yzelle" not in said
        assert is_given_back(claim)
        task = CallTask.objects.get()
        assert (task.status, task.reason) == (TaskStatus.EXCLUDED, "opted-out")

    @pytest.mark.parametrize(
        ("change", "reason"),
        [({"died_on": dt.date(2026, 11, 1)}, "deceased"), ({"is_contact_protected": True}, "protected")],
    )
    def test_nor_whoever_died_or_is_protected(
        self, change: dict[str, Any], reason: str, desk: Client, claim: CallClaim
    ) -> None:
        InsuredPerson.objects.update(**change)
        said = show(desk, claim)
        assert NUMBER not in said
        assert CallTask.objects.get().reason == reason

    def test_not_once_the_window_has_closed(
        self, desk: Client, claim: CallClaim, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(next_call, "open_territories", lambda windows, *, at: ["974"])
        assert "il n’est plus l’heure d’appeler" in show(desk, claim)
        assert is_given_back(claim)
        assert CallTask.objects.get().status == TaskStatus.READY

    @pytest.mark.parametrize("to", [CampaignStatus.PAUSED, CampaignStatus.CLOSED])
    def test_not_once_the_campaign_is_stopped(self, to: CampaignStatus, desk: Client, claim: CallClaim) -> None:
        move_campaign(claim.task.campaign_id, to=to, by=supervisor("agent-un"))
        assert "n’est pas en cours" in show(desk, claim)
        assert is_given_back(claim)

    def test_a_number_that_changed_is_given_to_whoever_asks_next(self, desk: Client, claim: CallClaim) -> None:
        ContactChannel.objects.update(ended_at=timezone.now(), end_reason="replaced")
        add_phone(InsuredPerson.objects.get(), "+33639980078")
        assert "vient de changer" in show(desk, claim)
        assert is_given_back(claim)


class TestAfterTheNumber:
    def test_a_refusal_takes_the_number_off_the_page_and_leaves_the_result(
        self, desk: Client, claim: CallClaim
    ) -> None:
        show(desk, claim)
        stop_calls(claim.insured_id, by="espace")
        shown = page_of(desk, page(claim))
        assert NUMBER not in shown
        assert "n’est plus à appeler" in shown
        assert "Enregistrer le résultat" in shown

    def test_a_lost_call_is_explained_without_the_number_of_whoever_refused(self, desk: Client, caller: User) -> None:
        person = make_target("Yzelle", number="+33639980077")
        lost = call(running(), caller)
        expire(lost)
        with connection.cursor() as cursor:  # in their space: the task is asked about all the same
            cursor.execute("UPDATE accounts_insuredperson SET accepts_calls = false WHERE id = %s", [person.pk])
        again = take_up(lost.task_id, by=caller)
        assert NUMBER not in page_of(desk, page(again))

    def test_a_pause_of_the_campaign_lets_the_talk_end(self, desk: Client, claim: CallClaim) -> None:
        show(desk, claim)
        move_campaign(claim.task.campaign_id, to=CampaignStatus.PAUSED, by=supervisor("agent-un"))
        assert NUMBER in show(desk, claim)
