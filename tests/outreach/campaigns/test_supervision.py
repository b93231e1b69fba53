"""Supervision: figures that a job keeps, the board, calls taken back from who is gone, the file without identity."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.access.models import AccessAction, AccessLog
from accounts.staff.models import User
from accounts.staff.roles import Role
from ameli_notify.core.sql import fetch_all, run
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.dialling import show_number
from outreach.campaigns.claiming.enums import ClaimEnding, PauseReason, TaskStatus
from outreach.campaigns.claiming.holding import LateSaveError, keep_on, note_of, to_review, write_draft
from outreach.campaigns.claiming.models import AdviserPause, CallAttempt, CallClaim, CallDraft, CallTask
from outreach.campaigns.claiming.next_call import claim_next
from outreach.campaigns.claiming.pausing import begin_pause
from outreach.campaigns.claiming.saving import late_notes, save_result
from outreach.campaigns.supervision.figures import by_fund, total_of
from outreach.campaigns.supervision.freeing import FreeError, free_call, stuck_calls
from outreach.campaigns.supervision.models import CallHour, CampaignDay, CampaignProgress
from outreach.campaigns.supervision.rollup import keep_figures
from tests.outreach.campaigns.calls import call, running, said
from tests.outreach.campaigns.rows import make_target, supervisor
from tests.reimbursements.payments.rows import page_of
from tests.staff import client_of, make_staff, staff_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]
BOARD = "/console/outreach/callcampaign/supervision/"
OTHER_FUND = "01C971000"


@pytest.fixture
def campaign() -> CallCampaign:
    for name in ("Yzelle", "Yvain", "Yaël"):
        make_target(name)
    elsewhere = make_target("Yolaine")
    elsewhere.fund_code = OTHER_FUND
    elsewhere.save(update_fields=["fund_code"])
    return running()


def kept_figures() -> list[tuple[object, ...]]:
    """All figures, without when they were counted."""
    of_lists = CampaignProgress.objects.order_by("pk").values_list("fund_code", "status", "people", "due")
    of_hours = CallHour.objects.order_by("pk").values_list("fund_code", "hour_at", "attempts", "work_seconds")
    return [*of_lists, *of_hours]


def fall_silent(claim: CallClaim) -> None:
    """The last button was pressed twenty minutes ago: ten of the thirty are left."""
    CallClaim.objects.filter(pk=claim.pk).update(leased_until=timezone.now() + dt.timedelta(minutes=10))


def backdate(attempt: CallAttempt, *, ended_at: dt.datetime, seconds: int) -> None:
    """As if the call had been made then; the application itself may not change it."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "UPDATE outreach_callattempt SET ended_at = %s, started_at = %s WHERE id = %s",
            [ended_at, ended_at - dt.timedelta(seconds=seconds), attempt.pk],
        )
        cursor.execute(
            "UPDATE outreach_callclaim SET claimed_at = %s, ended_at = %s WHERE token = %s",
            [ended_at - dt.timedelta(seconds=seconds), ended_at, attempt.claim_id],
        )
        cursor.execute("SET ROLE ameli_app")


class TestFigures:
    def test_people_and_calls_by_fund(self, campaign: CallCampaign, adviser: User) -> None:
        save_result(call(campaign, adviser).token, said(Disposition.ALREADY_FOLLOWED), by=adviser)
        save_result(call(campaign, adviser).token, said(Disposition.NO_ANSWER), by=adviser)
        assert keep_figures() == 1
        funds = by_fund(campaign)
        whole = total_of(funds.values())
        assert len(funds) == 2
        assert (whole.people, whole.ended, whole.called, whole.remaining) == (4, 1, 1, 3)
        assert (whole.attempts, whole.reached) == (2, 1)
        assert whole.reach_rate == 0.5
        day = CampaignDay.objects.get()
        assert (day.remaining, day.called, day.ended) == (3, 1, 1)

    def test_counted_twice_is_counted_once(self, campaign: CallCampaign, adviser: User) -> None:
        save_result(call(campaign, adviser).token, said(Disposition.REFUSAL), by=adviser)
        keep_figures()
        before = kept_figures()
        keep_figures()
        assert kept_figures() == before

    def test_a_state_that_nobody_is_in_any_more_goes(self, campaign: CallCampaign, adviser: User) -> None:
        claim = call(campaign, adviser)
        keep_figures()
        assert CampaignProgress.objects.filter(status=TaskStatus.CLAIMED).exists()
        save_result(claim.token, said(Disposition.REFUSAL), by=adviser)
        keep_figures()
        assert not CampaignProgress.objects.filter(status=TaskStatus.CLAIMED).exists()

    def test_hours_missed_are_made_good(self, campaign: CallCampaign, adviser: User) -> None:
        for days in (3, 0):
            attempt = save_result(call(campaign, adviser).token, said(Disposition.REFUSAL), by=adviser)
            backdate(attempt, ended_at=timezone.now() - dt.timedelta(days=days), seconds=60)
        keep_figures()
        assert sum(CallHour.objects.values_list("attempts", flat=True)) == 2
        assert CallHour.objects.count() == 2

    def test_work_is_the_time_from_call_to_call_without_pauses(self, campaign: CallCampaign, adviser: User) -> None:
        noon = timezone.now().replace(minute=30, second=0, microsecond=0) - dt.timedelta(hours=5)
        # 1: alone; 2: four minutes later; 3: after a pause; each call lasts a minute.
        for minutes in (0, 5, 15):
            attempt = save_result(call(campaign, adviser).token, said(Disposition.REFUSAL), by=adviser)
            backdate(attempt, ended_at=noon + dt.timedelta(minutes=minutes), seconds=60)
        AdviserPause.objects.create(
            adviser=adviser, reason=PauseReason.BREAK,
            started_at=noon + dt.timedelta(minutes=6), ended_at=noon + dt.timedelta(minutes=9),
        )  # fmt: skip
        keep_figures()
        whole = total_of(by_fund(campaign).values())
        assert whole.handling_seconds == 180
        assert whole.work_seconds == 60 + 300 + 60


class TestTakingBack:
    def test_a_call_not_made_goes_back_to_the_list(self, campaign: CallCampaign, adviser: User) -> None:
        claim = claim_next(campaign.pk, by=adviser)
        write_draft(claim.token, by=adviser, note="À rappeler le soir.")
        fall_silent(claim)
        free_call(claim.token, by=supervisor("agent-un"))
        assert CallTask.objects.get(pk=claim.task_id).status == TaskStatus.READY
        assert CallClaim.objects.get(pk=claim.pk).ending == ClaimEnding.FREED
        assert [note_of(draft) for draft in late_notes(adviser)] == ["À rappeler le soir."]
        assert campaign.events.filter(kind="freed").get().details == {"task": claim.task_id, "adviser": adviser.pk}

    def test_a_call_that_may_have_been_made_is_asked_about(self, campaign: CallCampaign, adviser: User) -> None:
        claim = call(campaign, adviser)
        write_draft(claim.token, by=adviser, note="Elle décroche.")
        fall_silent(claim)
        free_call(claim.token, by=supervisor("agent-un"))
        assert [task.pk for task in to_review(adviser)] == [claim.task_id]
        assert CallDraft.objects.get().claim_id == claim.pk
        with pytest.raises(LateSaveError):
            save_result(claim.token, said(Disposition.REFUSAL, "Elle refuse."), by=adviser)
        assert note_of(CallDraft.objects.get()) == "Elle refuse."

    def test_whoever_gave_a_sign_keeps_the_call(self, campaign: CallCampaign, adviser: User) -> None:
        claim = call(campaign, adviser)
        fall_silent(claim)
        assert [one.token for one in stuck_calls()] == [claim.token]
        keep_on(claim.token, by=adviser)
        assert stuck_calls() == []
        with pytest.raises(FreeError, match="vient de donner signe"):
            free_call(claim.token, by=supervisor("agent-un"))
        assert CallClaim.objects.get(pk=claim.pk).ended_at is None

    def test_a_result_that_came_first_stands(self, campaign: CallCampaign, adviser: User) -> None:
        claim = call(campaign, adviser)
        fall_silent(claim)
        save_result(claim.token, said(Disposition.REFUSAL), by=adviser)
        with pytest.raises(FreeError, match="plus réservé"):
            free_call(claim.token, by=supervisor("agent-un"))

    def test_from_the_board(self, campaign: CallCampaign, adviser: User) -> None:
        claim = show_number(claim_next(campaign.pk, by=adviser).token, by=adviser)
        fall_silent(claim)
        desk = staff_client(Role.SUPERVISOR)
        address = reverse("admin:outreach_callcampaign_free", args=[claim.token])
        assert address in desk.get(BOARD).content.decode()
        assert "Libérer cet appel ?" in page_of(desk, address)
        assert CallClaim.objects.get(pk=claim.pk).ended_at is None
        assert "L’appel est libéré." in desk.post(address, follow=True).content.decode()
        assert "plus réservé" in desk.post(address, follow=True).content.decode()


class TestBoard:
    def test_shows_the_figures_and_who_is_at_work(self, campaign: CallCampaign) -> None:
        caller, resting = make_staff("agent-conseil", role=Role.ADVISER), make_staff("agent-repos", role=Role.ADVISER)
        save_result(call(campaign, caller).token, said(Disposition.APPOINTMENT_MADE), by=caller)
        begin_pause(by=resting, reason=PauseReason.MEAL)
        keep_figures()
        shown = staff_client(Role.SUPERVISOR).get(BOARD).content.decode()
        for words in ("1 sur 4 (25,0", "Entre deux appels", "En pause : repas", "agent-repos", OTHER_FUND, "<svg"):
            assert words in shown
        assert "au moins 3 jours" in shown
        assert "Yzelle" not in shown

    def test_the_part_that_changes_is_the_same(self, campaign: CallCampaign) -> None:
        keep_figures()
        desk = staff_client(Role.SUPERVISOR)
        part = desk.get(f"{BOARD}chiffres/?campagne={campaign.pk}").content.decode()
        assert "<html" not in part
        assert part.strip() in desk.get(BOARD).content.decode()

    def test_without_any_list(self) -> None:
        shown = staff_client(Role.SUPERVISOR).get(BOARD).content.decode()
        assert "Aucune campagne n’a encore de liste." in shown

    def test_an_unknown_campaign(self) -> None:
        assert staff_client(Role.SUPERVISOR).get(f"{BOARD}?campagne=0").status_code == 404

    def test_looking_on_keeps_no_session_open(self, campaign: CallCampaign) -> None:
        desk = client_of(make_staff("agent-un-deux", role=Role.SUPERVISOR))
        seen_at = int(timezone.now().timestamp()) - 600
        session = desk.session
        session["staff_session"] = {"started_at": seen_at, "seen_at": seen_at}
        session.save()
        desk.get(f"{BOARD}chiffres/?campagne={campaign.pk}")
        assert desk.session["staff_session"]["seen_at"] == seen_at
        desk.get(BOARD)
        assert desk.session["staff_session"]["seen_at"] > seen_at

    def test_reads_no_list(self, campaign: CallCampaign, adviser: User) -> None:
        """However long the list: its tasks are reached by their key, for calls in hand only."""
        claim = call(campaign, adviser)
        fall_silent(claim)
        run(
            "INSERT INTO outreach_calltask (campaign_id, insured_id, fund_code, territory, phone_lookup, priority,"
            " components, status, checked_on)"
            " SELECT %s, 1000000 + n, '01C751000', '', gen_random_uuid(), 40, '{}', 'ready', %s"
            " FROM generate_series(1, 5000) n",
            [campaign.pk, timezone.localdate()],
        )
        keep_figures()
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE; ANALYZE outreach_calltask; ANALYZE outreach_callclaim; SET ROLE ameli_app")
        desk: Client = staff_client(Role.SUPERVISOR)
        with CaptureQueriesContext(connection) as queries:
            assert "5\u202f003" in desk.get(BOARD).content.decode()
        named = [query["sql"] for query in queries if "outreach_calltask" in query["sql"]]
        assert named, "the calls in hand"
        for sql in named:
            plan = "\n".join(str(line) for (line,) in fetch_all(f"EXPLAIN {sql}".replace("%", "%%")))
            assert "Seq Scan on outreach_calltask" not in plan


class TestFile:
    def test_names_nobody_and_hides_what_is_about_a_few(self, campaign: CallCampaign, adviser: User) -> None:
        save_result(call(campaign, adviser).token, said(Disposition.REFUSAL, "=1+1"), by=adviser)
        keep_figures()
        desk = staff_client(Role.SUPERVISOR)
        answer = desk.get(reverse("admin:outreach_callcampaign_results_csv", args=[campaign.pk]))
        text = answer.content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=";"))
        assert rows[0] == ["Tableau", "Caisse", "Ligne", "Nombre"]
        assert {row[3] for row in rows[1:]} == {"masqué"}
        assert "Yzelle" not in text
        assert AccessLog.objects.filter(action=AccessAction.EXPORT, object_id=str(campaign.pk)).count() == 1
