"""The console's first page: what it says, what it warns of, what it costs."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.staff.roles import Role
from ameli_notify.core.estimates import EXACT_UP_TO, RowCount, row_count
from ameli_notify.core.models import Heartbeat
from ameli_notify.core.sql import run as run_sql
from outreach.digest.models import DigestDue, DigestRun
from outreach.digest.overview import overview
from tests.console_rows import make_batch, make_directory, make_wave
from tests.core.test_roles import analyze
from tests.staff import client_of, make_staff

NOON = dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC)


@pytest.mark.django_db
def test_it_costs_as_much_with_ten_runs_as_with_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = client_of(make_staff())
    make_wave()
    make_batch()
    make_directory()
    client.get(reverse("admin:index"))
    with django_assert_num_queries(14) as one:
        page = client.get(reverse("admin:index")).content.decode()
    assert "Dernières vagues" in page
    assert "REM_01C751000_20261120_0001.csv" in page
    for n in range(1, 10):
        make_wave(dt.date(2026, 11, 20) - dt.timedelta(days=n), first_person=100 * n)
        make_batch(1 + n)
    with django_assert_num_queries(len(one.captured_queries)):
        client.get(reverse("admin:index"))


@pytest.mark.django_db
def test_an_adviser_sees_no_operations() -> None:
    make_batch()
    page = client_of(make_staff(role=Role.ADVISER)).get(reverse("admin:index")).content.decode()
    assert "Dernières vagues" not in page
    assert "Derniers fichiers" not in page
    assert "À regarder" not in page
    found = overview(for_user=AnonymousUser())  # type: ignore[arg-type]
    assert (found.runs, found.batches, found.alarms) == (None, None, [])


@pytest.mark.django_db
def test_everything_in_order_raises_no_alarm() -> None:
    user = make_staff()
    for day in (20, 21, 22):
        DigestRun.objects.create(planned_on=dt.date(2026, 11, day), cohort=1)
    Heartbeat.objects.create(cluster="a", beat_at=NOON - dt.timedelta(seconds=30))
    make_batch()
    assert overview(for_user=user, now=NOON).alarms == []


@pytest.mark.django_db
def test_missing_days_silence_and_refusals_are_told() -> None:
    user = make_staff()
    for day in (19, 21):
        DigestRun.objects.create(planned_on=dt.date(2026, 11, day), cohort=1)
    DigestRun.objects.filter(planned_on=dt.date(2026, 11, 21)).update(status="paused")
    Heartbeat.objects.create(cluster="a", beat_at=NOON - dt.timedelta(hours=2))
    batch = make_batch()
    type(batch).objects.filter(pk=batch.pk).update(status="refused", refusal_code="R03")
    assert overview(for_user=user, now=NOON).alarms == [
        "Aucune vague n’a été planifiée pour le 20 novembre 2026.",
        "Aucune vague n’a été planifiée pour le 22 novembre 2026.",
        "L’envoi de la vague du 21 novembre 2026 est suspendu.",
        "Les tâches de fond ne donnent plus signe de vie depuis le 22 novembre 2026 10:00.",
        "Le fichier REM_01C751000_20261120_0001.csv a été refusé (R03).",
    ]


@pytest.mark.django_db
def test_today_is_not_late_before_eight() -> None:
    user = make_staff()
    DigestRun.objects.create(planned_on=dt.date(2026, 11, 21), cohort=1)
    early = dt.datetime(2026, 11, 22, 6, 59, tzinfo=dt.UTC)  # 07:59 in Paris
    Heartbeat.objects.create(cluster="a", beat_at=early)
    assert overview(for_user=user, now=early).alarms == []
    late = early + dt.timedelta(minutes=1)
    assert overview(for_user=user, now=late).alarms == ["Aucune vague n’a été planifiée pour le 22 novembre 2026."]


@pytest.mark.django_db
def test_due_people_are_counted_exactly_while_few_then_estimated() -> None:
    def add(first: int, last: int) -> None:
        run_sql(
            """INSERT INTO outreach_digestdue (insured_id, cohort, line_count, first_payment_on, last_payment_on)
               SELECT n, n %% 10, 1, current_date, current_date FROM generate_series(%s, %s) n""",
            [first, last],
        )

    add(1, 25)
    assert row_count(DigestDue) == RowCount(rows=25, is_exact=True)
    add(26, EXACT_UP_TO + 5_000)
    # An autovacuum that comes in between does not count the rows of this open transaction: then once more.
    for _ in range(5):
        analyze("outreach_digestdue")
        estimate = row_count(DigestDue)
        if abs(estimate.rows - EXACT_UP_TO - 5_000) < 1_000:
            break
    assert not estimate.is_exact
    assert abs(estimate.rows - EXACT_UP_TO - 5_000) < 1_000


@pytest.mark.django_db
def test_the_first_page_uses_the_present_moment() -> None:
    with time_machine.travel(NOON, tick=False):
        user = make_staff()
        DigestRun.objects.create(planned_on=timezone.localdate(), cohort=1)
        page = client_of(user).get(reverse("admin:index")).content.decode()
    assert "encore jamais donné signe de vie" in page
