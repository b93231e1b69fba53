"""Of calls nothing is kept past its term, nothing goes before, and the application can make nothing else go."""

import pytest
from django.db import connection, transaction

from accounts.staff.models import User
from outreach.campaigns.appointments.enums import Obstacle
from outreach.campaigns.appointments.models import CallObstacle
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.enums import CampaignStatus
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.campaign.services import move_campaign
from outreach.campaigns.claiming.holding import write_draft
from outreach.campaigns.claiming.models import CallAttempt, CallClaim, CallDraft, CallTask
from outreach.campaigns.claiming.saving import save_result
from outreach.campaigns.prevention.enums import PreventionStatus
from outreach.campaigns.prevention.models import PreventionPerson
from outreach.campaigns.prevention.services import move_prevention
from outreach.campaigns.quality.drawing import draw_reviews
from outreach.campaigns.quality.enums import Mark, Verdict
from outreach.campaigns.quality.models import QualityReview
from outreach.campaigns.quality.reviewing import items_of, save_review
from outreach.campaigns.retention.forgetting import forget_calls
from outreach.campaigns.retention.models import CallTerm, TermCode
from outreach.campaigns.retention.schema import FUNCTIONS
from outreach.campaigns.supervision.models import CallHour
from outreach.campaigns.supervision.rollup import keep_figures
from tests.outreach.campaigns.calls import call, running, said
from tests.outreach.campaigns.prevention_rows import launch, make_prevention, make_sixty
from tests.outreach.campaigns.rows import make_target, supervisor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]
NOTES, ATTEMPTS, PEOPLE, PREVENTION, OBSTACLES = FUNCTIONS


@pytest.fixture
def campaign() -> CallCampaign:
    for name in ("Yzelle", "Yvain", "Yaël"):
        make_target(name)
    return running()


@pytest.fixture
def attempt(campaign: CallCampaign, adviser: User) -> CallAttempt:
    return save_result(call(campaign, adviser).token, said(Disposition.REFUSAL, "Rappelle le soir."), by=adviser)


def age(months: int) -> None:
    """Everything that there is becomes so much older; the application itself may not do that."""
    move = f"- interval '{months} months 2 days'"
    with connection.cursor() as cursor:
        cursor.execute(
            f"RESET ROLE;"
            f"UPDATE outreach_callattempt SET started_at = started_at {move}, ended_at = ended_at {move};"
            f"UPDATE outreach_calldraft SET written_at = written_at {move};"
            f"UPDATE outreach_campaignevent SET at = at {move};"
            f"SET LOCAL session_replication_role = replica;"
            f"UPDATE outreach_preventioncampaign SET effect_counted_at = effect_counted_at {move},"
            f" closed_at = closed_at {move};"
            f"SET LOCAL session_replication_role = origin;"
            f"SET ROLE ameli_app"
        )


def close(campaign: CallCampaign) -> None:
    move_campaign(campaign.pk, to=CampaignStatus.CLOSED, by=supervisor("agent-un"))


class TestNotes:
    def test_go_first_and_the_call_stays(self, attempt: CallAttempt, campaign: CallCampaign, adviser: User) -> None:
        write_draft(call(campaign, adviser).token, by=adviser, note="Pas encore fini.")
        age(5)
        assert sum(forget_calls().values()) == 0
        age(1)
        assert forget_calls()[NOTES] == 1
        attempt.refresh_from_db()
        assert attempt.note_sealed is None
        assert attempt.disposition == Disposition.REFUSAL
        assert not CallDraft.objects.exists()
        assert sum(forget_calls().values()) == 0, "again, nothing more"


class TestCalls:
    def test_go_with_what_hangs_on_them_once_the_campaign_is_closed(
        self, attempt: CallAttempt, campaign: CallCampaign
    ) -> None:
        keep_figures()
        age(24)
        assert forget_calls()[ATTEMPTS] == 0, "the campaign still runs"
        close(campaign)
        assert forget_calls()[ATTEMPTS] == 1
        assert not CallAttempt.objects.exists()
        assert not CallClaim.objects.exists()
        assert CallHour.objects.get().attempts == 1, "figures name nobody"

    def test_a_review_keeps_its_marks_without_the_call(self, attempt: CallAttempt, campaign: CallCampaign) -> None:
        with connection.cursor() as cursor:
            older = "UPDATE outreach_callattempt SET ended_at = ended_at - interval '7 days'"
            cursor.execute(f"RESET ROLE; {older}; SET ROLE ameli_app")
        draw_reviews()
        review = QualityReview.objects.get()
        marks = dict.fromkeys((item.code for item in items_of(review)), Mark.YES)
        save_review(review.pk, marks=marks, verdict=Verdict.TALK, advice="Voyons-nous.", by=supervisor("agent-un"))
        age(24)
        close(campaign)
        forget_calls()
        review.refresh_from_db()
        assert review.attempt_id is None
        assert review.advice_sealed is None
        assert review.marks == dict.fromkeys(marks, "yes")


class TestObstacles:
    def test_go_a_year_after_their_call_which_stays(self, campaign: CallCampaign, adviser: User) -> None:
        result = said(Disposition.REFUSAL, obstacles=frozenset({Obstacle.COST, Obstacle.DISTANCE}))
        save_result(call(campaign, adviser).token, result, by=adviser)
        age(11)
        assert forget_calls()[OBSTACLES] == 0
        age(1)
        assert forget_calls()[OBSTACLES] == 2
        assert not CallObstacle.objects.exists()
        assert CallAttempt.objects.exists(), "the campaign still runs"
        assert forget_calls()[OBSTACLES] == 0

    def test_of_a_call_within_its_term_stay_beside_older_ones(self, campaign: CallCampaign, adviser: User) -> None:
        for months, code in ((13, Obstacle.COST), (0, Obstacle.DELAY)):
            result = said(Disposition.REFUSAL, obstacles=frozenset({code}))
            save_result(call(campaign, adviser).token, result, by=adviser)
            if months:
                age(months)
        assert forget_calls()[OBSTACLES] == 1
        assert CallObstacle.objects.get().code == Obstacle.DELAY


class TestPeople:
    def test_go_after_their_calls(self, attempt: CallAttempt, campaign: CallCampaign) -> None:
        close(campaign)
        age(11)
        assert forget_calls()[PEOPLE] == 0
        age(2)
        assert forget_calls()[PEOPLE] == 2
        assert CallTask.objects.get().pk == attempt.task_id, "a call of theirs is still kept"
        age(11)
        assert forget_calls()[ATTEMPTS] == 1
        assert not CallTask.objects.exists()

    def test_of_a_campaign_that_runs_stay(self, campaign: CallCampaign) -> None:
        age(60)
        assert sum(forget_calls().values()) == 0

    def test_of_prevention_go_once_the_effect_is_counted(self) -> None:
        make_sixty("Yves")
        campaign = launch(make_prevention())
        move_prevention(campaign.pk, to=PreventionStatus.CLOSED, by=None)
        age(13)
        assert forget_calls()[PREVENTION] == 0
        with connection.cursor() as cursor:
            cursor.execute("UPDATE outreach_preventioncampaign SET effect_counted_at = now()")
        age(13)
        assert forget_calls()[PREVENTION] == 1
        assert not PreventionPerson.objects.exists()


class TestRules:
    def test_without_a_figure_everything_stays(self, attempt: CallAttempt) -> None:
        CallTerm.objects.all().delete()
        age(240)
        assert sum(forget_calls().values()) == 0

    def test_a_figure_below_the_floor_counts_as_the_floor(self, attempt: CallAttempt) -> None:
        CallTerm.objects.filter(code=TermCode.NOTE).update(months=0)
        assert forget_calls()[NOTES] == 0
        age(1)
        assert forget_calls()[NOTES] == 1

    @pytest.mark.parametrize("table", ["outreach_callattempt", "outreach_callclaim"])
    def test_the_application_itself_deletes_no_call(self, attempt: CallAttempt, table: str) -> None:
        with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")

    def test_everything_that_hangs_on_a_call_is_named(self) -> None:
        """A new table with a foreign key to these stops the deletion until the functions name it."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confrelid IN"
                " ('outreach_callattempt'::regclass, 'outreach_callclaim'::regclass, 'outreach_calltask'::regclass)"
            )
            found = {name for (name,) in cursor.fetchall()}
        assert found == {
            "outreach_callattempt", "outreach_callclaim", "outreach_calldraft", "outreach_qualityreview",
        }  # fmt: skip
