"""A row that kills its sender, or makes it raise, stops nobody else."""

import datetime as dt
from pathlib import Path
from typing import Final

import pytest
from pytest_django import Settings

from accounts.people.models import ContactChannel
from ameli_notify.core.crypto import key_ring
from ameli_notify.core.sql import run
from outreach.digest.invariants import check_invariants
from outreach.notifications.dispatch import journals, ledger
from tests.outreach.conftest import StartSink
from tests.outreach.outbox import (
    claim,
    counts,
    end_lease,
    message_ids,
    person_of,
    plan_people,
    rows,
    send,
    start_python,
    statuses,
    successful,
    wait_until,
)

pytestmark = pytest.mark.django_db(transaction=True)

SENDER_THAT_DIES: Final = """
import os, pathlib, signal, sys, time
import django
django.setup()
from outreach.notifications.dispatch.composing import Composer
from outreach.notifications.dispatch.sender import Sender
from outreach.notifications.enums import Channel

class DeadlyComposer(Composer):
    def compose(self, row):
        with open(sys.argv[1], "a") as starts:
            starts.write(f"{row.notification_id}\\n")
        if row.notification_id == int(sys.argv[2]):
            if sys.argv[3] == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            while not pathlib.Path(sys.argv[3]).exists():
                time.sleep(0.05)
        return super().compose(row)

sender = Sender(Channel.EMAIL)
sender._composer = DeadlyComposer(Channel.EMAIL)
sender.run(patience=30)
"""


def test_a_row_that_kills_is_parked_after_three_starts(
    start_sink: StartSink, sender_environment: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    sink = start_sink()
    plan_people(1000)
    ids = list(statuses())
    deadly, closed, unusable = ids[340], ids[349], ids[700]
    ContactChannel.objects.filter(insured_id=person_of(closed)).update(address_sealed=b"\x01not sealed by us")
    person = person_of(unusable)
    sealed = key_ring().seal("two words@example.org", context=f"contactchannel.email|{person}")
    ContactChannel.objects.filter(insured_id=person).update(address_sealed=sealed)

    environment = sender_environment | {"EMAIL_URL": settings.EMAIL_URL, "DISPATCH_WINDOW": "200"}
    starts = tmp_path / "starts"
    ends: list[int] = []
    while not ends or (ends[-1] != 0 and len(ends) < 10):
        process = start_python("-c", SENDER_THAT_DIES, str(starts), str(deadly), "die", env=environment)
        process.communicate(timeout=30)
        ends.append(process.returncode)

    assert ends == [-9, -9, -9, 0]
    assert starts.read_text().split().count(str(deadly)) == 3
    parked = [(each, reason) for each, status, reason in rows("id", "status", "status_reason") if status != "sending"]
    assert parked == [(deadly, "poison"), (closed, "address-does-not-open"), (unusable, "address-not-usable")]
    assert counts() == {"permanent-failure": 1, "sending": 997, "technical-failure": 2}
    assert len(sink.accepted_ids()) == len(set(sink.accepted_ids())) == 997
    assert not any(check_invariants().values())


def test_a_row_that_hangs_is_parked_after_three_starts(
    start_sink: StartSink, sender_environment: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    sink = start_sink()
    plan_people(40)
    ids = list(statuses())
    environment = sender_environment | {"EMAIL_URL": settings.EMAIL_URL, "DISPATCH_LEASE_SECONDS": "1"}
    starts, wakes = tmp_path / "starts", tmp_path / "wakes"
    starts.touch()
    command = ("-c", SENDER_THAT_DIES, str(starts), str(ids[20]), str(wakes))

    hung = []
    try:
        for number in range(1, 4):
            hung.append(start_python(*command, env=environment))
            wait_until(lambda: starts.read_text().split().count(str(ids[20])) == number)  # noqa: B023
        successful(start_python(*command, env=environment))
        assert counts() == {"sending": 39, "technical-failure": 1}
        wakes.touch()
        for process in hung:
            successful(process)
    finally:
        for process in hung:
            process.kill()

    assert starts.read_text().split().count(str(ids[20])) == 3
    assert counts() == {"sending": 39, "technical-failure": 1}
    assert sorted(sink.accepted_ids()) == sorted(message_ids(each for each in ids if each != ids[20]))


@pytest.mark.parametrize("position", [0, 7])
def test_neighbours_of_a_killer_are_not_blamed(start_sink: StartSink, position: int) -> None:
    sink = start_sink()
    plan_people(10)
    ids = list(statuses())
    for _ in range(3):
        held = claim()
        if held.starts > 1:
            for before, each in zip([None, *ids], ids[: position + 1], strict=False):
                ledger.count_start(held, each, composed=before)
        end_lease(held.chunk_id)

    send()

    assert counts() == {"sending": 9, "technical-failure": 1}
    assert sorted(sink.accepted_ids()) == sorted(message_ids(each for each in ids if each != ids[position]))


def test_deaths_right_after_the_same_row_park_nobody(start_sink: StartSink) -> None:
    """Killed by somebody else, while the start of the next row was being counted: the log knows better."""
    start_sink()
    plan_people(10)
    ids = list(statuses())
    for _ in range(6):
        held = claim()
        with journals.open_begun_log(held.chunk_id, held.token, owner="somebody") as log:
            for before, each in zip([None, *ids], ids[:4], strict=False):
                if held.starts > 1:
                    ledger.count_start(held, each, composed=before)
                    log.compose(each)
        end_lease(held.chunk_id)

    send()

    assert counts() == {"sending": 10}


def test_random_deaths_park_nobody(start_sink: StartSink) -> None:
    start_sink()
    plan_people(10)
    ids = list(statuses())
    for died_at in (9, 3, 5, 0, 4):
        held = claim()
        for before, each in zip([None, *ids], ids[:died_at], strict=False):
            ledger.count_start(held, each, composed=before)
        end_lease(held.chunk_id)

    send()

    assert counts() == {"sending": 10}


def test_starts_are_forgotten_when_a_chunk_is_given_back() -> None:
    plan_people(10)
    held = claim()
    ledger.give_back(held, wait=dt.timedelta(0))
    run("UPDATE outreach_notificationchunk SET not_before = NULL")
    assert claim().starts == 1
