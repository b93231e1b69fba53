"""Calls read again: drawn at random and again the same, never by their own adviser, told kindly."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.access.models import AccessLog
from accounts.staff.models import User
from accounts.staff.roles import Role
from ameli_notify.core.crypto import key_ring
from outreach.campaigns.campaign.dispositions import Disposition
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.models import CallAttempt
from outreach.campaigns.claiming.saving import save_result
from outreach.campaigns.quality.drawing import draw_reviews, draw_week
from outreach.campaigns.quality.enums import Mark, Verdict
from outreach.campaigns.quality.grid import GridError, parse_grid, publish_grid
from outreach.campaigns.quality.models import QualityReview
from outreach.campaigns.quality.reviewing import ReviewError, items_of, save_review, to_review, unread
from tests.outreach.campaigns.calls import call, running, said
from tests.outreach.campaigns.rows import make_target, supervisor
from tests.staff import client_of, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("any_hour")]
REVIEWS = "/console/outreach/callcampaign/qualite/"
FEEDBACK = "/console/outreach/callcampaign/poste/retours/"
NIR = "285070088812345"


@pytest.fixture
def campaign() -> CallCampaign:
    for number in range(5):
        make_target(f"Yzelle {number}")
    return running()


def last_week(attempt: CallAttempt) -> CallAttempt:
    """As if the call had been made a week ago; the application itself may not change it."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "UPDATE outreach_callattempt SET started_at = started_at - interval '7 days',"
            " ended_at = ended_at - interval '7 days' WHERE id = %s",
            [attempt.pk],
        )
        cursor.execute("SET ROLE ameli_app")
    return attempt


def make_calls(campaign: CallCampaign, adviser: User, number: int) -> list[CallAttempt]:
    result = said(Disposition.REFUSAL, f"Rappelle le soir, dit {NIR}.")
    return [last_week(save_result(call(campaign, adviser).token, result, by=adviser)) for _ in range(number)]


def drawn_one(campaign: CallCampaign, adviser: User) -> QualityReview:
    make_calls(campaign, adviser, 1)
    draw_reviews()
    return QualityReview.objects.get()


def all_yes(review: QualityReview) -> dict[str, Mark]:
    return {item.code: Mark.YES for item in items_of(review)}


class TestDrawing:
    def test_a_few_of_each_adviser_and_the_same_again(self, campaign: CallCampaign, adviser: User) -> None:
        make_calls(campaign, adviser, 4)
        make_calls(campaign, supervisor("agent-autre"), 1)
        assert draw_reviews() == 3
        first = set(QualityReview.objects.values_list("attempt_id", "week_on"))
        assert {monday.weekday() for _, monday in first} == {0}
        assert draw_reviews() == 0
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE; DELETE FROM outreach_qualityreview; SET ROLE ameli_app")
        draw_reviews()
        assert set(QualityReview.objects.values_list("attempt_id", "week_on")) == first

    def test_another_key_draws_otherwise(
        self, campaign: CallCampaign, adviser: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Over a few keys: each draws two of four, and not always the same two."""
        make_calls(campaign, adviser, 4)
        monday = timezone.localdate() - dt.timedelta(days=7 + timezone.localdate().weekday())
        pairs = set()
        for number in range(12):
            monkeypatch.setattr("outreach.campaigns.quality.drawing.lookup_key", lambda n=number: bytes([n]) * 32)
            assert draw_week(monday) == 2
            pairs.add(frozenset(QualityReview.objects.values_list("attempt_id", flat=True)))
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE; DELETE FROM outreach_qualityreview; SET ROLE ameli_app")
        assert len(pairs) > 1

    @pytest.mark.parametrize(
        ("ended", "week"),
        [
            pytest.param("2026-11-16 00:00:00+01", "2026-11-16", id="begins at midnight in Paris"),
            pytest.param("2026-11-22 23:59:59+01", "2026-11-16", id="ends before the next"),
            pytest.param("2026-03-30 00:30:00+02", "2026-03-30", id="in summer, too"),
        ],
    )
    def test_a_week_is_one_of_paris(self, campaign: CallCampaign, adviser: User, ended: str, week: str) -> None:
        (attempt,) = make_calls(campaign, adviser, 1)
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute(
                "UPDATE outreach_callattempt SET started_at = %s, ended_at = %s WHERE id = %s",
                [ended, ended, attempt.pk],
            )
            cursor.execute("SET ROLE ameli_app")
        monday = dt.date.fromisoformat(week)
        weeks = [monday + dt.timedelta(weeks=each) for each in (-1, 0, 1)]
        assert [draw_week(each) for each in weeks] == [0, 1, 0]

    def test_neither_this_week_nor_calls_that_nobody_answered(self, campaign: CallCampaign, adviser: User) -> None:
        save_result(call(campaign, adviser).token, said(Disposition.REFUSAL), by=adviser)
        last_week(save_result(call(campaign, adviser).token, said(Disposition.NO_ANSWER), by=adviser))
        assert draw_reviews() == 0


class TestReviewing:
    def test_nobody_reviews_themselves(self, campaign: CallCampaign, adviser: User) -> None:
        review = drawn_one(campaign, adviser)
        assert not to_review(adviser).exists()
        with pytest.raises(ReviewError, match="ses propres appels"):
            save_review(review.pk, marks=all_yes(review), verdict=Verdict.GOOD, advice="", by=adviser)
        with pytest.raises(IntegrityError, match="review_never_of_oneself"), transaction.atomic():
            QualityReview.objects.update(reviewed_by=adviser, reviewed_at=timezone.now(), verdict=Verdict.GOOD)

    def test_nor_is_a_call_given_to_another_adviser(self, campaign: CallCampaign, adviser: User) -> None:
        drawn_one(campaign, adviser)
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            QualityReview.objects.update(adviser=supervisor("agent-autre"))

    def test_once(self, campaign: CallCampaign, adviser: User) -> None:
        review, by = drawn_one(campaign, adviser), supervisor("agent-un")
        save_review(review.pk, marks=all_yes(review), verdict=Verdict.GOOD, advice="", by=by)
        with pytest.raises(ReviewError, match="déjà été relu"):
            save_review(review.pk, marks=all_yes(review), verdict=Verdict.TALK, advice="x", by=by)

    def test_advice_is_given_with_criticism_and_redacted(self, campaign: CallCampaign, adviser: User) -> None:
        review, by = drawn_one(campaign, adviser), supervisor("agent-un")
        with pytest.raises(ReviewError, match="en une phrase"):
            save_review(review.pk, marks=all_yes(review), verdict=Verdict.ADVICE, advice=" ", by=by)
        saved = save_review(
            review.pk, marks=all_yes(review), verdict=Verdict.ADVICE, advice=f"Ne notez pas {NIR}.", by=by
        )
        assert saved.advice_sealed is not None
        assert NIR not in key_ring().open(saved.advice_sealed, context=saved.advice_context)


class TestPages:
    @pytest.fixture
    def caller(self) -> User:
        return make_staff("agent-conseil", role=Role.ADVISER)

    @pytest.fixture
    def review(self, campaign: CallCampaign, caller: User) -> QualityReview:
        return drawn_one(campaign, caller)

    @pytest.fixture
    def desk(self) -> Client:
        return client_of(make_staff("agent-supervision", role=Role.SUPERVISOR))

    def fill(self, review: QualityReview, **changes: str) -> dict[str, str]:
        return dict.fromkeys(all_yes(review), "yes") | {"verdict": "good", "advice": ""} | changes

    def test_from_the_draw_to_the_adviser(self, review: QualityReview, desk: Client, caller: User) -> None:
        address = f"{REVIEWS}{review.pk}/"
        assert address in desk.get(REVIEWS).content.decode()
        shown = desk.get(address).content.decode()
        assert "[NIR masqué]" in shown
        assert NIR not in shown
        assert "Yzelle" not in shown
        assert review.attempt is not None
        logged = AccessLog.objects.filter(insured_id=review.attempt.insured_id, reason__startswith="relecture")
        assert logged.count() == 1
        told = self.fill(review, note="no", verdict="advice", advice="Bel appel ; une note plus courte aidera.")
        assert desk.post(address, told).status_code == 302
        mine = client_of(caller)
        assert "1 à lire" in mine.get("/console/outreach/callcampaign/poste/").content.decode()
        read = mine.get(FEEDBACK).content.decode()
        for words in ("Ce qui va bien", "Bel appel", "sans détail de santé", "J’ai lu"):
            assert words in read
        mine.post(FEEDBACK)
        assert unread(caller) == 0
        assert "J’ai lu" not in mine.get(FEEDBACK).content.decode()
        assert ">1<" in desk.get(REVIEWS).content.decode().replace("\n", "").replace(" ", "")

    def test_an_incomplete_grid_is_not_saved(self, review: QualityReview, desk: Client) -> None:
        shown = desk.post(f"{REVIEWS}{review.pk}/", self.fill(review, tone="")).content.decode()
        assert "Rien n’a été enregistré" in shown
        review.refresh_from_db()
        assert review.reviewed_at is None


class TestGrid:
    @pytest.mark.parametrize(
        "content",
        [
            pytest.param({}, id="nothing"),
            pytest.param({"name": "x", "version": 1, "items": []}, id="no items"),
            pytest.param({"name": "x", "version": 1, "items": [{"code": "a"}]}, id="half an item"),
        ],
    )
    def test_refuses(self, content: object) -> None:
        with pytest.raises(GridError):
            parse_grid(content)

    def test_a_published_grid_never_changes(self, db: None) -> None:
        row = publish_grid()
        assert publish_grid().pk == row.pk
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            row.save()
