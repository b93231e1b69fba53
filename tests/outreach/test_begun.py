"""The record of beginnings: what it lets be sent again, and that any doubt about it lets nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from outreach.channels.base import OutcomeKind, Outgoing
from outreach.channels.begun import FRAME, MAGIC, OWNER_SIZE, BegunLog, composed_without_harm, never_begun
from outreach.channels.smtp import SmtpChannel
from outreach.channels.smtp_settings import SmtpSettings
from tests.outreach.sinks import RunningSink, running_sink

OWNER = "hôte/room/12/345"


def alive(owner: str) -> bool:
    return False


def dead(owner: str) -> bool:
    return owner == OWNER


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[RunningSink]:
    with running_sink(tmp_path) as server:
        yield server


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two windows: the first one over, the second one left while 4 was under way."""
    path = tmp_path / "claim"
    with BegunLog(path, owner=OWNER) as log:
        log.offer([1, 2])
        log.begin([1])
        log.end()
        log.offer([3, 4, 5])
        log.begin([4])
    return path


def test_which_suspects_did_no_harm(path: Path, tmp_path: Path) -> None:
    assert composed_without_harm(path) == []
    log = tmp_path / "careful"
    with BegunLog(log, owner=OWNER) as careful:
        careful.compose(7)
        careful.compose(8)
        careful.offer([7, 8])
        careful.compose(7)
    assert composed_without_harm(log) == [7, 8, 7]
    assert never_begun(log, is_dead=dead) == {7, 8}
    log.write_bytes(log.read_bytes()[:-1] + b"x")
    assert composed_without_harm(log) == []


def test_what_was_offered_and_not_begun(path: Path) -> None:
    assert never_begun(path, is_dead=dead) == {2, 3, 5}
    assert never_begun(path, is_dead=alive) == {2}


LAST_FRAME = FRAME.size + 4 + 8 + 4
FRAMES = 5 * (FRAME.size + 4 + 4) + (2 + 1 + 0 + 3 + 1) * 8
"""Bytes of the frames of ``path``, by the number of ids in each."""


@pytest.mark.parametrize("missing", range(1, LAST_FRAME + 1))
def test_a_torn_record_was_being_written_when_its_sender_died(path: Path, missing: int) -> None:
    path.write_bytes(path.read_bytes()[:-missing])
    assert never_begun(path, is_dead=dead) == {2, 3, 4, 5}


@pytest.mark.parametrize("at", range(FRAMES))
def test_a_damaged_record_anywhere_lets_nothing_be_believed(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    assert len(data) == len(MAGIC) + OWNER_SIZE + FRAMES
    data[len(MAGIC) + OWNER_SIZE + at] ^= 0x40
    path.write_bytes(data)
    assert never_begun(path, is_dead=dead) == set()


@pytest.mark.parametrize("content", [b"", MAGIC[:4], MAGIC + b"x" * 8, b"From: someone" + bytes(OWNER_SIZE)])
def test_another_file_or_the_beginning_of_one(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert never_begun(path, is_dead=dead) == set()


def messages(number: int) -> list[Outgoing]:
    return [message(each) for each in range(1, number + 1)]


def message(number: int) -> Outgoing:
    name = f"m{number}@example.org"
    payload = f"Message-ID: <{name}>\r\nSubject: x\r\n\r\nText\r\n".encode()
    return Outgoing(number, f"p{number}@example.org", name, "bounce@example.org", payload)


class TestCarrier:
    @pytest.mark.parametrize("pipelining", [True, False])
    def test_tells_of_each_message_once_before_its_outcome(self, sink: RunningSink, *, pipelining: bool) -> None:
        channel = SmtpChannel(SmtpSettings(host="127.0.0.1", port=sink.port, pipelining=pipelining))
        begun: list[int] = []
        for outcomes in channel.deliver_telling(messages(300), on_begun=begun.extend):
            assert {outcome.notification_id for outcome in outcomes} <= set(begun)
            assert {outcome.kind for outcome in outcomes} <= {OutcomeKind.ACCEPTED}
        channel.close()
        assert sorted(begun) == list(range(1, 301))

    def test_what_it_could_not_tell_of_does_not_leave(self, sink: RunningSink) -> None:
        told: list[int] = []

        def full_disk(notification_ids: Sequence[int]) -> None:
            if told:
                raise OSError(28, "No space left on device")
            told.extend(notification_ids)

        channel = SmtpChannel(SmtpSettings(host="127.0.0.1", port=sink.port))
        with pytest.raises(OSError, match="space"):
            list(channel.deliver_telling(messages(300), on_begun=full_disk))
        channel.close()
        accepted = {each.strip("<>").partition("@")[0] for each in sink.accepted_ids()}
        assert accepted <= {f"m{each}" for each in told}

    def test_left_early_it_begins_nothing_more(self, sink: RunningSink) -> None:
        channel = SmtpChannel(SmtpSettings(host="127.0.0.1", port=sink.port))
        begun: list[int] = []
        delivery = channel.deliver_telling(messages(300), on_begun=begun.extend)
        next(delivery)
        delivery.close()
        channel.close()
        assert len(begun) < 300
        assert {each.strip("<>").partition("@")[0] for each in sink.accepted_ids()} <= {f"m{each}" for each in begun}
