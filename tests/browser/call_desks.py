"""What the console shows of calls when there is something to see: campaigns in their states, calls, appointments."""

import datetime as dt
from collections.abc import Mapping
from typing import Final
from unittest import mock

from django.db import connection
from django.utils import timezone

from accounts.staff.models import User
from accounts.staff.roles import Role
from outreach.campaigns.appointments.models import Appointment
from outreach.campaigns.campaign import hours
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.hours import TERRITORIES
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming import next_call
from outreach.campaigns.claiming.enums import PauseReason
from outreach.campaigns.claiming.following import Callback
from outreach.campaigns.claiming.holding import LateSaveError, write_draft
from outreach.campaigns.claiming.keeping_time import wake_due
from outreach.campaigns.claiming.models import CallAttempt, CallClaim, CallDraft, CallTask
from outreach.campaigns.claiming.next_call import claim_next
from outreach.campaigns.claiming.pausing import begin_pause
from outreach.campaigns.claiming.saving import save_result
from outreach.campaigns.prevention.models import PreventionCampaign
from outreach.campaigns.quality.drawing import draw_reviews
from outreach.campaigns.quality.enums import Mark, Verdict
from outreach.campaigns.quality.models import QualityReview
from outreach.campaigns.quality.reviewing import items_of, save_review
from outreach.campaigns.supervision.rollup import keep_figures
from outreach.campaigns.targeting.lists import advance_lists, start_count
from tests.outreach.campaigns.calls import call, expire, running, said, tomorrow_noon
from tests.outreach.campaigns.prevention_rows import launch, make_listed, make_prevention, make_sixty
from tests.outreach.campaigns.proposals import make_proposal
from tests.outreach.campaigns.rows import make_campaign, make_target
from tests.staff import make_staff

EFFECT: Final = (
    '{"18-25": {"invited": [400, 3], "control": [100, 20]}, "45-50": {"invited": [4000, 1600], "control": [1000, 300]},'
    ' "60-65": {"invited": [4000, 1600], "control": [1000, 390]}}'
)


def call_rows(*, lead: User, agent: User, caller: User) -> Mapping[str, object]:
    """Rows of every page of calls, and the ids of their addresses.

    ``agent`` holds a call whose number is not shown yet; ``caller`` is between two calls, with all that may wait there.
    """
    with (
        mock.patch.object(hours, "public_holidays", return_value=frozenset()),
        mock.patch.object(next_call, "open_territories", return_value=list(TERRITORIES)),
    ):
        for number in range(12):
            make_target(f"Yzelle {number}")
        campaign = running()
        waiting = _reviews(campaign, caller, lead)
        late = _late_note(campaign, caller)
        silent = call(campaign, make_staff("agent-muet", role=Role.ADVISER))
        CallClaim.objects.filter(pk=silent.pk).update(leased_until=timezone.now() + dt.timedelta(minutes=5))
        begin_pause(by=make_staff("agent-repos", role=Role.ADVISER), reason=PauseReason.MEAL)
        promise = Callback(at=tomorrow_noon(), is_own=True)
        save_result(call(campaign, caller).token, said(Disposition.CALLBACK, callback=promise), by=caller)
        held = _called_again(campaign, agent)
        keep_figures()
    ahead, over = _appointments()
    counted = make_campaign(by=lead, name="Médecin traitant, hiver")
    start_count(counted.pk, by=lead)
    advance_lists()
    make_sixty("Yves")
    with_effect = launch(make_prevention())
    as_owner(f"UPDATE outreach_preventioncampaign SET effect_counted_at = now(), effect = '{EFFECT}'")
    return {
        "running": campaign.pk, "counted": counted.pk, "draft": make_campaign(by=lead, name="En projet").pk,
        "held": held.token, "silent": silent.token, "late": late.pk, "review": waiting.pk,
        "ahead": ahead.public_id, "over": over.public_id, "effect": with_effect.pk,
        "listed": make_listed(name="Bilan des quarante-cinq ans").pk, "proposal": make_proposal().pk,
        "planned": _planned(lead).pk,
    }  # fmt: skip


def _planned(lead: User) -> PreventionCampaign:
    return make_prevention(by=lead, name="Bilan des jeunes", bands=["18-25"], months_without_visit=12)


def _reviews(campaign: CallCampaign, caller: User, lead: User) -> QualityReview:
    """Two calls of a week ago: one was reviewed, the other waits."""
    for disposition in (Disposition.ALREADY_FOLLOWED, Disposition.REFUSAL):
        save_result(call(campaign, caller).token, said(disposition, "Le matin."), by=caller)
    back = "- interval '7 days'"
    as_owner(
        f"UPDATE outreach_callattempt SET started_at = started_at {back}, ended_at = ended_at {back};"
        f"UPDATE outreach_callclaim SET claimed_at = claimed_at {back}, dialled_at = dialled_at {back},"
        f" ended_at = ended_at {back}, leased_until = leased_until {back}"
    )
    draw_reviews()
    done, waiting = QualityReview.objects.order_by("pk")
    marks = {item.code: Mark.NO if item.code == "note" else Mark.YES for item in items_of(done)}
    save_review(done.pk, marks=marks, verdict=Verdict.ADVICE, advice="Bel appel ; une note plus courte.", by=lead)
    return waiting


def _late_note(campaign: CallCampaign, caller: User) -> CallDraft:
    """A result that came after its call was taken back: refused, the note kept, the call to be explained."""
    claim = call(campaign, caller)
    write_draft(claim.token, by=caller, note="Rappeler le matin.", answers=[], disposition=None)
    expire(claim)
    CallClaim.objects.filter(pk=claim.pk).update(ended_at=timezone.now() - dt.timedelta(hours=13))
    try:
        save_result(claim.token, said(Disposition.REFUSAL, "Rappeler le matin."), by=caller)
    except LateSaveError:
        return CallDraft.objects.get(claim=claim)
    raise AssertionError("a late result was taken")


def _called_again(campaign: CallCampaign, agent: User) -> CallClaim:
    """A call to somebody whose voicemail answered before."""
    first = call(campaign, agent)
    save_result(first.token, said(Disposition.VOICEMAIL, "Message laissé."), by=agent)
    before = timezone.now() - dt.timedelta(minutes=1)
    CallTask.objects.filter(pk=first.task_id).update(due_at=before, priority=100)
    wake_due()
    claim = claim_next(campaign.pk, by=agent)
    assert claim.task_id == first.task_id
    return claim


def _appointments() -> list[Appointment]:
    """One of each of two calls: one is to come, of the other somebody is to say whether it took place."""
    calls, now = CallAttempt.objects.order_by("pk")[:2], timezone.now()
    return [
        Appointment.objects.create(insured_id=one.insured_id, attempt=one, starts_at=now + dt.timedelta(days=days))
        for one, days in zip(calls, (9, -1), strict=True)
    ]


def as_owner(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"RESET ROLE; {statement}; SET ROLE ameli_app")
