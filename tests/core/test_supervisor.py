"""Real clusters, really killed. The worst case is a worker killed while it waits: django-q2 then runs nothing more."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from ameli_notify.core.jobs import enqueue
from ameli_notify.core.models import Heartbeat
from ameli_notify.core.processes import HOME_VARIABLE, end_processes
from ameli_notify.core.pulse import Patience, Pulse
from ameli_notify.core.supervisor import LONGEST_BACK_OFF, back_off
from ameli_notify.core.tasks import BEAT, CLUSTER_VARIABLE

SILENCE = 3.0
ENOUGH = 150.0

pytestmark = [pytest.mark.xdist_group("supervisor")]


class Jobs:
    """``run_jobs`` as a process of its own, on the test's database."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.home = environment["VAR_DIR"]
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "django", "run_jobs",
                f"--silence={SILENCE}", "--start=20", "--grace=1",
            ],
            cwd=settings.BASE_DIR, env=self._environment,
        )  # fmt: skip
        self._started.append(process)
        return process

    def finish(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait()
        end_processes(HOME_VARIABLE, self.home)

    def processes(self) -> set[int]:
        return marked(HOME_VARIABLE, self.home)


@pytest.fixture
def jobs(process_environment: dict[str, str]) -> Iterator[Jobs]:
    running = Jobs(process_environment | {"QUEUE_WORKERS": "2"})
    yield running
    running.finish()


def until(condition: Callable[[], object], *, what: str, seconds: float = ENOUGH) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.1)


def marked(variable: str, value: str) -> set[int]:
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if f"{variable}={value}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found.add(int(folder.name))
            except OSError:
                continue
    return found


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def beating_clusters() -> set[str]:
    return set(Heartbeat.objects.values_list("cluster", flat=True)) - {"unsupervised"}


def beat_of(cluster: str) -> dt.datetime:
    return Heartbeat.objects.get(cluster=cluster).beat_at


def workers(cluster: str) -> list[int]:
    """django-q2 forks its workers first, then its monitor and its pusher."""
    processes = marked(CLUSTER_VARIABLE, cluster)
    parent = next(pid for pid in processes if os.getsid(pid) == pid)
    (sentinel,) = children(parent)
    return children(sentinel)[:2]


@pytest.mark.chaos
def test_a_cluster_that_lost_its_idle_workers_is_replaced_and_works_again(jobs: Jobs) -> None:
    supervisor = jobs.start()
    until(beating_clusters, what="the first beat")
    (first,) = beating_clusters()

    killed_at: dt.datetime | None = None

    def kill_until_replaced() -> bool:
        """Whether it is. As long as it beats, its workers were at work when killed: django-q2 itself replaced them."""
        nonlocal killed_at
        if beating_clusters() - {first}:
            return True
        if beat_of(first) != killed_at:
            for pid in workers(first):
                os.kill(pid, signal.SIGKILL)
            killed_at = beat_of(first)
        return False

    until(kill_until_replaced, what="a beat of the next cluster")
    (second,) = beating_clusters() - {first}
    assert marked(CLUSTER_VARIABLE, first) == set()

    Heartbeat.objects.all().delete()
    enqueue(BEAT)
    until(lambda: second in beating_clusters(), what="a task enqueued afterwards")

    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(timeout=10) == 0
    assert jobs.processes() == set()


@pytest.mark.chaos
def test_a_dead_parent_is_noticed_and_its_orphans_are_ended(jobs: Jobs) -> None:
    jobs.start()
    until(beating_clusters, what="the first beat")
    (first,) = beating_clusters()
    (parent,) = (pid for pid in marked(CLUSTER_VARIABLE, first) if os.getsid(pid) == pid)
    os.kill(parent, signal.SIGKILL)
    until(lambda: not marked(CLUSTER_VARIABLE, first), what="the end of the orphans")
    until(lambda: beating_clusters() - {first}, what="a beat of the next cluster")
    (second,) = beating_clusters() - {first}
    assert marked(CLUSTER_VARIABLE, second)
    assert marked(CLUSTER_VARIABLE, first) == set()


@pytest.mark.chaos
def test_a_killed_supervisor_leaves_no_second_cluster_at_the_next_start(jobs: Jobs) -> None:
    killed = jobs.start()
    until(beating_clusters, what="the first beat")
    (first,) = beating_clusters()
    killed.kill()
    killed.wait()
    assert marked(CLUSTER_VARIABLE, first), "django-q2 goes on alone: that is the danger"

    jobs.start()
    until(lambda: beating_clusters() - {first}, what="a beat of the next cluster")
    (second,) = beating_clusters() - {first}
    assert marked(CLUSTER_VARIABLE, first) == set()
    assert jobs.processes() == marked(CLUSTER_VARIABLE, second)


@pytest.mark.chaos
def test_two_supervisors_of_one_folder_refuse_each_other(jobs: Jobs) -> None:
    jobs.start()
    until(beating_clusters, what="the first beat")
    assert jobs.start().wait(timeout=ENOUGH) == 1
    assert len({os.getsid(pid) for pid in jobs.processes()}) == 1


def test_other_peoples_processes_are_left_alone(tmp_path: Path) -> None:
    folder = str(tmp_path)
    ours = subprocess.Popen(["sleep", "60"], env={HOME_VARIABLE: folder}, start_new_session=True)
    theirs = subprocess.Popen(["sleep", "60"], env={HOME_VARIABLE: folder + "-else"}, start_new_session=True)
    try:
        until(lambda: marked(HOME_VARIABLE, folder), what="the process's environment")
        assert end_processes(HOME_VARIABLE, folder) == 1
        assert ours.wait(timeout=5) == -signal.SIGKILL
        assert theirs.poll() is None
    finally:
        theirs.kill()
        theirs.wait()


def test_the_delay_doubles_up_to_a_minute() -> None:
    assert [back_off(failures) for failures in range(4)] == [0.0, 1.0, 2.0, 4.0]
    assert back_off(500) == LONGEST_BACK_OFF


def test_silence_is_excused_while_the_database_cannot_answer(transactional_db: None) -> None:
    pulse = Pulse("host:test", Patience(silence=10, start=10))
    assert pulse.complaint(11) == "its workers never ran a task"
    assert connection.connection is not None
    connection.connection.close()
    assert pulse.complaint(12) == ""
    assert pulse.complaint(21) == ""
    assert pulse.complaint(23) == "its workers never ran a task"
