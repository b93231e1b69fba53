"""From the next call to its result: who is given, what is looked at again, what a late result does, what follows."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel, InsuredPerson, PreferenceChange
from accounts.staff.models import User
from accounts.staff.roles import Role
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.sql import run
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.campaign.services import move_campaign
from outreach.campaigns.claiming import next_call
from outreach.campaigns.claiming.enums import PauseReason, TaskStatus
from outreach.campaigns.claiming.following import Callback, CallbackError
from outreach.campaigns.claiming.holding import (
    NoteError,
    NotHeldError,
    give_back,
    held_by,
    keep_on,
    note_of,
    number_of,
    show_number,
    take_up,
    to_review,
    write_draft,
)
from outreach.campaigns.claiming.keeping_time import end_expired
from outreach.campaigns.claiming.models import CallAttempt, CallClaim, CallDraft, CallTask
from outreach.campaigns.claiming.next_call import LEASE, ClaimError, NobodyToCallError, claim_next
from outreach.campaigns.claiming.pausing import begin_pause, end_pause
from outreach.campaigns.claiming.saving import LateSaveError, Result, discard_note, late_notes, save_result
from outreach.campaigns.targeting.lists import advance_lists, start_count
from tests.outreach.campaigns.rows import ALWAYS, add_phone, make_campaign, make_list, make_target, see_gp, supervisor
from tests.staff import make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]


def running(**changes: Any) -> CallCampaign:
    return make_list(make_campaign(windows=ALWAYS, **changes))


def call(campaign: CallCampaign, by: User) -> CallClaim:
    """The next call, with its number shown."""
    return show_number(claim_next(campaign.pk, by=by).token, by=by)


def said(disposition: Disposition, note: str = "", **others: Any) -> Result:
    return Result(disposition=disposition, note=note, **others)


def expire(claim: CallClaim) -> None:
    """The lease runs out, and the job finds it."""
    CallClaim.objects.filter(pk=claim.pk).update(leased_until=timezone.now() - dt.timedelta(hours=1))
    assert end_expired() == 1


def tomorrow_noon() -> dt.datetime:
    local = timezone.localtime() + dt.timedelta(days=1)
    return local.replace(hour=12, minute=0, second=0, microsecond=0)


class TestNextCall:
    def test_is_who_needs_it_most(self, adviser: User) -> None:
        seen, unseen = make_target("Vue"), make_target("Pas vue")
        see_gp(seen, days_ago=30)
        campaign = running()
        claim = claim_next(campaign.pk, by=adviser)
        assert claim.insured_id == unseen.pk
        assert claim.task.status == TaskStatus.CLAIMED
        assert timezone.now() + LEASE - claim.leased_until < dt.timedelta(seconds=10)

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

    def test_an_old_visit_whose_line_came_late_is_no_visit_since(self, adviser: User) -> None:
        person = make_target("Une")
        campaign = running(criteria={"any_ald": True, "fewer_visits_than": 2})
        see_gp(person, days_ago=100)
        assert claim_next(campaign.pk, by=adviser).insured_id == person.pk

    def test_two_old_visits_whose_lines_came_late_are_enough(self, adviser: User) -> None:
        person = make_target("Une")
        campaign = running(criteria={"any_ald": True, "fewer_visits_than": 2})
        see_gp(person, days_ago=100)
        see_gp(person, days_ago=50)
        with pytest.raises(NobodyToCallError):
            claim_next(campaign.pk, by=adviser)

    def test_a_new_number_is_the_one_that_is_called(self, adviser: User) -> None:
        person = make_target("Une")
        campaign = running()
        ContactChannel.objects.filter(insured=person).update(ended_at=timezone.now(), end_reason="replaced")
        add_phone(person, "+33639980042")
        assert number_of(claim_next(campaign.pk, by=adviser)) == "+33639980042"

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


class TestExpiry:
    def test_a_hold_without_a_call_goes_back_to_the_list(self, adviser: User, colleague: User) -> None:
        make_target("Une")
        campaign = running()
        claim = claim_next(campaign.pk, by=adviser)
        expire(claim)
        assert claim_next(campaign.pk, by=colleague).task_id == claim.task_id

    def test_a_call_that_may_have_been_made_is_asked_about(self, adviser: User, colleague: User) -> None:
        make_target("Une")
        campaign = running()
        claim = call(campaign, adviser)
        expire(claim)
        assert to_review(adviser) == [claim.task]
        assert to_review(colleague) == []
        with pytest.raises(NobodyToCallError):
            claim_next(campaign.pk, by=colleague)
        with pytest.raises(ClaimError, match="autre conseiller"):
            take_up(claim.task_id, by=colleague)
        again = take_up(claim.task_id, by=adviser)
        assert again.dialled_at == claim.dialled_at
        save_result(again.token, said(Disposition.ALREADY_FOLLOWED), by=adviser)
        assert CallTask.objects.get().status == TaskStatus.DONE
        with pytest.raises(ClaimError, match="déjà été précisé"):
            take_up(claim.task_id, by=adviser)

    def test_whoever_runs_campaigns_may_say_what_came_of_it(self, adviser: User) -> None:
        make_target("Une")
        claim = call(running(), adviser)
        expire(claim)
        chief = make_staff("agent-chef", role=Role.SUPERVISOR)
        chief.user_permissions.add(Permission.objects.get(codename="run_callcampaign"))
        assert take_up(claim.task_id, by=chief).adviser_id == chief.pk

    def test_a_lease_that_ran_out_unnoticed_is_still_the_adviser_s(self, adviser: User) -> None:
        make_target("Une")
        claim = call(running(), adviser)
        CallClaim.objects.update(leased_until=timezone.now() - dt.timedelta(minutes=5))
        assert save_result(claim.token, said(Disposition.BUSY), by=adviser).number == 1


class TestLateResult:
    def test_is_refused_and_its_note_is_kept(self, adviser: User, colleague: User) -> None:
        make_target("Une")
        campaign = running()
        claim = call(campaign, adviser)
        expire(claim)
        CallTask.objects.update(status=TaskStatus.READY)
        other = call(campaign, colleague)
        with pytest.raises(LateSaveError):
            save_result(claim.token, said(Disposition.REFUSAL, "Préfère en reparler au printemps."), by=adviser)
        assert not CallAttempt.objects.exists()
        assert CallTask.objects.get().status == TaskStatus.CLAIMED
        (note,) = late_notes(adviser)
        assert note_of(note) == "Préfère en reparler au printemps."
        assert note.disposition == Disposition.REFUSAL
        assert save_result(other.token, said(Disposition.BUSY), by=colleague)
        with pytest.raises(NotHeldError):
            discard_note(note.pk, by=colleague)
        discard_note(note.pk, by=adviser)
        assert late_notes(adviser) == []

    def test_takes_the_place_of_its_own_draft(self, adviser: User) -> None:
        make_target("Une")
        claim = call(running(), adviser)
        write_draft(claim.token, by=adviser, note="début")
        expire(claim)
        with pytest.raises(LateSaveError):
            save_result(claim.token, said(Disposition.REFUSAL, "début et fin"), by=adviser)
        assert [note_of(draft) for draft in CallDraft.objects.all()] == ["début et fin"]

    def test_a_token_that_never_was_keeps_nothing(self, adviser: User) -> None:
        with pytest.raises(NotHeldError):
            save_result(uuid.uuid4(), said(Disposition.BUSY, "x"), by=adviser)
        assert not CallDraft.objects.exists()


class TestResult:
    def test_is_kept_sealed_and_redacted(self, adviser: User) -> None:
        make_target("Une")
        claim = call(running(), adviser)
        write_draft(claim.token, by=adviser, note="brouillon 4970 1000 0000 0154")
        draft = CallDraft.objects.get()
        assert note_of(draft) == "brouillon [carte masquée]"
        note = "Sa carte : 4970 1000 0000 0154. Préfère le matin."
        attempt = save_result(claim.token, said(Disposition.ALREADY_FOLLOWED, note, answers=["oui"]), by=adviser)
        assert attempt.note_sealed is not None
        text = key_ring().open(attempt.note_sealed, context=attempt.note_context)
        assert text == "Sa carte : [carte masquée]. Préfère le matin."
        assert attempt.redactions == ["card"]
        assert (attempt.answers, attempt.number) == (["oui"], 1)
        assert not CallDraft.objects.exists()

    def test_twice_is_once(self, adviser: User) -> None:
        make_target("Une")
        claim = call(running(), adviser)
        result = said(Disposition.ALREADY_FOLLOWED, "Suivie.")
        assert save_result(claim.token, result, by=adviser) == save_result(claim.token, result, by=adviser)
        with pytest.raises(LateSaveError):
            save_result(claim.token, said(Disposition.REFUSAL, "Suivie."), by=adviser)
        assert CallAttempt.objects.count() == 1

    def test_needs_the_number_to_have_been_shown(self, adviser: User) -> None:
        make_target("Une")
        claim = claim_next(running().pk, by=adviser)
        with pytest.raises(ClaimError, match="Affichez le numéro"):
            save_result(claim.token, said(Disposition.BUSY), by=adviser)

    @pytest.mark.parametrize(
        ("disposition", "note"),
        [(Disposition.FRAUD_DOUBT, " "), (Disposition.REFUSAL, "x" * 1001), (Disposition.REFUSAL, "\x00")],
    )
    def test_some_notes_cannot_be(self, disposition: Disposition, note: str, adviser: User) -> None:
        make_target("Une")
        claim = call(running(), adviser)
        with pytest.raises(NoteError):
            save_result(claim.token, said(disposition, note), by=adviser)

    def test_stays_as_it_was_said(self, adviser: User) -> None:
        make_target("Une")
        save_result(call(running(), adviser).token, said(Disposition.BUSY), by=adviser)
        for change in ("UPDATE outreach_callattempt SET number = 9", "DELETE FROM outreach_callclaim"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                run(change)


class TestWhatFollows:
    def after(self, disposition: Disposition, adviser: User, **others: Any) -> CallTask:
        claim = call(CallCampaign.objects.get(), adviser)
        save_result(claim.token, said(disposition, "Note.", **others), by=adviser)
        return CallTask.objects.get(pk=claim.task_id)

    def test_another_try_waits_by_its_rule(self, adviser: User) -> None:
        make_target("Une")
        running()
        task = self.after(Disposition.BUSY, adviser)
        assert task.status == TaskStatus.WAITING
        assert task.due_at is not None
        assert dt.timedelta(minutes=19) < task.due_at - timezone.now() <= dt.timedelta(days=2)

    def test_often_enough_is_enough(self, adviser: User) -> None:
        make_target("Une")
        running(max_attempts=2)
        assert self.after(Disposition.BUSY, adviser).status == TaskStatus.WAITING
        CallTask.objects.update(status=TaskStatus.READY, due_at=None)
        task = self.after(Disposition.NO_ANSWER, adviser)
        assert (task.status, task.attempts, task.due_at) == (TaskStatus.ABANDONED, 2, None)

    def test_a_rule_counts_its_own_kind(self, adviser: User) -> None:
        make_target("Une")
        rules = {"busy": {"wait_minutes": 5, "most": 0, "other_slot": False}}
        running(retry_rules=rules)
        assert self.after(Disposition.BUSY, adviser).status == TaskStatus.ABANDONED

    def test_no_try_after_the_last_day(self, adviser: User) -> None:
        make_target("Une")
        rules = {"busy": {"wait_minutes": 60 * 24 * 3, "most": 3, "other_slot": False}}
        running(retry_rules=rules, ends_on=timezone.localdate() + dt.timedelta(days=1))
        assert self.after(Disposition.BUSY, adviser).status == TaskStatus.ABANDONED

    def test_a_promised_call(self, adviser: User, colleague: User) -> None:
        make_target("Une")
        campaign, at = running(), tomorrow_noon()
        task = self.after(Disposition.CALLBACK, adviser, callback=Callback(at=at, is_own=True))
        assert (task.status, task.due_at, task.callback_for) == (TaskStatus.CALLBACK, at, adviser)
        CallTask.objects.update(due_at=timezone.now() - dt.timedelta(minutes=1))
        with pytest.raises(NobodyToCallError):
            claim_next(campaign.pk, by=colleague)
        assert claim_next(campaign.pk, by=adviser).task_id == task.pk

    @pytest.mark.parametrize(
        ("callback", "said_why"),
        [
            pytest.param(None, "jour et l’heure", id="without its hour"),
            pytest.param(Callback(at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC), is_own=True), "passé", id="past"),
            pytest.param(Callback(at=dt.datetime(2090, 1, 2, 12, tzinfo=dt.UTC), is_own=True), "se termine", id="late"),
        ],
    )
    def test_a_promise_that_cannot_be_kept(self, callback: Callback | None, said_why: str, adviser: User) -> None:
        make_target("Une")
        running()
        with pytest.raises(CallbackError, match=said_why):
            self.after(Disposition.CALLBACK, adviser, callback=callback)
        assert held_by(adviser) is not None, "nothing was recorded"

    def test_a_promise_at_an_hour_at_which_nobody_is_called(self, adviser: User) -> None:
        make_target("Une", territory="974")
        make_list(make_campaign(windows=[[day, "10:00", "13:00"] for day in range(1, 8)]))
        night = tomorrow_noon()  # afternoon in Réunion
        with pytest.raises(CallbackError, match="là où vit la personne"):
            self.after(Disposition.CALLBACK, adviser, callback=Callback(at=night, is_own=False))

    @pytest.mark.parametrize(
        ("disposition", "reason", "still_accepts"),
        [(Disposition.DO_NOT_CALL, "opted-out", False), (Disposition.DECEASED, "said-deceased", True)],
    )
    def test_silence_holds_everywhere_at_once(
        self, disposition: Disposition, reason: str, still_accepts: bool, adviser: User
    ) -> None:
        person = make_target("Une")
        campaign = running()
        elsewhere = CallTask.objects.create(
            campaign=make_campaign(), insured=person, fund_code="01C751000", phone_lookup=uuid.uuid4(), priority=1,
            checked_on=timezone.localdate(), status=TaskStatus.CALLBACK, due_at=tomorrow_noon(),
            callback_for=adviser,
        )  # fmt: skip
        claim = call(campaign, adviser)
        save_result(claim.token, said(disposition), by=adviser)
        elsewhere.refresh_from_db()
        assert (elsewhere.status, elsewhere.reason) == (TaskStatus.EXCLUDED, reason)
        assert CallTask.objects.get(pk=claim.task_id).status == TaskStatus.DONE
        person.refresh_from_db()
        assert person.accepts_calls is still_accepts, "a relative’s word changes no preference"
        assert PreferenceChange.objects.filter(insured=person, new_channel="none").exists() is not still_accepts

    def test_what_was_said_keeps_people_off_the_next_list(self, adviser: User) -> None:
        for name in ("Jointe", "Décès", "Faux numéro"):
            make_target(name)
        campaign = running()
        for disposition in (Disposition.REFUSAL, Disposition.DECEASED, Disposition.WRONG_NUMBER):
            save_result(call(campaign, adviser).token, said(disposition), by=adviser)
        following = make_campaign()
        start_count(following.pk, by=adviser)
        advance_lists()
        following.refresh_from_db()
        assert {decision: sum(by_fund.values()) for decision, by_fund in following.counts.items()} == {
            "called-recently": 1, "said-deceased": 1, "wrong-number": 1,
        }  # fmt: skip
