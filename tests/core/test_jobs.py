"""Jobs enter the queue on commit, carry nothing personal, and schedules follow the code."""

import ast
import datetime as dt
import logging
import threading
from importlib.util import find_spec

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule
from django_q.scheduler import scheduler

from ameli_notify.core.jobs import RUNNER, JobArgumentError, Recurring, SyncResult, enqueue, sync_schedules
from ameli_notify.core.models import Heartbeat
from ameli_notify.core.tasks import BEAT, JobFailedError, beat, run
from ameli_notify.schedules import SCHEDULES
from tests.guards.personal_data import CANARY_EMAIL, CANARY_NIR, CANARY_PHONE

NIGHTLY = Recurring(name="test.nightly", task=BEAT, daily_at=dt.time(3, 10))
OFTEN = Recurring(name="test.often", task=BEAT, minutes=5, args=("email", 3))


def spells_out_a_row(person_id: int) -> None:
    """A task for the tests: fails with an exception that quotes what it failed on."""
    raise ValueError(f"person {person_id} <{CANARY_EMAIL}> has the NIR {CANARY_NIR}")


class TestEnqueue:
    def test_a_job_exists_once_the_transaction_commits(self, transactional_db: None) -> None:
        with transaction.atomic():
            enqueue(BEAT)
            assert not OrmQ.objects.exists()
        task = OrmQ.objects.get().task
        assert (task["func"], task["args"]) == (RUNNER, (BEAT,))

    def test_a_rolled_back_transaction_leaves_no_job(self, transactional_db: None) -> None:
        with transaction.atomic():
            enqueue(BEAT)
            transaction.set_rollback(True)
        assert not OrmQ.objects.exists()

    def test_an_unknown_task_is_refused_where_it_is_named(self) -> None:
        with pytest.raises(ImportError):
            enqueue("ameli_notify.core.tasks.no_such_task")

    @pytest.mark.parametrize(
        "value", [CANARY_NIR, int(CANARY_NIR), CANARY_EMAIL, CANARY_PHONE, "06 00 01 23 45", "x" * 65, 10**70]
    )
    def test_what_looks_personal_or_long_is_refused_without_repeating_it(self, value: int | str) -> None:
        with pytest.raises(JobArgumentError) as refusal:
            enqueue(BEAT, value)
        assert str(value) not in str(refusal.value)

    @pytest.mark.parametrize("value", [None, True, 1.5, b"raw", [1], {"id": 1}, object()])
    def test_only_ids_dates_and_words_travel(self, value: object) -> None:
        with pytest.raises(JobArgumentError, match="argument 1 is a"):
            enqueue(BEAT, value)  # type: ignore[arg-type]

    def test_ids_dates_words_and_uuids_pass(self, transactional_db: None) -> None:
        enqueue(BEAT, 7, dt.date(2026, 3, 1), "email", "550e8400-e29b-41d4-a716-a0601234567b")
        assert OrmQ.objects.get().task["args"][1:3] == (7, dt.date(2026, 3, 1))


class TestRun:
    def test_a_failure_says_where_and_never_what(self) -> None:
        with pytest.raises(JobFailedError) as failure:
            run(f"{__name__}.spells_out_a_row", 5)
        assert "ValueError at " in str(failure.value)
        assert "spells_out_a_row" in str(failure.value)
        assert CANARY_EMAIL not in str(failure.value)
        assert failure.value.__suppress_context__

    def test_a_beat_is_one_row_a_cluster(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AMELI_JOBS_CLUSTER", "host:1")
        beat()
        beat()
        assert Heartbeat.objects.get().cluster == "host:1"

    def test_clusters_silent_for_days_are_forgotten(self, db: None) -> None:
        Heartbeat.objects.create(cluster="long gone", beat_at=timezone.now() - dt.timedelta(days=2))
        beat()
        assert [row.cluster for row in Heartbeat.objects.all()] == ["unsupervised"]


class TestRecurring:
    def test_needs_exactly_one_rhythm(self) -> None:
        with pytest.raises(ValueError, match="either minutes or daily_at"):
            Recurring(name="x", task=BEAT)
        with pytest.raises(ValueError, match="either minutes or daily_at"):
            Recurring(name="x", task=BEAT, minutes=1, daily_at=dt.time(3))
        with pytest.raises(ValueError, match="1 or more"):
            Recurring(name="x", task=BEAT, minutes=0)

    def test_personal_arguments_are_refused(self) -> None:
        with pytest.raises(JobArgumentError):
            Recurring(name="x", task=BEAT, minutes=1, args=(CANARY_EMAIL,))

    @pytest.mark.parametrize("word", ["it's", 'say "x"', "back\\slash", "new\nline", "é’«»", ""])
    def test_stored_arguments_parse_back(self, word: str) -> None:
        stored = Recurring(name="x", task=BEAT, minutes=1, args=(word, 4)).stored_args
        assert ast.literal_eval(stored) == (BEAT, word, 4)

    def test_a_daily_task_starts_at_its_next_local_hour(self) -> None:
        paris = timezone.get_current_timezone()
        before, after = (dt.datetime(2026, 7, 1, hour, tzinfo=paris) for hour in (1, 5))
        assert NIGHTLY.first_run(before) == dt.datetime(2026, 7, 1, 3, 10, tzinfo=paris)
        assert NIGHTLY.first_run(after) == dt.datetime(2026, 7, 2, 3, 10, tzinfo=paris)


class TestSyncSchedules:
    def test_creates_keeps_updates_and_deletes(self, db: None) -> None:
        assert sync_schedules([NIGHTLY, OFTEN]) == SyncResult(created=2, updated=0, deleted=0)
        next_runs = dict(Schedule.objects.values_list("name", "next_run"))
        assert sync_schedules([NIGHTLY, OFTEN]) == SyncResult(created=0, updated=0, deleted=0)
        assert dict(Schedule.objects.values_list("name", "next_run")) == next_runs
        moved = Recurring(name=NIGHTLY.name, task=BEAT, daily_at=dt.time(4, 0))
        assert sync_schedules([moved]) == SyncResult(created=0, updated=1, deleted=1)
        row = Schedule.objects.get()
        assert row.next_run is not None
        assert timezone.localtime(row.next_run).time() == dt.time(4, 0)

    def test_rows_that_would_stop_the_others_are_removed(self, db: None) -> None:
        Schedule.objects.create(name=None, func=RUNNER, args="(unparsable", schedule_type=Schedule.MINUTES)
        Schedule.objects.create(name=OFTEN.name, func=RUNNER, args="(unparsable", schedule_type=Schedule.MINUTES)
        Schedule.objects.create(name=OFTEN.name, func=RUNNER, args="(again", schedule_type=Schedule.MINUTES)
        assert sync_schedules([OFTEN]) == SyncResult(created=0, updated=1, deleted=2)
        assert Schedule.objects.get().args == OFTEN.stored_args

    def test_an_exhausted_or_stuck_row_is_revived(self, db: None) -> None:
        sync_schedules([OFTEN])
        Schedule.objects.update(repeats=0, next_run=None)
        assert sync_schedules([OFTEN]).updated == 1
        row = Schedule.objects.get()
        assert row.repeats == -1
        assert row.next_run is not None

    def test_two_tasks_of_one_name_are_refused(self, db: None) -> None:
        with pytest.raises(ValueError, match=r"two recurring tasks are called test\.often"):
            sync_schedules([OFTEN, Recurring(name=OFTEN.name, task=BEAT, minutes=9)])

    def test_hosts_that_start_together_make_one_row_each(self, transactional_db: None) -> None:
        barrier = threading.Barrier(4)

        def start() -> None:
            barrier.wait()
            sync_schedules([NIGHTLY, OFTEN])
            connection.close()

        threads = [threading.Thread(target=start) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Schedule.objects.count() == 2

    def test_django_q_turns_a_due_row_into_a_runnable_job(self, transactional_db: None) -> None:
        sync_schedules([OFTEN])
        Schedule.objects.update(next_run=timezone.now() - dt.timedelta(seconds=1))
        scheduler()
        task = OrmQ.objects.get().task
        assert (task["func"], task["args"], task["group"]) == (RUNNER, (BEAT, "email", 3), OFTEN.name)

    def test_the_command_says_what_it_did(self, db: None, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("sync_schedules")
        assert f"Tâches récurrentes : {len(SCHEDULES)} ({len(SCHEDULES)} créées" in capsys.readouterr().out


class TestDeclaredSchedules:
    def test_each_names_a_task_that_exists(self) -> None:
        for item in SCHEDULES:
            assert callable(import_string(item.task)), item.name
            assert ast.literal_eval(item.stored_args)[0] == item.task

    def test_none_is_forgotten_at_the_top_floor(self) -> None:
        floors = ("ameli_notify.core", "accounts", "reimbursements", "outreach", "fraud")
        declared = {
            item
            for floor in floors
            if find_spec(f"{floor}.schedules")
            for item in import_string(f"{floor}.schedules.SCHEDULES")
        }
        assert declared == set(SCHEDULES)

    def test_names_are_unique(self) -> None:
        assert len({item.name for item in SCHEDULES}) == len(SCHEDULES)


def test_the_job_log_is_quiet_about_people(caplog: pytest.LogCaptureFixture, db: None) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(JobFailedError):
        run(f"{__name__}.spells_out_a_row", 5)
    assert CANARY_NIR not in caplog.text
