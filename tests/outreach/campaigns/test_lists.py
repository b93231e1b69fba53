"""Whom a campaign reaches: the criteria, what keeps somebody off the list, the count, the frozen list, the healing."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_q.models import OrmQ

from accounts.people.models import ContactChannel, InsuredPerson
from ameli_notify.core.sql import fetch_all
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign, CampaignEvent
from outreach.campaigns.campaign.services import CampaignError, approve, change_campaign, move_campaign
from outreach.campaigns.claiming.models import CallTask
from outreach.campaigns.targeting import lists
from outreach.campaigns.targeting.lists import advance_lists, do_chunk, finish_lists, start_count
from outreach.campaigns.targeting.models import ChunkKind, TargetChunk
from outreach.campaigns.targeting.scoring import COMPONENTS, explain
from tests.outreach.campaigns.rows import make_campaign, make_list, make_target, see_gp, supervisor
from tests.reimbursements.payments.rows import make_person

pytestmark = pytest.mark.django_db
PARIS, LYON = "01C751000", "01C691000"


def counted(**criteria: Any) -> dict[str, int]:
    """People by decision, in a campaign with these criteria."""
    campaign = make_campaign(criteria={"any_ald": True, **criteria})
    start_count(campaign.pk, by=supervisor("agent-un"))
    advance_lists()
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.COUNTED
    return {decision: sum(by_fund.values()) for decision, by_fund in campaign.counts.items()}


def listed(campaign: CallCampaign) -> set[int]:
    return set(campaign.tasks.values_list("insured_id", flat=True))


class TestCriteria:
    def test_long_term_conditions(self) -> None:
        one, other = make_target("Une", ald=(8,)), make_target("Deux", ald=(5, 3))
        make_target("Trois", ald=())
        assert listed(make_list(make_campaign(criteria={"any_ald": True}))) == {one.pk, other.pk}

    def test_one_of_these_conditions(self) -> None:
        make_target("Une", ald=(8,))
        assert counted(any_ald=False, ald_codes=[3, 5]) == {}
        make_target("Deux", ald=(5, 3))
        assert counted(any_ald=False, ald_codes=[3, 5]) == {"target": 1}

    @pytest.mark.parametrize(("age", "is_in"), [(39, False), (40, True), (60, True), (61, False)])
    def test_age_on_the_day(self, age: int, is_in: bool) -> None:
        today = timezone.localdate()
        make_target("Une", born=today.replace(year=today.year - age))
        assert counted(min_age=40, max_age=60) == ({"target": 1} if is_in else {})

    def test_a_date_in_no_calendar_counts_to_the_end_of_its_year(self) -> None:
        year = (timezone.localdate() + dt.timedelta(days=1)).year - 40  # forty on the last day of the year
        person = make_target("Une")
        InsuredPerson.objects.filter(pk=person.pk).update(born_on=None, birth_date_text=f"{year}3542")
        assert counted(min_age=40) == {}
        assert counted(min_age=39) == {"target": 1}

    def test_funds_territories_and_treating_doctor(self) -> None:
        make_target("Une")
        away = make_target("Deux", territory="974", treating_rpps=10_000_000_001)
        InsuredPerson.objects.filter(pk=away.pk).update(fund_code=LYON)
        assert counted(funds=[LYON]) == {"target": 1}
        assert counted(territories=["974"]) == {"target": 1}
        assert counted(without_doctor=True) == {"target": 1}
        assert counted(without_doctor=True, territories=["974"]) == {}


class TestVisits:
    @pytest.mark.parametrize(
        ("seen", "visits"),
        [
            pytest.param([], 0, id="none"),
            pytest.param([{"days_ago": 30}], 1, id="one"),
            pytest.param([{"days_ago": 30}, {"days_ago": 30}], 1, id="two lines of one day"),
            pytest.param([{"days_ago": 30}, {"days_ago": 60}], 2, id="two days"),
            pytest.param([{"days_ago": 366}], 0, id="more than a year ago"),
            pytest.param([{"days_ago": 365}], 1, id="a year ago to the day"),
            pytest.param([{"days_ago": 30, "nature_code": 1192}], 1, id="telehealth"),
            pytest.param([{"days_ago": 30, "nature_code": 1111, "performer_specialty": "01"}], 1, id="C of a GP"),
            pytest.param([{"days_ago": 30, "nature_code": 1111, "performer_specialty": "03"}], 0, id="of a specialist"),
            pytest.param([{"days_ago": 30, "nature_code": 3313}], 0, id="a medicine"),
            pytest.param([{"days_ago": 30}, {"days_ago": 30, "operation": "A"}], 0, id="cancelled"),
            pytest.param([{"days_ago": 30, "is_confidential": True}], 1, id="confidential"),
            pytest.param([{"days_ago": 30, "rem_type": 1}], 0, id="another payer’s part"),
        ],
    )
    def test_of_a_general_practitioner(self, seen: list[dict[str, Any]], visits: int) -> None:
        person = make_target("Une")
        for one in seen:
            see_gp(person, **one)
        for limit in (1, 2, 3):
            assert counted(fewer_visits_than=limit) == ({"target": 1} if visits < limit else {}), limit

    def test_of_an_adult_dependant_stand_under_the_policyholder(self) -> None:
        parent = make_person("Parent")
        child = make_target("Adulte", policyholder=parent)
        see_gp(parent, days_ago=40)
        assert counted(fewer_visits_than=1) == {"target": 1}, "the parent's own visit is not the child's"
        see_gp(parent, to=child, days_ago=30)
        assert counted(fewer_visits_than=1) == {}


class TestExclusions:
    @pytest.mark.parametrize(
        ("change", "decision"),
        [
            pytest.param({"died_on": dt.date(2026, 1, 1)}, "deceased", id="died"),
            pytest.param({"is_contact_protected": True}, "protected", id="protected"),
            pytest.param({"accepts_calls": False}, "opted-out", id="refuses calls"),
            pytest.param({"territory": "99"}, "no-clock", id="unknown territory"),
            pytest.param({"born_on": None, "birth_date_text": "00000000"}, "not-adult", id="no year of birth"),
            pytest.param({"born_on": timezone.localdate()}, "not-adult", id="a child"),
        ],
    )
    def test_people_are_counted_with_their_reason(self, change: dict[str, Any], decision: str) -> None:
        person = make_target("Une")
        make_target("Deux")
        InsuredPerson.objects.filter(pk=person.pk).update(**change)
        assert counted() == {"target": 1, decision: 1}

    def test_without_a_current_number(self) -> None:
        person = make_target("Une")
        ContactChannel.objects.filter(insured=person).update(ended_at=timezone.now(), end_reason="withdrawn")
        assert counted() == {"no-phone": 1}

    def test_in_another_campaign_until_that_is_closed(self) -> None:
        make_target("Une")
        first = make_list(make_campaign())
        assert counted() == {"other-campaign": 1}
        move_campaign(first.pk, to=CampaignStatus.CLOSED, by=supervisor("agent-un"))
        assert counted() == {"target": 1}

    def test_what_is_told_first(self) -> None:
        person = make_target("Une")
        InsuredPerson.objects.filter(pk=person.pk).update(accepts_calls=False, died_on=dt.date(2026, 1, 1))
        assert counted() == {"deceased": 1}


class TestFrozenList:
    def test_is_what_was_counted(self) -> None:
        people = [make_target(f"Numéro {number}") for number in range(5)]
        InsuredPerson.objects.filter(pk=people[0].pk).update(accepts_calls=False)
        campaign = make_list(make_campaign())
        assert listed(campaign) == {person.pk for person in people[1:]}
        assert campaign.frozen_counts == campaign.counts == {"target": {PARIS: 4}, "opted-out": {PARIS: 1}}
        assert CampaignEvent.objects.get(kind="frozen").details == {"people": 4}

    def test_does_not_follow_the_directory(self) -> None:
        make_target("Une")
        campaign = make_list(make_campaign())
        make_target("Deux")
        advance_lists()
        assert campaign.tasks.count() == 1

    def test_calls_the_mobile_before_the_landline(self) -> None:
        person = make_target("Une")
        mobile = ContactChannel.objects.get(insured=person)
        ContactChannel.objects.create(
            insured=person, kind="landline", address_sealed=b"x", started_at=timezone.now(),
            address_lookup="00000000-0000-0000-0000-000000000001",
        )  # fmt: skip
        assert make_list(make_campaign()).tasks.get().phone_lookup == mobile.address_lookup

    def test_the_quota_of_a_fund_keeps_the_most_needed(self) -> None:
        people = [make_target(f"Numéro {number}") for number in range(3)]
        for person in people[:2]:
            see_gp(person, days_ago=30)
        elsewhere = make_target("Ailleurs")
        InsuredPerson.objects.filter(pk=elsewhere.pk).update(fund_code=LYON)
        campaign = make_list(make_campaign(quotas={PARIS: 1}))
        assert listed(campaign) == {people[2].pk, elsewhere.pk}
        assert campaign.counts == campaign.frozen_counts
        assert campaign.counts == {"target": {PARIS: 1, LYON: 1}, "over-quota": {PARIS: 2}}


class TestPriority:
    def test_is_explained_by_its_components(self) -> None:
        today = timezone.localdate()
        person = make_target("Une", ald=(8, 5), born=today.replace(year=today.year - 85))
        see_gp(person, days_ago=30)
        task = make_list(make_campaign()).tasks.get()
        assert task.components == {
            "one-visit": 20, "no-doctor": 25, "over-80": 15, "several-conditions": 10, "never-reached": 10,
        }  # fmt: skip
        assert task.priority == 80
        assert explain(task.components)[0] == "25\u00a0: pas de médecin traitant"

    def test_of_every_task_is_the_sum(self) -> None:
        today = timezone.localdate()
        for age in (30, 70, 79, 80):
            person = make_target(f"Age {age}", born=today.replace(year=today.year - age), treating_rpps=1)
            if age > 75:
                see_gp(person, days_ago=age)
        make_list(make_campaign())
        for task in CallTask.objects.all():
            assert task.priority == sum(task.components.values())
            assert len(explain(task.components)) == len(task.components)
        assert sorted(CallTask.objects.values_list("priority", flat=True)) == [38, 45, 50, 58]

    def test_never_passes_a_hundred(self) -> None:
        exclusive = COMPONENTS["one-visit"].points + COMPONENTS["over-70"].points
        assert sum(one.points for one in COMPONENTS.values()) - exclusive == 100


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "CHUNK_PEOPLE", 2)


@pytest.mark.usefixtures("small_chunks")
class TestChunks:
    def test_cover_everybody_once(self) -> None:
        people = [make_target(f"Numéro {number}") for number in range(7)]
        campaign = make_list(make_campaign())
        assert listed(campaign) == {person.pk for person in people}
        assert TargetChunk.objects.filter(kind=ChunkKind.FREEZE).count() >= 4

    def test_a_worker_that_dies_leaves_nothing_half_done(self) -> None:
        for number in range(7):
            make_target(f"Numéro {number}")
        campaign = make_campaign()
        start_count(campaign.pk, by=supervisor("agent-un"))
        advance_lists()
        for name in ("agent-un", "agent-deux"):
            approve(campaign.pk, by=supervisor(name))

        def dies(*args: Any) -> None:
            fetch_all(*args)
            raise SystemExit

        lists._make_chunks(campaign.pk, ChunkKind.FREEZE)
        assert do_chunk()
        before = CallTask.objects.count()
        with patch.object(lists, "fetch_all", dies), pytest.raises(SystemExit), transaction.atomic():
            do_chunk()
        assert CallTask.objects.count() == before
        campaign.refresh_from_db()
        assert campaign.frozen_at is None
        advance_lists()
        campaign.refresh_from_db()
        assert campaign.frozen_at is not None
        assert CallTask.objects.count() == 7

    def test_a_chunk_done_twice_adds_nobody(self) -> None:
        for number in range(3):
            make_target(f"Numéro {number}")
        campaign = make_list(make_campaign())
        before = list(campaign.tasks.order_by("pk").values())
        CallCampaign.objects.filter(pk=campaign.pk).update(status=F("status"))
        TargetChunk.objects.filter(kind=ChunkKind.FREEZE).update(done_at=None)
        with patch.dict(lists._OPEN, {ChunkKind.FREEZE: CampaignStatus.RUNNING}):
            while do_chunk():
                pass
        assert list(campaign.tasks.order_by("pk").values()) == before

    def test_a_change_makes_the_count_under_way_worthless(self) -> None:
        make_target("Une")
        campaign, by = make_campaign(), supervisor("agent-un")
        start_count(campaign.pk, by=by)
        do_chunk()
        change_campaign(campaign.pk, {"criteria": {"without_doctor": True}}, by=by)
        assert finish_lists() == 0
        campaign.refresh_from_db()
        assert campaign.status == CampaignStatus.DRAFT

    def test_nobody_at_all_is_a_count_too(self) -> None:
        assert counted() == {}


def test_asking_for_a_count_wakes_the_job(django_capture_on_commit_callbacks: Callable[..., Any]) -> None:
    campaign = make_campaign()
    with django_capture_on_commit_callbacks(execute=True):
        start_count(campaign.pk, by=supervisor("agent-un"))
    assert OrmQ.objects.count() == 1


def test_only_a_draft_is_counted() -> None:
    make_target("Une")
    campaign = make_list(make_campaign())
    with pytest.raises(CampaignError, match="en préparation"):
        start_count(campaign.pk, by=supervisor("agent-un"))
