"""Two hundred advisers at once, some of their processes killed: nobody is called twice, no note is lost."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel
from accounts.staff.models import User
from outreach.campaigns.campaign.models import CallCampaign
from outreach.campaigns.claiming.enums import TaskStatus
from outreach.campaigns.claiming.holding import held_by, to_review
from outreach.campaigns.claiming.keeping_time import end_expired
from outreach.campaigns.claiming.models import CallAttempt, CallClaim, CallDraft, CallTask
from outreach.campaigns.claiming.next_call import ClaimError, claim_next
from tests.outreach.campaigns.prevention_rows import make_sixty
from tests.outreach.campaigns.rows import ALWAYS, add_phone, make_campaign, make_list, make_target

pytestmark = pytest.mark.django_db(transaction=True)
PROCESSES, KILLED = 5, 2
ADVISERS = 200
PEOPLE = 120


def make_advisers(number: int) -> list[User]:
    return User.objects.bulk_create(User(username=f"agent-{each:03d}") for each in range(number))


def running(people: int, *, number: str = "") -> CallCampaign:
    for each in range(people):
        make_target(f"Personne {each}", number=number)
    return make_list(make_campaign(windows=ALWAYS))


def at_once(advisers: list[User], *campaigns: CallCampaign) -> list[uuid.UUID | None]:
    """Each adviser asks in a thread of their own, all at the same moment; None for who got nobody."""
    gate = Barrier(len(advisers))

    def ask(place: int) -> uuid.UUID | None:
        try:
            gate.wait(timeout=30)
            return claim_next(campaigns[place % len(campaigns)].pk, by=advisers[place]).token
        except ClaimError:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(advisers)) as pool:
        return list(pool.map(ask, range(len(advisers))))


@pytest.mark.usefixtures("any_hour")
class TestAtTheSameMoment:
    def test_each_gets_another_person(self) -> None:
        campaign, advisers = running(12), make_advisers(16)
        tokens = at_once(advisers, campaign)
        assert len({token for token in tokens if token}) == 12
        assert CallClaim.objects.values("task").distinct().count() == 12
        assert CallTask.objects.filter(status=TaskStatus.CLAIMED).count() == 12

    def test_one_number_rings_once(self) -> None:
        campaign, advisers = running(6, number="+33639980007"), make_advisers(12)
        tokens = at_once(advisers, campaign)
        assert sum(token is not None for token in tokens) == 1

    def test_one_number_under_two_kinds_rings_once(self) -> None:
        for each in range(6):
            person = make_target(f"Personne {each}", number=f"+3363998001{each}")
            ContactChannel.objects.filter(insured=person).update(ended_at=timezone.now(), end_reason="withdrawn")
            add_phone(person, "+33639980008", kind=(ContactKind.MOBILE, ContactKind.LANDLINE)[each % 2])
        campaign, advisers = make_list(make_campaign(windows=ALWAYS)), make_advisers(12)
        tokens = at_once(advisers, campaign)
        assert sum(token is not None for token in tokens) == 1

    def test_one_number_rings_once_over_two_campaigns(self) -> None:
        first = running(4, number="+33639980009")
        for each in range(4):
            add_phone(make_sixty(f"Autre {each}", has_mobile=True), "+33639980009")
        second = make_list(make_campaign(windows=ALWAYS, criteria={"min_age": 60, "max_age": 65}))
        advisers = make_advisers(12)
        tokens = at_once(advisers, first, second)
        assert {first.tasks.count(), second.tasks.count()} == {4}
        assert sum(token is not None for token in tokens) == 1

    def test_two_windows_of_one_adviser_hold_one_call(self) -> None:
        campaign, (adviser,) = running(6), make_advisers(1)
        tokens = at_once([adviser] * 6, campaign)
        assert sum(token is not None for token in tokens) == 1
        assert held_by(adviser) is not None


@pytest.mark.chaos
def test_killed_advisers_lose_no_note_and_nobody_is_called_twice(
    process_environment: dict[str, str], tmp_path: Path
) -> None:
    campaign, advisers = running(PEOPLE), make_advisers(ADVISERS)
    share = ADVISERS // PROCESSES
    ledgers = [tmp_path / f"ledger-{number}" for number in range(2 * PROCESSES)]

    def start(number: int) -> "subprocess.Popen[bytes]":
        own = advisers[(number % PROCESSES) * share : (number % PROCESSES + 1) * share]
        arguments = [str(campaign.pk), str(own[0].pk), str(own[-1].pk), str(ledgers[number])]
        return subprocess.Popen(
            [sys.executable, "-m", "tests.outreach.campaigns.claimer", *arguments],
            cwd=settings.BASE_DIR, env=process_environment,
        )  # fmt: skip

    crowd = [start(number) for number in range(PROCESSES)]
    try:
        for victim in range(KILLED):
            wait_for_lines(ledgers[victim], 5 + victim, written_by=crowd[victim])
            os.kill(crowd[victim].pid, signal.SIGKILL)
        assert [process.wait(timeout=120) for process in crowd[KILLED:]] == [0] * (PROCESSES - KILLED)
    finally:
        for process in crowd:
            process.kill()
            process.wait()

    left = CallClaim.objects.filter(ended_at=None).count()
    assert left <= KILLED, "each process had one adviser at work at a time"
    CallClaim.objects.filter(ended_at=None).update(leased_until=timezone.now() - dt.timedelta(hours=1))
    assert end_expired() == left
    # The same advisers come back and finish the list.
    again = [start(PROCESSES + number) for number in range(KILLED)]
    assert [process.wait(timeout=120) for process in again] == [0] * KILLED

    written = [line.split() for ledger in ledgers for line in lines(ledger)]
    called = Counter(int(value) for kind, value in written if kind == "called")
    assert max(called.values()) == 1, "a number shown once is never shown to somebody else"
    noted = {uuid.UUID(value) for kind, value in written if kind == "noted"}
    kept = set(CallDraft.objects.values_list("claim_id", flat=True)) | set(
        CallAttempt.objects.values_list("claim_id", flat=True)
    )
    assert noted <= kept
    saved = {uuid.UUID(value) for kind, value in written if kind == "saved"}
    assert saved <= set(CallAttempt.objects.values_list("claim_id", flat=True))
    outcomes = Counter(CallTask.objects.values_list("status", flat=True))
    assert set(outcomes) <= {TaskStatus.DONE, TaskStatus.REVIEW}, "everybody was called, or is asked about"
    assert sum(outcomes.values()) == PEOPLE
    assert outcomes[TaskStatus.REVIEW] <= left
    asked_about = {task.pk for adviser in advisers for task in to_review(adviser)}
    assert asked_about == set(CallTask.objects.filter(status=TaskStatus.REVIEW).values_list("pk", flat=True))


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def wait_for_lines(path: Path, number: int, *, written_by: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    """Until the process has got so far, or has ended."""
    until = time.monotonic() + seconds
    while len(lines(path)) < number and written_by.poll() is None:
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.01)
