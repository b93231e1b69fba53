"""Bytes on the wire, from free input: bodies arrive as they left, addresses cannot become commands."""

import random
import re

from hypothesis import example, given
from hypothesis import strategies as st

from outreach.channels.base import Outgoing
from outreach.channels.sink_session import Counts, Faults, SinkSession
from outreach.channels.smtp_wire import address_refusal, envelope, framed, mail_command, rcpt_command, status

LINES = st.lists(
    st.sampled_from([b"", b".", b"..", b".x", b"x", b"x" * 2000, b"\r", b"\n", b"\r\n", b"\r\n.", b"\n.\r\n", b"\xff"])
    | st.binary(max_size=20)
)


@given(pieces=LINES, cuts=st.lists(st.integers(min_value=1, max_value=50)))
@example(pieces=[], cuts=[])
@example(pieces=[b".\r\nMAIL FROM:<x@example.org>\r\n"], cuts=[1])
def test_body_arrives_as_it_left(pieces: list[bytes], cuts: list[int]) -> None:
    """However the bytes are cut up on the way; a bare CR or LF counts as a line end."""
    payload = b"".join(pieces)
    kept: list[tuple[bytes, bytes, bytes]] = []
    session = SinkSession(
        faults=Faults(),
        chance=random.Random(0),
        counts=Counts(),
        accept=lambda *message: kept.append(message),
    )
    wire = b"EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n" + framed(payload)
    replies = []
    for cut in [*cuts, len(wire)]:
        replies += session.feed(wire[:cut]).replies
        wire = wire[cut:]
    expected = re.sub(rb"\r\n|\r|\n", b"\r\n", payload)
    if not expected.endswith(b"\r\n"):
        expected += b"\r\n"
    assert kept == [(b"a@example.org", b"b@example.org", expected)]
    assert b"".join(replies).count(b"\r\n250 2.0.0") == 1


@given(payload=st.binary())
def test_only_the_end_looks_like_an_end(payload: bytes) -> None:
    """No server, however lenient with line ends, can see a second message in the body."""
    wire = framed(payload)
    assert len(re.findall(rb"(?:^|\r\n|\r|\n)\.(?:\r\n|\r|\n)", wire)) == 1
    assert wire.endswith(b".\r\n")
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert b"\r" not in wire.replace(b"\r\n", b"")


ADDRESSES = st.text(max_size=30) | st.from_regex(r"\A[a-z]{1,5}[\r\n <>@.:]{0,3}@[a-z]{1,5}[\s>]?\Z")


@given(recipient=ADDRESSES, return_path=ADDRESSES | st.just(""))
@example(recipient="a@example.org>\r\nDATA\r\n", return_path="")
@example(recipient="a@example.org", return_path="b@example.org> SIZE=1")
@example(recipient="a@example.org\n", return_path="")
def test_an_address_is_refused_or_stays_one_argument(recipient: str, return_path: str) -> None:
    message = Outgoing(1, recipient, "1@example.net", return_path, b"")
    if address_refusal(message) is None:
        group = f"MAIL FROM:<{return_path}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode()
        assert envelope(message) == mail_command(message) + rcpt_command(message) + b"DATA\r\n" == group
        assert re.fullmatch(rb"MAIL FROM:<[^\s<>]*>\r\nRCPT TO:<[^\s<>]+>\r\nDATA\r\n", group)


def test_ordinary_addresses_pass() -> None:
    for recipient in ("a@example.org", "o'brien+tag@mail.example.org", "a.b_c=d@[192.0.2.1]"):
        assert address_refusal(Outgoing(1, recipient, "1@example.net", "", b"")) is None


def test_status_keeps_codes_only() -> None:
    assert status(b"550 5.1.1 <a@example.org> unknown\r") == "550 5.1.1"
    assert status(b"550-5.1.1 more") == "550 5.1.1"
    assert status(b"451 a@example.org later") == "451"
    assert status(b"250\r") == "250"
    assert status(b"550 5.1.1.9 x") == "550"
    assert status(b"hello") == "unreadable reply"
