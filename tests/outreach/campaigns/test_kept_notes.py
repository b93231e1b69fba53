"""Notes that the page keeps while an adviser types, and notes that must not get lost on the way."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.staff.models import User
from accounts.staff.roles import Role
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.claiming.holding import note_of, write_draft
from outreach.campaigns.claiming.models import CallAttempt, CallClaim, CallDraft
from outreach.campaigns.claiming.next_call import LEASE
from outreach.campaigns.claiming.saving import save_result
from tests.outreach.campaigns.calls import call, expire, running, said
from tests.outreach.campaigns.rows import make_target
from tests.staff import client_of, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]


@pytest.fixture
def claim(caller: User) -> CallClaim:
    make_target("Yzelle")
    return call(running(), caller)


def page(claim: CallClaim) -> str:
    return reverse("admin:outreach_callcampaign_call", args=[claim.token])


def keep(desk: Client, claim: CallClaim, note: str, **others: str) -> tuple[int, str]:
    """What the page sends by itself, and is told."""
    answer = desk.post(page(claim), {"action": "keep", "note": note, **others})
    return answer.status_code, answer.json()["said"]


class TestWhileTyping:
    def test_a_note_is_kept_and_no_result(self, desk: Client, caller: User, claim: CallClaim) -> None:
        write_draft(claim.token, by=caller, note="", answers=["oui"])
        CallClaim.objects.update(leased_until=timezone.now() + dt.timedelta(minutes=1))
        status, told = keep(desk, claim, "Carte 4970 1000 0000 0154, le matin.", disposition="refusal")
        assert (status, told) == (200, f"Note gardée à {timezone.localtime():%H:%M}.")
        draft = CallDraft.objects.get()
        assert note_of(draft) == "Carte [carte masquée], le matin."
        assert (draft.answers, draft.disposition) == (["oui"], Disposition.REFUSAL)
        assert not CallAttempt.objects.exists()
        claim.refresh_from_db()
        assert claim.ended_at is None
        assert claim.leased_until > timezone.now() + LEASE - dt.timedelta(minutes=1), "typing is a sign of life"

    def test_what_is_ticked_must_exist(self, desk: Client, claim: CallClaim) -> None:
        assert keep(desk, claim, "Note.", disposition="x")[0] == 200
        assert CallDraft.objects.get().disposition == ""

    def test_too_long_is_said(self, desk: Client, claim: CallClaim) -> None:
        assert keep(desk, claim, "x" * 1001) == (
            400,
            "Une note a 1000 caractères au plus : gardez ce qui aide au suivi.",
        )

    def test_of_a_lost_call_is_kept_apart(self, desk: Client, claim: CallClaim) -> None:
        expire(claim)
        status, told = keep(desk, claim, "Préfère le matin.")
        assert status == 409
        assert "gardée à part" in told
        assert CallDraft.objects.get().is_late

    def test_one_that_arrives_after_the_own_result_is_dropped(
        self, desk: Client, caller: User, claim: CallClaim
    ) -> None:
        save_result(claim.token, said(Disposition.REFUSAL, "Préfère le matin."), by=caller)
        assert keep(desk, claim, "Préfère le")[0] == 409
        assert not CallDraft.objects.exists()

    def test_is_not_another_adviser_s(self, claim: CallClaim) -> None:
        other = client_of(make_staff("agent-autre", role=Role.ADVISER))
        assert keep(other, claim, "Note.")[0] == 409
        assert not CallDraft.objects.exists()


class TestNothingIsLost:
    def test_the_end_of_a_line_counts_once_as_in_the_browser(self, desk: Client, claim: CallClaim) -> None:
        note = "\r\n".join(["x" * 99] * 10)
        assert keep(desk, claim, note)[0] == 200
        assert note_of(CallDraft.objects.get()) == note.replace("\r\n", "\n")

    def test_a_late_result_with_too_long_a_note_comes_back_with_it(self, desk: Client, claim: CallClaim) -> None:
        expire(claim)
        answer = desk.post(page(claim), {"action": "save", "disposition": "refusal", "note": "x" * 1001}, follow=True)
        text = answer.content.decode()
        assert "x" * 1001 in text
        assert "1000 caractères au plus" in text
        desk.post(page(claim), {"action": "save", "disposition": "refusal", "note": "x" * 1000})
        assert note_of(CallDraft.objects.get()) == "x" * 1000
