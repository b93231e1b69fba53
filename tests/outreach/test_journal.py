"""The sender's journal: what was recorded is read back, a torn end is no obstacle."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.channels.base import Outcome, OutcomeKind
from outreach.channels.journal import MAGIC, RECORD_SIZE, Journal, read_journal

IDS = st.integers(min_value=-(2**63), max_value=2**63 - 1)


def outcome(notification_id: int, kind: OutcomeKind = OutcomeKind.ACCEPTED) -> Outcome:
    return Outcome(notification_id, kind, "250")


@given(groups=st.lists(st.lists(st.tuples(IDS, st.sampled_from(OutcomeKind)), max_size=5), max_size=5))
def test_reads_back_what_was_recorded(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[tuple[int, OutcomeKind]]]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "claim"
    with Journal(path) as journal:
        for group in groups:
            journal.record(Outcome(notification_id, kind, "") for notification_id, kind in group)
    assert read_journal(path) == {key: kind for group in groups for key, kind in group}


@pytest.mark.parametrize("missing", range(1, RECORD_SIZE))
def test_torn_last_record_is_left_out(tmp_path: Path, missing: int) -> None:
    path = tmp_path / "claim"
    with Journal(path) as journal:
        journal.record([outcome(1), outcome(2, OutcomeKind.PERMANENT), outcome(3)])
    path.write_bytes(path.read_bytes()[:-missing])
    assert read_journal(path) == {1: OutcomeKind.ACCEPTED, 2: OutcomeKind.PERMANENT}


@pytest.mark.parametrize("at", range(RECORD_SIZE))
def test_nothing_is_believed_after_a_damaged_record(tmp_path: Path, at: int) -> None:
    path = tmp_path / "claim"
    with Journal(path) as journal:
        journal.record([outcome(1), outcome(2), outcome(3)])
    data = bytearray(path.read_bytes())
    data[len(MAGIC) + RECORD_SIZE + at] ^= 0x40
    path.write_bytes(data)
    assert read_journal(path) == {1: OutcomeKind.ACCEPTED}


def test_zero_bytes_at_the_end_after_a_power_cut(tmp_path: Path) -> None:
    path = tmp_path / "claim"
    with Journal(path) as journal:
        journal.record([outcome(1)])
    path.write_bytes(path.read_bytes() + bytes(4096))
    assert read_journal(path) == {1: OutcomeKind.ACCEPTED}


@pytest.mark.parametrize("length", range(len(MAGIC)))
def test_death_before_the_first_record(tmp_path: Path, length: int) -> None:
    path = tmp_path / "claim"
    path.write_bytes(MAGIC[:length])
    assert read_journal(path) == {}


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "claim"
    path.write_bytes(b"From: someone\r\n")
    with pytest.raises(ValueError, match="not an outcome journal"):
        read_journal(path)


def test_a_claim_has_one_journal(tmp_path: Path) -> None:
    path = tmp_path / "claim"
    with Journal(path), pytest.raises(FileExistsError):
        Journal(path)


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    with Journal(tmp_path / "claim"):
        assert (tmp_path / "claim").stat().st_mode & 0o777 == 0o600


def test_group_that_does_not_fit_on_the_disk_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "claim"
    whole_write = os.write
    with Journal(path) as journal:
        journal.record([outcome(1)])
        monkeypatch.setattr(os, "write", lambda fd, data: whole_write(fd, data[:20]))
        with pytest.raises(OSError, match="in whole"):
            journal.record([outcome(2), outcome(3)])
        monkeypatch.undo()
        journal.record([outcome(4)])
    assert set(read_journal(path)) == {1, 4}


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "claim"
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from outreach.channels.base import Outcome, OutcomeKind\n"
        "from outreach.channels.journal import Journal\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "for n in range(100): journal.record([Outcome(n, OutcomeKind.ACCEPTED, '')])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(path)], check=False, timeout=30)
    assert ended.returncode == -signal.SIGKILL
    assert set(read_journal(path)) == set(range(100))
