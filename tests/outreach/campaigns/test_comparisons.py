"""What compares a prevention campaign is not spoilt: its control group is invited by nobody else while it lasts."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.people.models import InsuredPerson
from accounts.staff.models import User
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.models import CallTask
from outreach.campaigns.claiming.next_call import ClaimError, NobodyToCallError, claim_next
from outreach.campaigns.prevention.enums import PreventionStatus
from outreach.campaigns.prevention.listing import advance_lists
from outreach.campaigns.prevention.models import PreventionCampaign, PreventionPerson
from outreach.campaigns.prevention.services import move_prevention
from outreach.campaigns.scripts.publishing import publish_scripts
from tests.outreach.campaigns.calls import running
from tests.outreach.campaigns.prevention_rows import launch, make_listed, make_prevention, make_sixty
from tests.outreach.campaigns.rows import add_phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]
BY_AGE = {"min_age": 55, "max_age": 70}


def make_sixties(number: int = 16) -> None:
    for each in range(number):
        add_phone(make_sixty(f"Yves {each}", has_mobile=True), f"+3363998{each:04d}")


def check_up(**criteria: Any) -> CallCampaign:
    script = next(version for version in publish_scripts() if version.name == "visite-prevention")
    return running(purpose="check-up", script=script, criteria=criteria)


def in_arm(arm: str) -> set[int]:
    return set(PreventionPerson.objects.filter(arm=arm).values_list("insured_id", flat=True))


def called(campaign: CallCampaign) -> set[int]:
    return set(campaign.tasks.values_list("insured_id", flat=True))


class TestAnotherCampaign:
    def test_takes_nobody_of_a_comparison_that_lasts(self) -> None:
        make_sixties()
        first = launch(make_prevention())
        make_sixty("Venue depuis")
        other = make_listed()
        assert set(other.people.values_list("insured__first_names", flat=True)) == {"Venue depuis"}
        PreventionCampaign.objects.filter(pk=first.pk).update(launched_on=timezone.localdate() - dt.timedelta(days=60))
        assert first.people.count() == make_listed(name="Après").people.count()

    def test_takes_them_when_the_first_was_given_up(self) -> None:
        make_sixties(3)
        given_up = make_listed()
        move_prevention(given_up.pk, to=PreventionStatus.CLOSED, by=None)
        assert make_listed().people.count() == 3

    def test_is_listed_after_the_one_before(self) -> None:
        make_sixties(3)
        both = [make_prevention(), make_prevention()]
        for campaign in both:
            move_prevention(campaign.pk, to=PreventionStatus.LISTING, by=None)
        advance_lists()
        assert [campaign.people.count() for campaign in both] == [3, 0]


class TestCalls:
    def test_about_check_ups_leave_out_every_control_group(self) -> None:
        make_sixties()
        launch(make_prevention())
        campaign = check_up(**BY_AGE)
        assert in_arm("control")
        assert called(campaign) == in_arm("invited")
        assert sum(campaign.frozen_counts["other-campaign"].values()) == len(in_arm("control"))

    def test_for_other_reasons_go_on(self) -> None:
        make_sixties()
        launch(make_prevention())
        assert called(running(criteria=BY_AGE)) == in_arm("control") | in_arm("invited")

    def test_about_check_ups_again_once_the_comparison_is_over(self) -> None:
        make_sixties()
        launch(make_prevention())
        PreventionCampaign.objects.update(launched_on=timezone.localdate() - dt.timedelta(days=60))
        assert in_arm("control") <= called(check_up(**BY_AGE))

    def test_a_control_drawn_after_the_list_is_passed_over(self, adviser: User) -> None:
        make_sixties()
        campaign = check_up(**BY_AGE)
        launch(make_prevention())
        task = campaign.tasks.filter(insured_id__in=in_arm("control")).order_by("pk")[0]
        CallTask.objects.filter(pk=task.pk).update(priority=500)
        assert claim_next(campaign.pk, by=adviser).task_id != task.pk
        task.refresh_from_db()
        assert task.reason == "other-campaign"


class TestInvitationsByCall:
    @pytest.fixture
    def prevention(self) -> PreventionCampaign:
        make_sixties()
        return launch(make_prevention(means="calls"))

    def test_end_with_the_campaign_of_prevention(self, prevention: PreventionCampaign, adviser: User) -> None:
        campaign = check_up(prevention=prevention.pk)
        move_prevention(prevention.pk, to=PreventionStatus.CLOSED, by=None)
        with pytest.raises(ClaimError, match="prévention .* est close"):
            claim_next(campaign.pk, by=adviser)

    def test_are_not_for_whoever_refuses_information_since(self, prevention: PreventionCampaign, adviser: User) -> None:
        campaign = check_up(prevention=prevention.pk)
        InsuredPerson.objects.update(accepts_information=False)
        with pytest.raises(NobodyToCallError):
            claim_next(campaign.pk, by=adviser)
        assert set(campaign.tasks.values_list("reason", flat=True)) == {"opted-out"}
