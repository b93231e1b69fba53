"""The result of a call: a lost one, a late one, one that is saved, and what follows."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import ProgrammingError, transaction
from django.utils import timezone

from accounts.people.models import PreferenceChange
from accounts.staff.models import User
from accounts.staff.roles import Role
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.sql import run
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.campaign.services import move_campaign
from outreach.campaigns.claiming.enums import TaskStatus
from outreach.campaigns.claiming.following import Callback, CallbackError
from outreach.campaigns.claiming.holding import (
    LateSaveError,
    NoteError,
    NotHeldError,
    give_back,
    held_by,
    note_of,
    take_up,
    to_review,
    write_draft,
)
from outreach.campaigns.claiming.models import CallAttempt, CallClaim, CallDraft, CallTask
from outreach.campaigns.claiming.next_call import ClaimError, NobodyToCallError, claim_next
from outreach.campaigns.claiming.saving import discard_note, late_notes, save_result
from outreach.campaigns.targeting.lists import advance_lists, start_count
from tests.outreach.campaigns.calls import call, expire, running, said, tomorrow_noon
from tests.outreach.campaigns.rows import make_campaign, make_list, make_target
from tests.staff import make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]


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

    def test_what_was_noted_is_there_again(self, adviser: User) -> None:
        make_target("Une")
        claim = call(running(), adviser)
        write_draft(claim.token, by=adviser, note="Préfère le matin.", answers=["oui"])
        expire(claim)
        assert not late_notes(adviser).exists(), "it is asked about"
        again = take_up(claim.task_id, by=adviser)
        draft = CallDraft.objects.get()
        assert (draft.claim, note_of(draft), draft.answers) == (again, "Préfère le matin.", ["oui"])

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
        assert not late_notes(adviser).exists()

    def test_takes_the_place_of_its_own_draft(self, adviser: User) -> None:
        make_target("Une")
        claim = call(running(), adviser)
        write_draft(claim.token, by=adviser, note="début")
        expire(claim)
        with pytest.raises(LateSaveError):
            save_result(claim.token, said(Disposition.REFUSAL, "début et fin"), by=adviser)
        assert [note_of(draft) for draft in CallDraft.objects.all()] == ["début et fin"]

    def test_a_draft_that_comes_too_late_is_kept_as_well(self, adviser: User) -> None:
        make_target("Une")
        claim = call(running(), adviser)
        expire(claim)
        with pytest.raises(NotHeldError):
            write_draft(claim.token, by=adviser, note=" ")
        with pytest.raises(LateSaveError):
            write_draft(claim.token, by=adviser, note="Préfère le matin.")
        assert [note_of(draft) for draft in late_notes(adviser)] == ["Préfère le matin."]

    def test_a_note_of_a_call_that_went_back_to_the_list_is_kept_apart(self, adviser: User) -> None:
        make_target("Une")
        claim = claim_next(running().pk, by=adviser)
        write_draft(claim.token, by=adviser, note="Avant d’appeler.")
        expire(claim)
        assert [note_of(draft) for draft in late_notes(adviser)] == ["Avant d’appeler."]

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

    def test_a_promise_outlives_a_hold_that_is_given_back(self, adviser: User, colleague: User) -> None:
        make_target("Une")
        campaign = running()
        self.after(Disposition.CALLBACK, adviser, callback=Callback(at=tomorrow_noon(), is_own=True))
        CallTask.objects.update(due_at=timezone.now() - dt.timedelta(minutes=1))
        give_back(claim_next(campaign.pk, by=adviser).token, by=adviser)
        task = claim_next(campaign.pk, by=colleague).task
        assert task.components["callback"] == 1000
        assert task.priority == sum(task.components.values())

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

    def test_a_promise_that_a_closed_campaign_would_not_keep(self, adviser: User) -> None:
        make_target("Une")
        campaign = running()
        claim = call(campaign, adviser)
        move_campaign(campaign.pk, to=CampaignStatus.CLOSED, by=adviser)
        with pytest.raises(CallbackError, match="est close"):
            save_result(
                claim.token,
                said(Disposition.CALLBACK, callback=Callback(at=tomorrow_noon(), is_own=False)),
                by=adviser,
            )
        assert held_by(adviser) is not None, "another result can be said"

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
