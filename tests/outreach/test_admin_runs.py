"""Runs in the console: progress, counts, suspending and resuming."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.staff.roles import Role
from outreach.digest.models import DigestRun
from outreach.digest.pausing import RunStateError, pause_run, resume_run
from outreach.digest.progress import percent_done, with_progress
from tests.console_rows import RUN_DAY, make_wave
from tests.staff import make_staff, staff_client

LIST = "admin:outreach_digestrun_changelist"
PAGE = "admin:outreach_digestrun_change"


@pytest.mark.django_db
def test_the_list_shows_progress_in_as_many_queries_for_ten_runs_as_for_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = staff_client()
    make_wave()
    client.get(reverse(LIST))
    # session, account, device, two of permissions, one row more than the page, the page, its keys, what came
    queries = 9
    with django_assert_num_queries(queries) as one:
        page = client.get(reverse(LIST)).content.decode()
    assert '<progress max="100" value="33"' in page
    for n in range(1, 10):
        make_wave(RUN_DAY - dt.timedelta(days=n), first_person=100 * n)
    with django_assert_num_queries(len(one.captured_queries)):
        client.get(reverse(LIST))
    assert not [q for q in one.captured_queries if "count(" in q["sql"].lower()]


@pytest.mark.django_db
def test_the_page_counts_messages_by_state() -> None:
    wave = make_wave(people=4)
    page = staff_client().get(reverse(PAGE, args=[wave.run.pk])).content.decode()
    assert "<td>remis au prestataire</td>" in page
    assert '<td class="number">3</td>' in page
    assert "Suspendre" not in page  # an investigator looks only


@pytest.mark.django_db
def test_a_supervisor_suspends_and_resumes_after_confirming() -> None:
    run = make_wave().run
    client = staff_client(Role.SUPERVISOR)
    pause, resume = (reverse(f"admin:outreach_digestrun_{name}", args=[run.pk]) for name in ("pause", "resume"))
    assert "Suspendre l’envoi" in client.get(pause).content.decode()
    run.refresh_from_db()
    assert run.status == "sending"  # looking changes nothing
    assert "L’envoi est suspendu" in client.post(pause, follow=True).content.decode()
    run.refresh_from_db()
    assert run.status == "paused"
    assert "Rien n’a changé" in client.post(pause, follow=True).content.decode()
    client.post(resume)
    run.refresh_from_db()
    assert run.status == "sending"
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == ["Envoi suspendu.", "Envoi repris."]


@pytest.mark.django_db
def test_an_investigator_cannot_suspend() -> None:
    run = make_wave().run
    client = staff_client()
    for name in ("pause", "resume"):
        assert client.post(reverse(f"admin:outreach_digestrun_{name}", args=[run.pk])).status_code == 403
    run.refresh_from_db()
    assert run.status == "sending"


@pytest.mark.django_db
def test_a_finished_run_is_neither_suspended_nor_resumed() -> None:
    run = make_wave().run
    DigestRun.objects.filter(pk=run.pk).update(status="finished", finished_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    user = make_staff(role=Role.SUPERVISOR)
    for change in (pause_run, resume_run):
        with pytest.raises(RunStateError):
            change(run, by=user)
    assert not LogEntry.objects.exists()


@pytest.mark.django_db
def test_progress_is_read_from_the_chunks_of_open_runs() -> None:
    run = make_wave(people=4).run
    assert percent_done(with_progress(DigestRun.objects.filter(pk=run.pk)).get()) == 25
    run.chunks.update(status="done")
    assert percent_done(with_progress(DigestRun.objects.filter(pk=run.pk)).get()) == 100
    empty = DigestRun.objects.create(planned_on=RUN_DAY - dt.timedelta(days=1), cohort=1)
    assert percent_done(with_progress(DigestRun.objects.filter(pk=empty.pk)).get()) == 100


@pytest.mark.django_db
@pytest.mark.parametrize(("typed", "found"), [("20/11/2026", 1), ("21/11/2026", 0), ("31/02/2026", 0)])
def test_a_run_is_found_by_its_day(typed: str, found: int) -> None:
    make_wave()
    answer = staff_client().get(reverse(LIST), {"q": typed})
    assert len(answer.context["cl"].result_list) == found
