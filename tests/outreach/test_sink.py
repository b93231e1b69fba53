"""The sink itself: its word can be trusted when the crash test compares it with the database."""

import io
import json
import random
import signal
import smtplib
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from outreach.channels.sink import main, recipient_hash
from outreach.channels.sink_session import Counts, Faults, SinkSession
from tests.outreach.sinks import running_sink

MESSAGE = b"Subject: x\r\nMessage-ID: <one@example.net>\r\n\r\nMessage-ID: <two@example.net>\r\n.dot\r\n"


def client(port: int) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", port, local_hostname="test", timeout=10)


def test_accepted_messages_are_in_the_ledger_and_kept(tmp_path: Path) -> None:
    """With another client than ours: the standard library's."""
    options = ["--keep-dir", str(tmp_path / "kept"), "--keep", "2"]
    with running_sink(tmp_path, *options) as sink, client(sink.port) as connection:
        began = time.time()
        for _ in range(3):
            connection.sendmail("from@example.net", ["Person@example.org"], MESSAGE)
            line = sink.ledger()[-1]  # already there when the answer is
            assert began - 1 < line.at < time.time() + 1
            assert line[1:] == ("one@example.net", "from@example.net", recipient_hash(b"person@example.org"))
        connection.quit()
        counts = sink.stop()
    assert counts["accepted"] == len(sink.ledger()) == 3
    assert b"person" not in sink.ledger_path.read_bytes().lower()
    kept = sorted((tmp_path / "kept").iterdir())
    assert [path.name for path in kept] == ["000001.eml", "000002.eml"]
    assert kept[0].read_bytes() == MESSAGE


def test_ledger_grows_over_two_runs(tmp_path: Path) -> None:
    for run in (1, 2):
        with running_sink(tmp_path) as sink, client(sink.port) as connection:
            connection.sendmail("from@example.net", ["person@example.org"], MESSAGE)
            connection.quit()
            assert len(sink.ledger()) == run


def test_message_without_id_and_sender(tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink, client(sink.port) as connection:
        connection.sendmail("", ["person@example.org"], b"Subject: x\r\n\r\nMessage-ID: <body@example.net>\r\n")
        assert sink.ledger()[0][1:3] == ("-", "-")


@pytest.mark.parametrize(("option", "code"), [("--tempfail", 450), ("--permfail", 550)], ids=["tempfail", "permfail"])
def test_refusals(tmp_path: Path, option: str, code: int) -> None:
    with running_sink(tmp_path, option, "1") as sink, client(sink.port) as connection:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            connection.sendmail("from@example.net", ["person@example.org"], MESSAGE)
        assert refused.value.recipients["person@example.org"][0] == code
        assert sink.ledger() == []


@pytest.mark.parametrize(("option", "accepted"), [("--drop-before", 0), ("--drop-after", 1)])
def test_lost_answers(tmp_path: Path, option: str, accepted: int) -> None:
    with running_sink(tmp_path, option, "1") as sink:
        connection = client(sink.port)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            connection.sendmail("from@example.net", ["person@example.org"], MESSAGE)
        assert len(sink.ledger()) == accepted


def test_stall_holds_one_connection_only(tmp_path: Path) -> None:
    with (
        running_sink(tmp_path, "--stall", "1", "--stall-seconds", "2") as sink,
        client(sink.port) as stalled,
        client(sink.port) as other,
    ):
        began = time.monotonic()
        stalled.ehlo()
        for command in ("MAIL FROM:<a@example.net>", "RCPT TO:<b@example.org>", "DATA"):
            stalled.docmd(command)
        stalled.send(b"Subject: x\r\n\r\n.\r\nNOOP\r\n")
        assert other.noop()[0] == 250
        assert time.monotonic() - began < 1.8
        assert len(sink.ledger()) == 1
        assert stalled.getreply()[0] == 250
        assert stalled.getreply()[0] == 250
        assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize(
    ("commands", "replies"),
    [
        (b"RCPT TO:<a@example.org>\r\n", [b"503"]),
        (b"DATA\r\n", [b"503"]),
        (b"MAIL FROM:<a b>\r\n", [b"501"]),
        (b"MAIL FROM:<a@example.org>\r\nMAIL FROM:<a@example.org>\r\n", [b"250", b"503"]),
        (b"MAIL FROM:<>\r\nRCPT TO:<>\r\n", [b"250", b"501"]),
        (b"MAIL FROM:<>\r\nRSET\r\nRCPT TO:<a@example.org>\r\n", [b"250", b"250", b"503"]),
        (b"HELP\r\nQUIT\r\nNOOP\r\n", [b"502", b"221"]),
        (b"x" * 5000, [b"500"]),
    ],
)
def test_orders_out_of_order(commands: bytes, replies: list[bytes]) -> None:
    assert [reply[:3] for reply in new_session(Faults()).feed(commands).replies] == replies


def new_session(faults: Faults, *, seed: int = 0) -> SinkSession:
    return SinkSession(faults=faults, chance=random.Random(seed), counts=Counts(), accept=lambda *message: None)


def test_faults_repeat_with_their_seed_and_come_at_their_rate() -> None:
    def fate(seed: int) -> list[bytes]:
        session = new_session(Faults(tempfail=0.2, permfail=0.1), seed=seed)
        orders = b"MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nRSET\r\n"
        return [session.feed(orders).replies[1][:3] for _ in range(2000)]

    assert fate(1) == fate(1) != fate(2)
    assert 320 < fate(1).count(b"450") < 480
    assert 140 < fate(1).count(b"550") < 260


@pytest.mark.parametrize(
    "options",
    [["--tempfail", "2"], ["--drop-before", ".6", "--drop-after", ".6"], ["--delay", "-1"], ["--port", "99999"]],
)
def test_options_without_sense(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(options)
    assert refused.value.code == 2
    assert "sink: " in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["--max-seconds", "--idle-seconds"])
def test_ends_by_itself(tmp_path: Path, limit: str) -> None:
    port_file = tmp_path / "port"
    command = [sys.executable, "-m", "outreach.channels.sink", limit, "0.3", "--port-file", str(port_file)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    announced, counts = (json.loads(line) for line in ended.stdout.splitlines())
    assert port_file.read_text() == f"{announced['port']}\n"
    assert counts["connections"] == 0


def test_traffic_keeps_it_from_being_idle(tmp_path: Path) -> None:
    with running_sink(tmp_path, "--idle-seconds", "0.5") as sink, client(sink.port) as connection:
        for _ in range(5):
            time.sleep(0.2)
            assert connection.noop()[0] == 250
        assert sink.process.wait(timeout=10) == 0


def test_command_and_signal_handlers() -> None:
    before = signal.getsignal(signal.SIGTERM)
    out = io.StringIO()
    call_command("smtp_sink", max_seconds=0.0, stdout=out)
    announced, counts = (json.loads(line) for line in out.getvalue().splitlines())
    assert announced["port"] > 0
    assert counts["accepted"] == 0
    assert signal.getsignal(signal.SIGTERM) is before
    with pytest.raises(CommandError, match="compris entre 0 et 1"):
        call_command("smtp_sink", tempfail=2.0)
