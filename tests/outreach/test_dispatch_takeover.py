"""After a crash: what the dead sender's journal knows is kept, the rest of its window is unknown and due again."""

import datetime as dt
import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from pytest_django import Settings

from ameli_notify.core.sql import fetch_value, run
from outreach.channels.base import Outcome, OutcomeKind
from outreach.channels.journal import read_journal
from outreach.digest.invariants import check_invariants
from outreach.digest.schema import NOTIFICATION
from outreach.notifications.dispatch import identity, journals, lane, ledger
from outreach.notifications.dispatch.identity import is_certainly_dead, own_identity
from outreach.notifications.dispatch.ledger import Claim, LostLease
from outreach.notifications.dispatch.outcomes import OutcomeGroup
from outreach.notifications.dispatch.writing import settle
from outreach.notifications.enums import Channel
from tests.outreach.conftest import StartSender, StartSink
from tests.outreach.outbox import (
    LEASE,
    OTHER_HOST,
    claim,
    counts,
    due_people,
    end_lease,
    let_retries_be_due,
    message_ids,
    person_of,
    plan_people,
    rows,
    send,
    start_python,
    statuses,
    steal,
    wait_until,
)

pytestmark = pytest.mark.django_db(transaction=True)


def hand_up_first(number: int, held: Claim) -> list[int]:
    """Commit that the first rows are about to go; their ids."""
    ids = list(statuses())[:number]
    ledger.hand_up(held, up_to=ids[-1], lease=LEASE)
    return ids


def write_journal(held: Claim, outcomes: Sequence[Outcome]) -> None:
    with journals.open_chunk_journal(held.chunk_id, held.token) as journal:
        journal.record(outcomes)


def test_the_journal_of_a_dead_sender_is_believed(start_sink: StartSink) -> None:
    sink = start_sink()
    plan_people(20)
    held = claim()
    handed = hand_up_first(8, held)
    kinds = [OutcomeKind.ACCEPTED, OutcomeKind.PERMANENT, OutcomeKind.TEMPORARY, OutcomeKind.NOT_TRIED]
    write_journal(held, [Outcome(each, kind, "") for each, kind in zip(handed, kinds, strict=False)])
    end_lease(held.chunk_id)

    tally = send()

    found = statuses()
    assert [found[each] for each in handed] == [
        "sending", "permanent-failure", "created", "created", "unknown", "unknown", "unknown", "unknown",
    ]  # fmt: skip
    assert (tally.outcomes["taken-over"], tally.outcomes["unknown"]) == (1, 4)
    assert due_people() == {person_of(each) for each in handed[4:]}
    assert sorted(sink.accepted_ids()) == sorted(message_ids(list(found)[8:])), "nothing handed up is sent blindly"
    let_retries_be_due()
    send()
    assert len(sink.accepted_ids()) == 12 + 2, "what certainly was not accepted is tried again"
    assert not any(check_invariants().values())
    assert list(journals.folder().iterdir()) == []


GONE = own_identity().rpartition("/")[0] + "/a-start-time-long-past"
"""A sender of this very place that certainly is dead."""


def test_what_a_dead_sender_never_began_is_sent(start_sink: StartSink) -> None:
    sink = start_sink()
    plan_people(20)
    held = claim()
    handed = hand_up_first(8, held)
    write_journal(held, [Outcome(handed[0], OutcomeKind.ACCEPTED, "")])
    with journals.open_begun_log(held.chunk_id, held.token, owner=GONE) as log:
        log.offer(handed[:6])
        log.begin(handed[:3])
    end_lease(held.chunk_id)

    tally = send()

    found = statuses()
    assert [found[each] for each in handed] == ["sending", *["unknown"] * 2, *["created"] * 3, *["unknown"] * 2]
    assert tally.outcomes["unknown"] == 4
    let_retries_be_due()
    send()
    assert sorted(sink.accepted_ids()) == sorted(message_ids([*handed[3:6], *list(found)[8:]]))
    assert due_people() == {person_of(handed[at]) for at in (1, 2, 6, 7)}
    assert not any(check_invariants().values())
    assert list(journals.folder().iterdir()) == []


@pytest.mark.parametrize(
    "owner",
    [own_identity(), OTHER_HOST, "", GONE.replace("/", "-")],
    ids=["alive", "on another host", "nobody", "not a name"],
)
def test_what_may_still_be_begun_is_unknown(start_sink: StartSink, owner: str) -> None:
    """A sender that lives, stopped or not, may go on with its window; another host's cannot be judged."""
    start_sink()
    plan_people(20)
    held = claim()
    handed = hand_up_first(8, held)
    with journals.open_begun_log(held.chunk_id, held.token, owner=owner) as log:
        log.offer(handed)
    end_lease(held.chunk_id)

    send()

    assert counts() == {"sending": 12, "unknown": 8}


def test_a_window_that_its_sender_gave_up_is_sent_whoever_it_is(start_sink: StartSink) -> None:
    start_sink()
    plan_people(20)
    held = claim()
    handed = hand_up_first(8, held)
    with journals.open_begun_log(held.chunk_id, held.token, owner=OTHER_HOST) as log:
        log.offer(handed)
        log.begin(handed[:1])
        log.end()
    end_lease(held.chunk_id)

    send()
    let_retries_be_due()
    send()

    assert counts() == {"sending": 19, "unknown": 1}


def test_without_a_journal_the_window_is_unknown(start_sink: StartSink) -> None:
    sink = start_sink()
    plan_people(20)
    held = claim()
    handed = hand_up_first(8, held)
    end_lease(held.chunk_id)

    send()

    assert counts() == {"sending": 12, "unknown": 8}
    assert due_people() == {person_of(each) for each in handed}
    assert not set(sink.accepted_ids()) & set(message_ids(handed))
    assert not any(check_invariants().values())


def test_the_lease_of_another_host_is_waited_for(start_sink: StartSink) -> None:
    start_sink()
    plan_people(5)
    claim()
    assert send().handed == 0
    assert counts() == {"created": 5}
    assert 50 < (ledger.seconds_until_next(Channel.EMAIL) or 0) <= 60


@pytest.mark.parametrize("keeps_journal", [True, False])
def test_a_killed_sender_is_replaced(
    start_sink: StartSink, start_sender: StartSender, journals_here: Path, *, keeps_journal: bool
) -> None:
    sink = start_sink("--delay", "0.05")
    plan_people(120)
    # Two connections: two messages each in hand, two told ahead, and the answers of 0.2 s that wait for company.
    victim = start_sender(DISPATCH_WINDOW=20)
    wait_until(lambda: len(sink.accepted_ids()) >= 30)
    victim.kill()
    victim.wait()
    (path,) = journals_here.glob("*.journal")
    known = read_journal(path)
    accepted_before = len(sink.accepted_ids())
    if not keeps_journal:
        for lost in journals_here.iterdir():
            lost.unlink()

    send()
    let_retries_be_due()
    send()

    found = statuses()
    tally = Counter(found.values())
    assert set(tally) <= {"sending", "unknown"}
    assert tally["unknown"] <= (14 if keeps_journal else 20), "more than was under way"
    accepted = Counter(sink.accepted_ids())
    assert set(accepted.values()) == {1}, "handed over twice"
    by_message_id = message_ids(found)
    in_ledger = {by_message_id[each] for each in accepted}
    assert {each for each, status in found.items() if status == "sending"} <= in_ledger
    assert all(found[each] in {"sending", "unknown"} for each in in_ledger)
    if keeps_journal:
        assert len(known) >= accepted_before - 10
        assert all(found[each] == "sending" for each in known), "an answer in the journal was forgotten"
    assert due_people() == {person_of(each) for each, status in found.items() if status == "unknown"}
    assert not any(check_invariants().values())


def test_a_stopped_sender_wakes_to_a_lost_lease(
    start_sink: StartSink, start_sender: StartSender, settings: Settings
) -> None:
    sink = start_sink("--delay", "0.05")
    plan_people(80)
    zombie = start_sender(DISPATCH_WINDOW=20, DISPATCH_LEASE_SECONDS=2)
    wait_until(lambda: len(sink.accepted_ids()) >= 5)
    os.kill(zombie.pid, signal.SIGSTOP)
    try:
        assert send().handed == 0, "a stopped sender lives until its lease ends"
        wait_until(lambda: fetch_value("SELECT leased_until < now() FROM outreach_notificationchunk"))
        send()
        unknown = {each for each, status in statuses().items() if status == "unknown"}
    finally:
        os.kill(zombie.pid, signal.SIGCONT)
    _, log = zombie.communicate(timeout=20)

    assert zombie.returncode == 0
    assert "lease lost" in log
    accepted = Counter(sink.accepted_ids())
    assert set(accepted.values()) == {1}, "handed over twice"
    found = statuses()
    assert set(found.values()) == {"sending", "unknown"}
    assert {each for each, status in found.items() if status == "unknown"} == unknown, "the zombie wrote an outcome"
    assert 0 < len(unknown) <= 20
    assert len(accepted) >= 60
    assert not any(check_invariants().values())


def test_whoever_lost_the_chunk_may_not_hand_up() -> None:
    plan_people(10)
    held = claim()
    (first, *_) = statuses()
    steal(held.chunk_id)
    with pytest.raises(LostLease):
        ledger.hand_up(held, up_to=first, lease=LEASE)
    with pytest.raises(LostLease):
        ledger.renew(held, lease=LEASE)
    with pytest.raises(LostLease):
        ledger.count_start(held, first, composed=None)


def test_a_lease_that_ended_is_lost_even_if_nobody_took_it() -> None:
    plan_people(10)
    held = claim()
    end_lease(held.chunk_id)
    with pytest.raises(LostLease):
        ledger.hand_up(held, up_to=held.first_id, lease=LEASE)
    with pytest.raises(LostLease):
        ledger.renew(held, lease=LEASE)


def test_a_late_write_with_an_old_token_changes_nothing() -> None:
    plan_people(10)
    held = claim()
    ids = hand_up_first(10, held)
    steal(held.chunk_id)
    group = OutcomeGroup(accepted=ids[:3], permanent={ids[3]: "550"}, retry={ids[4]: "450"}, unknown=ids[5:])

    written = settle(held.day, group, fence=ledger.OWNED, fence_values=held.fence_values)

    assert written == 0
    assert counts() == {"created": 10}
    assert due_people() == set()
    with pytest.raises(LostLease):
        ledger.finish(held)
    ledger.give_back(held, wait=dt.timedelta(0))
    assert fetch_value("SELECT status FROM outreach_notificationchunk") == "claimed"


def test_a_chunk_is_not_finished_before_its_end() -> None:
    plan_people(10)
    held = claim()
    hand_up_first(9, held)
    with pytest.raises(LostLease):
        ledger.finish(held)


def test_an_outcome_is_written_once() -> None:
    plan_people(3)
    held = claim()
    ids = hand_up_first(3, held)
    group = OutcomeGroup(accepted=ids)
    assert settle(held.day, group, fence=ledger.OWNED, fence_values=held.fence_values) == 3
    late = OutcomeGroup(unknown=ids[:1], retry={ids[1]: "450"}, permanent={ids[2]: "550"})
    assert settle(held.day, late, fence=ledger.OWNED, fence_values=held.fence_values) == 0
    assert counts() == {"sending": 3}
    assert due_people() == set()


def put_in_lane(ids: Sequence[int]) -> None:
    run(f"UPDATE {NOTIFICATION} SET next_attempt_at = now() - interval '1 second' WHERE id = ANY(%s)", [list(ids)])


def test_a_row_of_the_lane_left_by_a_dead_sender(start_sink: StartSink) -> None:
    sink = start_sink()
    plan_people(6)
    ids = list(statuses())
    put_in_lane(ids)
    held = lane.claim_rows(Channel.EMAIL, limit=4, lease=LEASE)
    assert held is not None
    assert held.ids == ids[:4]
    with journals.open_lane_journal(held.token) as journal:
        journal.record([Outcome(ids[0], OutcomeKind.ACCEPTED, ""), Outcome(ids[1], OutcomeKind.TEMPORARY, "")])
    run(f"UPDATE {NOTIFICATION} SET next_attempt_at = now() - interval '1 second' WHERE status = 'claimed'")

    send()

    found = statuses()
    assert [found[each] for each in ids] == ["sending", "created", "unknown", "unknown", "sending", "sending"]
    assert sorted(sink.accepted_ids()) == sorted(message_ids(ids[4:]))
    assert due_people() == {person_of(each) for each in ids[2:4]}
    group = OutcomeGroup(accepted=ids[:4])
    assert lane.settle_rows(held, group) == 0, "the dead sender's token still writes"


def test_two_claims_of_the_lane_share_its_rows() -> None:
    plan_people(6)
    put_in_lane(list(statuses()))
    first = lane.claim_rows(Channel.EMAIL, limit=4, lease=LEASE)
    second = lane.claim_rows(Channel.EMAIL, limit=4, lease=LEASE)
    assert first is not None
    assert second is not None
    assert len(first.ids) == 4
    assert len(second.ids) == 2
    assert not set(first.ids) & set(second.ids)
    assert lane.claim_rows(Channel.EMAIL, limit=4, lease=LEASE) is None
    assert {attempts for (attempts,) in rows("attempts")} == {1}, "the attempt counts before the work"


def test_only_a_vanished_process_of_this_host_is_certainly_dead(process_environment: dict[str, str]) -> None:
    other = start_python("-c", "input()", env=process_environment)
    room, _, start = own_identity().rsplit("/", 2)
    assert not is_certainly_dead(own_identity())
    assert not is_certainly_dead(OTHER_HOST)
    assert is_certainly_dead(f"{room}/{other.pid}/{start}-reused"), "the number passed to another process"
    other.kill()
    time.sleep(0.1)
    assert is_certainly_dead(f"{room}/{other.pid}/1"), "not yet waited for, but dead"
    other.communicate()
    assert is_certainly_dead(f"{room}/{other.pid}/1")


def test_a_container_of_the_same_host_name_is_never_judged() -> None:
    """It counts its own process ids: that number 4194303 lives nowhere here says nothing about it."""
    room, _, _ = own_identity().rsplit("/", 2)
    host, digest = room.split("/")
    gone = "4194303/1"
    assert is_certainly_dead(f"{room}/{gone}")
    assert not is_certainly_dead(f"{host}/{digest[::-1]}/{gone}")
    assert not is_certainly_dead(f"{host}/{gone}"), "an identity of before rooms"


def test_a_long_host_name_fits_the_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "h" * 253)
    identity._room.cache_clear()
    try:
        assert len(own_identity()) <= 120
        assert not is_certainly_dead(OTHER_HOST)
    finally:
        identity._room.cache_clear()
