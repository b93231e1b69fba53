"""What time alone changes, by jobs that may run late, twice, or not at all for a while."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from ameli_notify.schedules import SCHEDULES
from outreach.campaigns import tasks
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign, CampaignEvent
from outreach.campaigns.claiming import eligibility
from outreach.campaigns.claiming.dialling import show_number
from outreach.campaigns.claiming.enums import TaskStatus
from outreach.campaigns.claiming.keeping_time import close_ended, wake_due
from outreach.campaigns.claiming.models import CallTask
from outreach.campaigns.claiming.next_call import claim_next
from outreach.campaigns.claiming.saving import Result, save_result
from outreach.campaigns.targeting.scoring import CALLBACK_POINTS, explain
from tests.outreach.campaigns.rows import ALWAYS, make_campaign, make_list, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]


@pytest.fixture
def campaign(db: None) -> CallCampaign:
    for number in range(3):
        make_target(f"Numéro {number}")
    return make_list(make_campaign(windows=ALWAYS))


def ago(**span: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(**span)


def put(task: CallTask, status: TaskStatus, **values: Any) -> None:
    CallTask.objects.filter(pk=task.pk).update(status=status, **values)


class TestDue:
    def test_waiting_calls_come_back_when_it_is_time(self, campaign: CallCampaign) -> None:
        due, later, _ = campaign.tasks.order_by("pk")
        put(due, TaskStatus.WAITING, due_at=ago(hours=1))
        put(later, TaskStatus.WAITING, due_at=ago(hours=-1))
        assert wake_due() == 1
        due.refresh_from_db()
        assert (due.status, due.due_at, due.priority) == (TaskStatus.READY, None, sum(due.components.values()))
        assert wake_due() == 0

    def test_a_promised_call_goes_first(self, campaign: CallCampaign, adviser: User) -> None:
        last = campaign.tasks.order_by("priority", "-pk")[0]
        put(last, TaskStatus.CALLBACK, due_at=ago(hours=1))
        wake_due()
        claim = claim_next(campaign.pk, by=adviser)
        assert claim.task_id == last.pk
        assert claim.task.priority == sum(claim.task.components.values()) > CALLBACK_POINTS
        assert explain(claim.task.components)[0].endswith("rappel promis")

    def test_a_second_promise_weighs_no_more(self, campaign: CallCampaign) -> None:
        task = campaign.tasks.order_by("pk")[0]
        for _ in range(2):
            put(task, TaskStatus.CALLBACK, due_at=ago(hours=1))
            wake_due()
        task.refresh_from_db()
        assert task.priority == sum(task.components.values())

    def test_an_own_callback_waits_for_its_adviser_a_while(self, campaign: CallCampaign, adviser: User) -> None:
        task = campaign.tasks.order_by("pk")[0]
        put(task, TaskStatus.CALLBACK, due_at=ago(minutes=10), callback_for=adviser)
        assert wake_due() == 0
        put(task, TaskStatus.CALLBACK, due_at=ago(minutes=50), callback_for=adviser)
        assert wake_due() == 1
        task.refresh_from_db()
        assert (task.status, task.callback_for) == (TaskStatus.READY, None)


class TestEnd:
    def test_a_campaign_closes_after_its_last_day(
        self, campaign: CallCampaign, adviser: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        claim = show_number(claim_next(campaign.pk, by=adviser).token, by=adviser)
        assert close_ended() == 0
        after = campaign.ends_on + dt.timedelta(days=1)
        monkeypatch.setattr("outreach.campaigns.claiming.keeping_time.today", lambda: after)
        assert close_ended() == 1
        campaign.refresh_from_db()
        assert campaign.status == CampaignStatus.CLOSED
        assert CampaignEvent.objects.filter(kind="moved").latest("pk").actor_id is None
        left = campaign.tasks.exclude(pk=claim.task_id)
        assert set(left.values_list("status", flat=True)) == {TaskStatus.ABANDONED}
        assert close_ended() == 0
        save_result(claim.token, Result(disposition=Disposition.ALREADY_FOLLOWED), by=adviser)
        assert CallTask.objects.get(pk=claim.task_id).status == TaskStatus.DONE, "the last call is still recorded"


class TestRefresh:
    def test_takes_off_whoever_is_not_to_be_called_any_more(
        self, campaign: CallCampaign, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(eligibility, "BATCH", 1)
        gone, waiting, _ = campaign.tasks.order_by("pk")
        put(waiting, TaskStatus.WAITING, due_at=ago(hours=-9))
        InsuredPerson.objects.filter(pk__in=[gone.insured_id, waiting.insured_id]).update(accepts_calls=False)
        assert eligibility.refresh_lists() == 0, "they were looked at today"
        CallTask.objects.update(checked_on=timezone.localdate() - dt.timedelta(days=1))
        assert eligibility.refresh_lists() == 3
        assert list(campaign.tasks.order_by("pk").values_list("status", "reason")) == [
            ("excluded", "opted-out"), ("excluded", "opted-out"), ("ready", ""),
        ]  # fmt: skip
        assert eligibility.refresh_lists() == 0, "once a day"
        assert CampaignEvent.objects.get(kind="refreshed").details == {"people": 3}

    def test_leaves_a_call_in_hand_alone(self, campaign: CallCampaign, adviser: User) -> None:
        claim = claim_next(campaign.pk, by=adviser)
        CallTask.objects.update(checked_on=timezone.localdate() - dt.timedelta(days=1))
        assert eligibility.refresh_lists() == 2
        assert CallTask.objects.get(pk=claim.task_id).status == TaskStatus.CLAIMED


def test_every_job_is_on_a_schedule_and_runs_on_nothing(db: None) -> None:
    scheduled = {item.task for item in SCHEDULES if item.task.startswith("outreach.campaigns.")}
    jobs = {
        *(tasks.advance_lists, tasks.refresh_lists, tasks.keep_time, tasks.close_ended),
        *(tasks.keep_figures, tasks.draw_reviews),
        *(tasks.list_prevention, tasks.invite, tasks.count_effects, tasks.forget_calls),
        *(tasks.remind_of_appointments, tasks.forget_appointments),
    }
    assert scheduled == {f"outreach.campaigns.tasks.{job.__name__}" for job in jobs}
    for job in jobs:
        assert job() == 0
