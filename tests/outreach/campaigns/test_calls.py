"""The next call: who is given to whom, what is looked at again, what an adviser may do with it."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel, InsuredPerson
from accounts.staff.models import User
from ameli_notify.core.sql import fetch_all, run
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.services import move_campaign
from outreach.campaigns.claiming import next_call
from outreach.campaigns.claiming.dialling import show_number
from outreach.campaigns.claiming.eligibility import refresh_lists
from outreach.campaigns.claiming.enums import PauseReason, TaskStatus
from outreach.campaigns.claiming.holding import (
    NotHeldError,
    give_back,
    held_by,
    keep_on,
    number_of,
    write_draft,
)
from outreach.campaigns.claiming.models import CallClaim, CallTask
from outreach.campaigns.claiming.next_call import LEASE, ClaimError, NobodyToCallError, claim_next
from outreach.campaigns.claiming.pausing import begin_pause, end_pause
from outreach.campaigns.claiming.saving import save_result
from outreach.campaigns.scripts.publishing import publish_scripts
from tests.outreach.campaigns.calls import call, running, said
from tests.outreach.campaigns.rows import add_phone, make_target, see_gp, supervisor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]


class TestNextCall:
    def test_is_who_needs_it_most(self, adviser: User) -> None:
        seen, unseen = make_target("Vue"), make_target("Pas vue")
        see_gp(seen, days_ago=30)
        campaign = running()
        claim = claim_next(campaign.pk, by=adviser)
        assert claim.insured_id == unseen.pk
        assert claim.task.status == TaskStatus.CLAIMED
        assert timezone.now() + LEASE - claim.leased_until < dt.timedelta(seconds=10)

    def test_of_two_who_need_it_alike_is_the_first_in_the_list(self, adviser: User) -> None:
        first, second = make_target("Une"), make_target("Deux")
        InsuredPerson.objects.filter(pk=first.pk).update(accepts_information=True)
        run("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
        found = fetch_all("SELECT id FROM accounts_insuredperson WHERE id = ANY(%s)", [[first.pk, second.pk]])
        assert found == [(second.pk,), (first.pk,)], "the changed row is read last"
        campaign = running()
        assert claim_next(campaign.pk, by=adviser).insured_id == first.pk
        assert list(campaign.tasks.order_by("pk").values_list("insured", flat=True)) == [first.pk, second.pk]

    def test_one_at_a_time_for_each_adviser(self, adviser: User, colleague: User) -> None:
        make_target("Une")
        make_target("Deux")
        campaign = running()
        first = claim_next(campaign.pk, by=adviser)
        with pytest.raises(ClaimError, match="déjà un appel"):
            claim_next(campaign.pk, by=adviser)
        assert held_by(adviser) == first
        assert claim_next(campaign.pk, by=colleague).task_id != first.task_id

    def test_never_two_calls_to_one_number_at_once(self, adviser: User, colleague: User) -> None:
        make_target("Une", number="+33639980001")
        make_target("Deux", number="+33639980001")
        campaign = running()
        first = claim_next(campaign.pk, by=adviser)
        with pytest.raises(NobodyToCallError):
            claim_next(campaign.pk, by=colleague)
        give_back(first.token, by=adviser)
        assert claim_next(campaign.pk, by=colleague)

    def test_nor_to_one_that_is_a_mobile_here_and_a_landline_there(self, adviser: User, colleague: User) -> None:
        make_target("Une", number="+33639980001")
        other = make_target("Deux", number="+33639980002")
        ContactChannel.objects.filter(insured=other).update(ended_at=timezone.now(), end_reason="withdrawn")
        add_phone(other, "+33639980001", kind=ContactKind.LANDLINE)
        third = make_target("Trois", number="+33639980003")
        see_gp(third, days_ago=30)
        campaign = running()
        first = claim_next(campaign.pk, by=adviser)
        assert first.insured_id != third.pk
        assert claim_next(campaign.pk, by=colleague).insured_id == third.pk, "whoever needs it more would ring too"
        give_back(first.token, by=adviser)
        assert claim_next(campaign.pk, by=adviser)

    def test_the_database_forbids_it_too(self, adviser: User, colleague: User) -> None:
        make_target("Une")
        claim = claim_next(running().pk, by=adviser)
        other = make_target("Deux")
        for same in ({"insured_id": claim.insured_id}, {"phone_lookup": claim.phone_lookup}):
            fields = {"task": claim.task, "insured_id": other.pk, "phone_lookup": uuid.uuid4(), "adviser": colleague}
            with pytest.raises(IntegrityError), transaction.atomic():
                CallClaim.objects.create(leased_until=timezone.now(), **(fields | same))

    def test_only_where_it_is_time(self, adviser: User, monkeypatch: pytest.MonkeyPatch) -> None:
        make_target("Ici")
        away = make_target("Là-bas", territory="974")
        see_gp(away, days_ago=10)
        campaign = running()
        monkeypatch.setattr(next_call, "open_territories", lambda windows, *, at: ["974"])
        assert claim_next(campaign.pk, by=adviser).insured_id == away.pk
        monkeypatch.setattr(next_call, "open_territories", lambda windows, *, at: [])
        with pytest.raises(NobodyToCallError, match="à cette heure-ci"):
            claim_next(campaign.pk, by=supervisor("agent-un"))

    def test_not_from_a_campaign_that_does_not_run(self, adviser: User) -> None:
        make_target("Une")
        campaign = running()
        move_campaign(campaign.pk, to=CampaignStatus.PAUSED, by=supervisor("agent-un"))
        with pytest.raises(ClaimError, match="pas en cours"):
            claim_next(campaign.pk, by=adviser)

    def test_not_before_its_first_day(self, adviser: User) -> None:
        make_target("Une")
        campaign = running(starts_on=timezone.localdate() + dt.timedelta(days=1))
        with pytest.raises(ClaimError, match="pas commencé"):
            claim_next(campaign.pk, by=adviser)

    def test_not_during_a_pause(self, adviser: User) -> None:
        make_target("Une")
        campaign = running()
        begin_pause(by=adviser, reason=PauseReason.MEAL)
        with pytest.raises(ClaimError, match="en pause"):
            claim_next(campaign.pk, by=adviser)
        with pytest.raises(ClaimError, match="déjà en pause"):
            begin_pause(by=adviser, reason=PauseReason.BREAK)
        assert end_pause(by=adviser) == 1
        assert claim_next(campaign.pk, by=adviser)


class TestLookedAtAgain:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            pytest.param({"accepts_calls": False}, "opted-out", id="refuses calls"),
            pytest.param({"died_on": dt.date(2026, 11, 1)}, "deceased", id="died"),
            pytest.param({"is_contact_protected": True}, "protected", id="protected"),
        ],
    )
    def test_whoever_may_not_be_called_any_more_is_passed_over(
        self, change: dict[str, Any], reason: str, adviser: User
    ) -> None:
        gone, other = make_target("Une"), make_target("Deux")
        campaign = running()
        InsuredPerson.objects.filter(pk=gone.pk).update(**change)
        assert claim_next(campaign.pk, by=adviser).insured_id == other.pk
        task = campaign.tasks.get(insured=gone)
        assert (task.status, task.reason) == (TaskStatus.EXCLUDED, reason)

    def test_seen_by_a_doctor_since(self, adviser: User) -> None:
        seen, other = make_target("Une"), make_target("Deux")
        campaign = running(criteria={"any_ald": True, "fewer_visits_than": 2})
        see_gp(seen, days_ago=0)
        assert claim_next(campaign.pk, by=adviser).insured_id == other.pk
        assert campaign.tasks.get(insured=seen).reason == "seen-doctor"

    def test_seen_by_a_doctor_since_where_visits_are_no_criterion(self, adviser: User) -> None:
        seen, other = make_target("Une"), make_target("Deux")
        campaign = running()
        see_gp(seen, days_ago=0)
        assert claim_next(campaign.pk, by=adviser).insured_id == other.pk
        assert campaign.tasks.get(insured=seen).reason == "seen-doctor"

    def test_whoever_looks_for_a_treating_doctor_may_have_seen_one(self, adviser: User) -> None:
        person = make_target("Une")
        script = next(version for version in publish_scripts() if version.name == "trouver-medecin")
        campaign = running(purpose="treating-doctor", script=script, criteria={"without_doctor": True})
        see_gp(person, days_ago=0)
        assert claim_next(campaign.pk, by=adviser).insured_id == person.pk
        InsuredPerson.objects.update(treating_rpps=10_000_000_001)
        give_back(CallClaim.objects.get().token, by=adviser)
        with pytest.raises(NobodyToCallError):
            claim_next(campaign.pk, by=adviser)
        assert campaign.tasks.get().reason == "has-doctor"

    def test_an_old_visit_whose_line_came_late_is_no_visit_since(self, adviser: User) -> None:
        person = make_target("Une")
        campaign = running(criteria={"any_ald": True, "fewer_visits_than": 2})
        see_gp(person, days_ago=100)
        assert claim_next(campaign.pk, by=adviser).insured_id == person.pk

    def test_two_old_visits_whose_lines_came_late_are_enough_the_day_after(self, adviser: User) -> None:
        person = make_target("Une")
        campaign = running(criteria={"any_ald": True, "fewer_visits_than": 2})
        see_gp(person, days_ago=100)
        see_gp(person, days_ago=50)
        CallTask.objects.update(checked_on=timezone.localdate() - dt.timedelta(days=1))
        assert refresh_lists() == 1
        assert campaign.tasks.get().reason == "seen-doctor"

    def test_a_new_number_is_the_one_that_is_called(self, adviser: User) -> None:
        person = make_target("Une")
        campaign = running()
        ContactChannel.objects.filter(insured=person).update(ended_at=timezone.now(), end_reason="replaced")
        add_phone(person, "+33639980042")
        assert number_of(claim_next(campaign.pk, by=adviser)) == "+33639980042"

    def test_reached_by_another_campaign_meanwhile(self, adviser: User) -> None:
        make_target("Une")
        first = running()
        task = first.tasks.get()
        second = running(criteria={"without_doctor": True})
        other = CallTask.objects.create(
            campaign=second, insured_id=task.insured_id, fund_code=task.fund_code, phone_lookup=task.phone_lookup,
            priority=1, checked_on=timezone.localdate(),
        )  # fmt: skip
        save_result(call(first, adviser).token, said(Disposition.REFUSAL), by=adviser)
        with pytest.raises(NobodyToCallError):
            claim_next(second.pk, by=adviser)
        other.refresh_from_db()
        assert (other.status, other.reason) == (TaskStatus.EXCLUDED, "called-recently")

    def test_everybody_passed_over_is_said_so(self, adviser: User) -> None:
        people = [make_target(f"Numéro {number}") for number in range(3)]
        campaign = running()
        InsuredPerson.objects.filter(pk__in=[each.pk for each in people]).update(accepts_calls=False)
        with pytest.raises(NobodyToCallError):
            claim_next(campaign.pk, by=adviser)
        assert campaign.tasks.filter(status=TaskStatus.EXCLUDED).count() == 3


class TestHolding:
    def test_whatever_the_adviser_does_renews_it(self, adviser: User) -> None:
        make_target("Une")
        claim = claim_next(running().pk, by=adviser)
        for act in (
            lambda: keep_on(claim.token, by=adviser),
            lambda: show_number(claim.token, by=adviser),
            lambda: write_draft(claim.token, by=adviser, note="x"),
        ):
            CallClaim.objects.update(leased_until=timezone.now() + dt.timedelta(seconds=5))
            act()
            claim.refresh_from_db()
            assert claim.leased_until > timezone.now() + LEASE - dt.timedelta(seconds=30)

    def test_is_nobody_else_s(self, adviser: User, colleague: User) -> None:
        make_target("Une")
        claim = claim_next(running().pk, by=adviser)
        for act in (keep_on, show_number, give_back):
            with pytest.raises(NotHeldError):
                act(claim.token, by=colleague)
        with pytest.raises(NotHeldError):
            save_result(claim.token, said(Disposition.BUSY), by=colleague)

    def test_a_call_given_back_is_the_next_one_s(self, adviser: User, colleague: User) -> None:
        make_target("Une")
        campaign = running()
        claim = claim_next(campaign.pk, by=adviser)
        give_back(claim.token, by=adviser)
        assert claim_next(campaign.pk, by=colleague).task_id == claim.task_id

    def test_a_number_shown_cannot_be_given_back(self, adviser: User) -> None:
        make_target("Une")
        claim = call(running(), adviser)
        with pytest.raises(ClaimError, match="enregistrez le résultat"):
            give_back(claim.token, by=adviser)

    def test_a_landline_is_shown_when_there_is_no_mobile(self, adviser: User) -> None:
        person = make_target("Une")
        ContactChannel.objects.filter(insured=person).update(ended_at=timezone.now(), end_reason="withdrawn")
        add_phone(person, "+33199000001", kind=ContactKind.LANDLINE)
        assert number_of(call(running(), adviser)) == "+33199000001"
