"""The contract of a channel, proven against two mail servers: ours with faults, and Debian's smtp-sink."""

import os
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from outreach.channels.base import Channel, Outcome, OutcomeKind, Outgoing
from outreach.channels.smtp import SmtpChannel
from outreach.channels.smtp_settings import SmtpSettings
from tests.outreach.sinks import running_sink
from tests.tools import require_tool

ACCEPTED, PERMANENT, TEMPORARY = OutcomeKind.ACCEPTED, OutcomeKind.PERMANENT, OutcomeKind.TEMPORARY
UNKNOWN, NOT_TRIED = OutcomeKind.UNKNOWN, OutcomeKind.NOT_TRIED


def make_messages(count: int, *, first: int = 1) -> list[Outgoing]:
    return [make_message(number) for number in range(first, first + count)]


def make_message(number: int, *, recipient: str | None = None, payload: bytes | None = None) -> Outgoing:
    return Outgoing(
        notification_id=number,
        recipient=recipient if recipient is not None else f"person{number}@example.org",
        message_id=f"{number}@example.net",
        return_path=f"bounce+{number}@example.net",
        payload=payload
        if payload is not None
        else b"Message-ID: <%d@example.net>\r\nSubject: test\r\n\r\nBonjour.\r\n.dot\r\n" % number,
    )


def settings(port: int, **changes: Any) -> SmtpSettings:
    values: dict[str, Any] = {"connections": 4, "backoff": 0.02, "reply_timeout": 10.0, "final_timeout": 10.0}
    return SmtpSettings(host="127.0.0.1", port=port, **{**values, **changes})


@contextmanager
def smtp(port: int, **changes: Any) -> Iterator[Channel]:
    channel = SmtpChannel(settings(port, **changes))
    try:
        yield channel
    finally:
        channel.close()


def outcomes_of(channel: Channel, batch: list[Outgoing]) -> dict[int, Outcome]:
    """Deliver the batch; fails unless every message has exactly one outcome."""
    outcomes = [outcome for group in channel.deliver(batch) for outcome in group]
    counted = Counter(outcome.notification_id for outcome in outcomes)
    assert counted == Counter({message.notification_id: 1 for message in batch})
    return {outcome.notification_id: outcome for outcome in outcomes}


def ids_of(outcomes: dict[int, Outcome], *kinds: OutcomeKind) -> set[str]:
    return {f"{key}@example.net" for key, outcome in outcomes.items() if outcome.kind in kinds}


FAULTS = {
    "none": [],
    "tempfail": ["--tempfail", "0.2"],
    "permfail": ["--permfail", "0.2"],
    "drop-before": ["--drop-before", "0.1"],
    "drop-after": ["--drop-after", "0.1"],
    "stall": ["--stall", "0.02", "--stall-seconds", "1.5"],
    "delay": ["--delay", "0.01"],
    "all": ["--tempfail=.1", "--permfail=.1", "--drop-before=.05", "--drop-after=.05", "--delay=.002"],
}


@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "lock-step"])
@pytest.mark.parametrize("fault", FAULTS)
def test_outcomes_agree_with_the_ledger(tmp_path: Path, fault: str, pipelining: bool) -> None:
    batch = make_messages(300)
    with (
        running_sink(tmp_path, "--seed", "7", *FAULTS[fault]) as sink,
        smtp(sink.port, pipelining=pipelining, final_timeout=0.5 if fault == "stall" else 10.0) as channel,
    ):
        outcomes = outcomes_of(channel, batch)
        channel.close()
        counts = sink.stop()
    kinds = Counter(outcome.kind for outcome in outcomes.values())
    ledger = sink.accepted_ids()
    assert len(ledger) == len(set(ledger)), "a message was handed over twice"
    assert ids_of(outcomes, ACCEPTED) <= set(ledger) <= ids_of(outcomes, ACCEPTED, UNKNOWN)
    assert kinds[TEMPORARY] == counts["tempfail"]
    assert kinds[PERMANENT] == counts["permfail"]
    assert kinds[UNKNOWN] == counts["dropped_before"] + counts["dropped_after"] + counts["stalled"]
    assert kinds[NOT_TRIED] == 0
    if fault not in ("none", "delay"):
        assert kinds[ACCEPTED] < len(batch), "the fault never came"
    assert {o.detail for o in outcomes.values() if o.kind is PERMANENT} <= {"550 5.1.1"}
    assert {o.detail for o in outcomes.values() if o.kind is TEMPORARY} <= {"450 4.2.0"}


@contextmanager
def postfix_sink(*options: str) -> Iterator[int]:
    program = require_tool("smtp-sink", "apt-get install postfix")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([program, *user, *options, f"127.0.0.1:{port}", "100"]) as process:
        try:
            await_port(port)
            yield port
        finally:
            process.kill()


def await_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("smtp-sink did not start")


POSTFIX_CASES = [
    ([], ACCEPTED, "250"),
    (["-p"], ACCEPTED, "250"),
    (["-e"], ACCEPTED, "250"),
    (["-r", "MAIL"], TEMPORARY, "450 4.3.0"),
    (["-f", "MAIL"], PERMANENT, "500 5.3.0"),
    (["-r", "RCPT"], TEMPORARY, "450 4.3.0"),
    (["-f", "RCPT"], PERMANENT, "500 5.3.0"),
    (["-r", "DATA"], TEMPORARY, "450 4.3.0"),
    (["-f", "DATA"], PERMANENT, "500 5.3.0"),
    (["-r", "."], TEMPORARY, "450 4.3.0"),
    (["-f", "."], PERMANENT, "500 5.3.0"),
    (["-Q", "."], TEMPORARY, "421"),
    (["-q", "CONNECT"], NOT_TRIED, "connection lost"),
    (["-q", "EHLO"], NOT_TRIED, "connection lost"),
    (["-q", "MAIL"], NOT_TRIED, "connection lost"),
    (["-q", "RCPT"], NOT_TRIED, "connection lost"),
    (["-q", "DATA"], NOT_TRIED, "connection lost"),
    (["-Q", "RCPT"], NOT_TRIED, "421"),
]


@pytest.mark.parametrize(
    ("options", "kind", "detail"), POSTFIX_CASES, ids=["".join(o) or "plain" for o, _, _ in POSTFIX_CASES]
)
def test_debians_smtp_sink(options: list[str], kind: OutcomeKind, detail: str) -> None:
    with postfix_sink(*options) as port, smtp(port) as channel:
        outcomes = outcomes_of(channel, make_messages(20))
    assert {outcome.kind for outcome in outcomes.values()} == {kind}
    assert all(outcome.detail.startswith(detail) for outcome in outcomes.values())


def test_a_server_that_swallows_messages_is_soon_left() -> None:
    """Each swallowed message is unknown; what waits behind is kept from the same fate."""
    with postfix_sink("-q", ".") as port, smtp(port) as channel:
        outcomes = outcomes_of(channel, make_messages(100))
    kinds = Counter(outcome.kind for outcome in outcomes.values())
    assert kinds[UNKNOWN] + kinds[NOT_TRIED] == 100
    assert 0 < kinds[UNKNOWN] <= 4 * 3, "connections times failures in a row"


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        with smtp(taken.getsockname()[1]) as channel:
            outcomes = outcomes_of(channel, make_messages(50))
    assert {outcome.kind for outcome in outcomes.values()} == {NOT_TRIED}


def test_server_killed_in_the_middle(tmp_path: Path) -> None:
    outcomes: list[Outcome] = []
    with running_sink(tmp_path, "--delay", "0.005") as sink, smtp(sink.port) as channel:
        for group in channel.deliver(make_messages(600)):
            outcomes += group
            if len(outcomes) >= 100:
                sink.process.kill()
    kinds = Counter(outcome.kind for outcome in outcomes)
    by_id = {outcome.notification_id: outcome for outcome in outcomes}
    assert len(outcomes) == len(by_id) == 600
    assert kinds[ACCEPTED] >= 100
    assert kinds[UNKNOWN] <= 4, "one message per connection at most"
    assert kinds[NOT_TRIED] == 600 - kinds[ACCEPTED] - kinds[UNKNOWN]
    ledger = set(sink.accepted_ids())
    assert ids_of(by_id, ACCEPTED) <= ledger <= ids_of(by_id, ACCEPTED, UNKNOWN)


def test_server_comes_back_during_the_batch(tmp_path: Path) -> None:
    """What was NOT_TRIED while the server was away can be handed over later, once."""
    with running_sink(tmp_path) as sink:
        port = sink.port
        with smtp(port) as channel:
            first = outcomes_of(channel, make_messages(20))
            sink.process.kill()
            sink.process.wait()
            lost = outcomes_of(channel, make_messages(20, first=21))
            with running_sink(tmp_path, port=port):
                again = outcomes_of(channel, make_messages(20, first=21))
    assert {o.kind for o in first.values()} == {ACCEPTED}
    assert {o.kind for o in lost.values()} == {NOT_TRIED}
    assert {o.kind for o in again.values()} == {ACCEPTED}
    ledger = sink.accepted_ids()
    assert sorted(ledger) == sorted(f"{n}@example.net" for n in range(1, 41))


def test_connections_are_kept_between_batches(tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        with smtp(sink.port, connections=3) as channel:
            for first in range(1, 200, 20):
                outcomes = outcomes_of(channel, make_messages(20, first=first))
                assert {outcome.kind for outcome in outcomes.values()} == {ACCEPTED}
        assert sink.stop()["connections"] == 3


def test_connection_gone_stale_is_replaced_without_harm(tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        with smtp(sink.port, connections=1, idle_limit=0.0) as channel:
            outcomes_of(channel, make_messages(5))
            time.sleep(0.01)
            outcomes_of(channel, make_messages(5, first=6))
        assert sink.stop()["connections"] == 2


def test_groups_come_early_and_small(tmp_path: Path) -> None:
    with (
        running_sink(tmp_path, "--delay", "0.01") as sink,
        smtp(sink.port, connections=4, group_size=10) as channel,
    ):
        groups = list(channel.deliver(make_messages(200)))
    assert sum(map(len, groups)) == 200
    assert max(map(len, groups)) <= 10 + 4


def test_rate_is_a_ceiling(tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink, smtp(sink.port, rate=100.0) as channel:
        began = time.monotonic()
        outcomes_of(channel, make_messages(60))
        took = time.monotonic() - began
    assert took >= (60 - 10) / 100, "more than a tenth of a second's worth went ahead of the rate"
    assert took < 10


def test_caller_who_leaves_early_leaves_no_mess(tmp_path: Path) -> None:
    with running_sink(tmp_path, "--delay", "0.002") as sink, smtp(sink.port) as channel:
        seen: set[int] = set()
        for group in channel.deliver(make_messages(200)):
            seen |= {outcome.notification_id for outcome in group}
            break
        rest = outcomes_of(channel, make_messages(50, first=1001))
        assert {outcome.kind for outcome in rest.values()} == {ACCEPTED}
        assert {f"{number}@example.net" for number in seen} <= set(sink.accepted_ids())
        assert len(sink.accepted_ids()) == len(set(sink.accepted_ids())) < 250


def test_a_late_caller_makes_no_timeout(tmp_path: Path) -> None:
    """Replies that came while the process slept, longer than any limit, still count."""
    with running_sink(tmp_path) as sink, smtp(sink.port, reply_timeout=0.3, final_timeout=0.3) as channel:
        outcomes: list[Outcome] = []
        for group in channel.deliver(make_messages(60)):
            if not outcomes:
                time.sleep(0.6)
            outcomes += group
    assert {outcome.kind for outcome in outcomes} == {ACCEPTED}


def test_empty_batch() -> None:
    with smtp(1) as channel:
        assert list(channel.deliver([])) == []


def test_one_id_twice_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink, smtp(sink.port) as channel:
        with pytest.raises(ValueError, match="share a notification_id"):
            list(channel.deliver([make_message(1), make_message(1)]))
        assert sink.stop()["connections"] == 0
