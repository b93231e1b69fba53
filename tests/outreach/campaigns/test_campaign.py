"""A campaign goes along its table, changes as a draft only, and needs two people: by services and by the database."""

import datetime as dt
from typing import Any, cast

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from ameli_notify.core.sql import run
from outreach.campaigns.campaign.criteria import parse_criteria
from outreach.campaigns.campaign.definition import DefinitionError
from outreach.campaigns.campaign.enums import NEXT, CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign, CampaignApproval, CampaignEvent, DisplayedNumber
from outreach.campaigns.campaign.services import (
    CampaignError,
    approve,
    change_campaign,
    create_campaign,
    move_campaign,
    step,
)
from tests.outreach.campaigns.rows import definition, make_campaign, supervisor

pytestmark = pytest.mark.django_db


def counted() -> CallCampaign:
    campaign = make_campaign()
    return step(campaign, to=CampaignStatus.COUNTED, by=None, also={"counted_at": Now()})


def ready() -> CallCampaign:
    campaign = counted()
    for name in ("agent-un", "agent-deux"):
        approve(campaign.pk, by=supervisor(name))
    campaign.refresh_from_db()
    return campaign


def refused(constraint: str, **changes: Any) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        CallCampaign.objects.update(**changes)
    assert broken(caught.value) == constraint


def broken(error: IntegrityError) -> str:
    """Name of the constraint that the database held up."""
    return str(cast("psycopg.Error", error.__cause__).diag.constraint_name)


class TestTwoPeople:
    def test_one_is_not_enough_and_two_are(self) -> None:
        campaign = counted()
        approve(campaign.pk, by=supervisor("agent-un"))
        campaign.refresh_from_db()
        assert campaign.status == CampaignStatus.COUNTED
        approve(campaign.pk, by=supervisor("agent-deux"))
        campaign.refresh_from_db()
        assert campaign.status == CampaignStatus.READY

    def test_the_same_person_does_not_count_twice(self) -> None:
        campaign, one = counted(), supervisor("agent-un")
        approve(campaign.pk, by=one)
        with pytest.raises(CampaignError, match="une autre personne"):
            approve(campaign.pk, by=one)
        with pytest.raises(IntegrityError, match="campaign_approved_once_by_each"), transaction.atomic():
            CampaignApproval.objects.create(campaign=campaign, approved_by=one)

    def test_the_database_counts_them_itself(self) -> None:
        campaign = counted()
        approve(campaign.pk, by=supervisor("agent-un"))
        refused("campaign_approved_by_two", status=CampaignStatus.READY)

    def test_a_draft_again_forgets_them(self) -> None:
        campaign = counted()
        approve(campaign.pk, by=supervisor("agent-un"))
        move_campaign(campaign.pk, to=CampaignStatus.DRAFT, by=supervisor("agent-un"))
        assert CampaignApproval.objects.get().withdrawn_at is not None
        campaign.refresh_from_db()
        step(campaign, to=CampaignStatus.COUNTED, by=None, also={"counted_at": Now()})
        approve(campaign.pk, by=supervisor("agent-deux"))
        refused("campaign_approved_by_two", status=CampaignStatus.READY)

    def test_a_word_for_a_draft_is_worth_nothing(self) -> None:
        campaign = make_campaign()
        for name in ("agent-un", "agent-deux"):
            with pytest.raises(CampaignError, match="campagne comptée"):
                approve(campaign.pk, by=supervisor(name))
            CampaignApproval.objects.create(campaign=campaign, approved_by=supervisor(name))
        step(campaign, to=CampaignStatus.COUNTED, by=None, also={"counted_at": Now()})
        refused("campaign_approved_by_two", status=CampaignStatus.READY)

    def test_words_stay_as_they_were_given(self) -> None:
        approve(counted().pk, by=supervisor("agent-un"))
        for change in (
            "DELETE FROM outreach_campaignapproval",
            "UPDATE outreach_campaignapproval SET approved_at = now()",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                run(change)


class TestSteps:
    def test_the_database_refuses_what_the_table_does_not_name(self) -> None:
        make_campaign()
        assert set(CampaignStatus) - NEXT[CampaignStatus.DRAFT] == {
            CampaignStatus.DRAFT, CampaignStatus.READY, CampaignStatus.RUNNING, CampaignStatus.PAUSED,
        }  # fmt: skip
        refused("campaign_approved_by_two", status=CampaignStatus.READY, counted_at=Now())
        for to in (CampaignStatus.RUNNING, CampaignStatus.PAUSED):
            refused("campaign_moves_along_its_table", status=to, counted_at=Now(), frozen_at=Now())

    def test_a_campaign_begins_as_a_draft(self) -> None:
        fields = definition() | {"created_by": supervisor("agent-un")}
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            CallCampaign.objects.create(**fields, status=CampaignStatus.READY, counted_at=timezone.now())
        assert broken(caught.value) == "campaign_moves_along_its_table"

    def test_nothing_runs_without_a_frozen_list(self) -> None:
        campaign = ready()
        with pytest.raises(CampaignError, match="pas encore figée"):
            move_campaign(campaign.pk, to=CampaignStatus.RUNNING, by=supervisor("agent-un"))
        refused("campaign_runs_on_a_frozen_list", status=CampaignStatus.RUNNING)

    def test_runs_pauses_and_closes(self) -> None:
        campaign, by = ready(), supervisor("agent-un")
        CallCampaign.objects.filter(pk=campaign.pk).update(frozen_at=Now())
        for to in (CampaignStatus.RUNNING, CampaignStatus.PAUSED, CampaignStatus.RUNNING, CampaignStatus.CLOSED):
            assert move_campaign(campaign.pk, to=to, by=by).status == to
        with pytest.raises(CampaignError, match="ne peut pas passer"):
            move_campaign(campaign.pk, to=CampaignStatus.RUNNING, by=by)
        moves = CampaignEvent.objects.filter(kind="moved").order_by("pk")
        assert [event.details["to"] for event in moves] == [
            "counted", "ready", "running", "paused", "running", "closed",
        ]  # fmt: skip

    def test_counted_and_ready_are_not_chosen(self) -> None:
        campaign = make_campaign()
        for to in (CampaignStatus.COUNTED, CampaignStatus.READY):
            with pytest.raises(CampaignError, match="en comptant ou en approuvant"):
                move_campaign(campaign.pk, to=to, by=supervisor("agent-un"))


class TestDefinition:
    def test_a_draft_is_changed_and_the_change_is_kept(self) -> None:
        campaign = make_campaign()
        change_campaign(campaign.pk, {"max_attempts": 2}, by=supervisor("agent-un"))
        campaign.refresh_from_db()
        assert campaign.max_attempts == 2
        assert CampaignEvent.objects.get(kind="changed").details == {"fields": ["max_attempts"]}

    def test_nothing_else_is(self) -> None:
        campaign = counted()
        with pytest.raises(CampaignError, match="plus en préparation"):
            change_campaign(campaign.pk, {"max_attempts": 2}, by=supervisor("agent-un"))
        refused("campaign_changed_as_a_draft", max_attempts=2)
        refused("campaign_changed_as_a_draft", criteria={"any_ald": True, "min_age": 30})

    def test_not_while_becoming_a_draft_either(self) -> None:
        counted()
        refused("campaign_changed_as_a_draft", status=CampaignStatus.DRAFT, counted_at=None, max_attempts=2)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            pytest.param({"ends_on": dt.date(2020, 1, 1)}, "avant de commencer", id="dates"),
            pytest.param({"purpose": "check-up"}, "autre finalité", id="script"),
            pytest.param({"max_attempts": 0}, "une à dix fois", id="attempts"),
            pytest.param({"windows": []}, "plage", id="windows"),
            pytest.param({"windows": [[7, "10:00", "12:00"]]}, "le dimanche", id="sunday"),
            pytest.param({"windows": [[6, "07:59", "12:00"]]}, "avant 8 heures", id="early"),
            pytest.param({"windows": [[1, "18:00", "20:01"]]}, "après 20 heures", id="late"),
            pytest.param({"criteria": {}}, "critère de besoin", id="everybody"),
            pytest.param({"criteria": {"sql": "1=1"}}, "condition inconnue", id="sql"),
        ],
    )
    def test_is_checked(self, changes: dict[str, Any], said: str) -> None:
        with pytest.raises(DefinitionError, match=said):
            create_campaign(definition(**changes), by=supervisor("agent-un"))
        assert not CallCampaign.objects.exists()

    def test_from_eight_to_eight_is_the_most(self) -> None:
        whole = [[day, "08:00", "20:00"] for day in range(1, 7)]
        draft = create_campaign(definition(windows=whole), by=supervisor("agent-un"))
        with pytest.raises(DefinitionError, match="après 20 heures"):
            change_campaign(draft.pk, {"windows": [[1, "08:00", "20:30"]]}, by=supervisor("agent-un"))
        draft.refresh_from_db()
        assert draft.windows == whole

    def test_the_number_shown_is_valid_all_along(self) -> None:
        fields = definition()
        old = DisplayedNumber.objects.create(
            number="0987654321", valid_from=dt.date(2020, 1, 1), valid_to=fields["starts_on"], source="essai"
        )
        with pytest.raises(DefinitionError, match="numéro affiché"):
            create_campaign(fields | {"displayed_number": old}, by=supervisor("agent-un"))

    def test_numbers_read_as_people_write_them(self) -> None:
        definition()
        assert {each.number_fr for each in DisplayedNumber.objects.all()} == {
            "3646", "05\u00a053\u00a035\u00a062\u00a037",
        }  # fmt: skip


class TestCriteria:
    def test_are_read_back(self) -> None:
        given = {"ald_codes": [5, 8], "min_age": 40, "funds": ["01C751000"], "fewer_visits_than": 2, "rest_days": 30}
        criteria = parse_criteria(given)
        assert (criteria.ald_codes, criteria.min_age, criteria.fewer_visits_than) == ((5, 8), 40, 2)
        assert parse_criteria(criteria.as_json()) == criteria

    @pytest.mark.parametrize(
        "criteria",
        [
            pytest.param("ALD", id="text"),
            pytest.param({"any_ald": 1}, id="no flag"),
            pytest.param({"ald_codes": [99]}, id="unknown ALD"),
            pytest.param({"ald_codes": 8}, id="no list"),
            pytest.param({"any_ald": True, "min_age": 12}, id="children"),
            pytest.param({"min_age": 50, "max_age": 40}, id="ages"),
            pytest.param({"any_ald": True, "funds": ["Paris"]}, id="fund"),
            pytest.param({"any_ald": True, "territories": ["75"]}, id="territory"),
            pytest.param({"any_ald": True, "rest_days": -1}, id="rest"),
            pytest.param({"funds": ["01C751000"]}, id="a whole fund"),
        ],
    )
    def test_that_cannot_be(self, criteria: object) -> None:
        with pytest.raises(DefinitionError):
            parse_criteria(criteria)
