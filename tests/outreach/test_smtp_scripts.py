"""What the mail channel concludes when a server breaks off or misbehaves at one exact point."""

from collections.abc import Callable
from typing import Any

import pytest

from outreach.channels.base import OutcomeKind
from tests.outreach.sinks import Script, ScriptedServer, Talk, accept_all, serve_messages
from tests.outreach.test_smtp_channel import make_message, make_messages, outcomes_of, smtp

ACCEPTED, PERMANENT, TEMPORARY = OutcomeKind.ACCEPTED, OutcomeKind.PERMANENT, OutcomeKind.TEMPORARY
UNKNOWN, NOT_TRIED = OutcomeKind.UNKNOWN, OutcomeKind.NOT_TRIED


def deliver(*scripts: Script, count: int = 2, **changes: Any) -> list[tuple[OutcomeKind, str]]:
    """The outcomes of `count` messages over one connection at a time, in order of their ids."""
    with ScriptedServer(*scripts) as server, smtp(server.port, connections=1, **changes) as channel:
        outcomes = outcomes_of(channel, make_messages(count))
        channel.close()
    return [(outcomes[key].kind, outcomes[key].detail) for key in sorted(outcomes)]


def pipelined(rest: Callable[[Talk], None]) -> Script:
    """A server with PIPELINING that has received the first body and the second envelope."""

    def script(talk: Talk) -> None:
        talk.hello("PIPELINING", "8BITMIME")
        talk.envelope()
        talk.body()
        talk.peek(len(b"MAIL FROM:<bounce+2@example.net>\r\nRCPT TO:<person2@example.org>\r\nDATA\r\n"))
        rest(talk)

    return script


OK = (ACCEPTED, "250")
LOST = "connection lost"
REPLY_OF_THE_FIRST = {
    "closed": ("", [(UNKNOWN, LOST), OK]),
    "half a reply": ("25", [(UNKNOWN, LOST), OK]),
    "accepted": ("250 ok\n", [OK, OK]),
    "accepted in two lines": ("250-thank\n250 you\n", [OK, OK]),
    "first line of two only": ("250-thank\n", [(UNKNOWN, LOST), OK]),
    "bare code": ("250\n", [OK, OK]),
    "refused": ("550 5.7.1 no\n", [(PERMANENT, "550 5.7.1"), OK]),
    "put off": ("452 4.3.1 full\n", [(TEMPORARY, "452 4.3.1"), OK]),
    "leaving": ("421 4.3.2 bye\n", [(TEMPORARY, "421 4.3.2"), OK]),
    "neither yes nor no": ("354 go on\n", [(UNKNOWN, "the message's reply is neither yes nor no"), OK]),
    "preliminary": ("150 hm\n", [(UNKNOWN, "the message's reply is neither yes nor no"), OK]),
    "not SMTP": ("HTTP/1.1 400 Bad Request\n", [(UNKNOWN, "not an SMTP reply"), OK]),
    "address in the reply": (
        "550 5.1.1 <person1@example.org> unknown\n",
        [(PERMANENT, "550 5.1.1"), OK],
    ),
    "accepted, next refused": (
        "250 ok\n550 5.1.8 sender\n503 no\n503 no\n",
        [OK, (PERMANENT, "550 5.1.8")],
    ),
    "accepted, next refused by recipient": (
        "250 ok\n250 ok\n450 4.2.1 busy\n503 no\n",
        [OK, (TEMPORARY, "450 4.2.1")],
    ),
    "accepted, next refused then closed early": (
        "250 ok\n250 ok\n550 5.1.1 no\n",
        [OK, (PERMANENT, "550 5.1.1")],
    ),
    "accepted, next refused at DATA": ("250 ok\n250 ok\n250 ok\n554 5.5.1 no\n", [OK, (PERMANENT, "554 5.5.1")]),
    "accepted, closed after next MAIL": ("250 ok\n250 ok\n", [OK, OK]),
    "accepted, closed before next DATA": ("250 ok\n250 ok\n250 ok\n", [OK, OK]),
    "accepted, leaving at next MAIL": ("250 ok\n421 bye\n", [OK, OK]),
    "accepted, leaving at next DATA": ("250 ok\n250 ok\n250 ok\n421 bye\n", [OK, OK]),
    "accepted, DATA answered 250": ("250 ok\n250 ok\n250 ok\n250 what\n", [OK, OK]),
}


@pytest.mark.parametrize("case", REPLY_OF_THE_FIRST)
def test_connection_that_ends_with_messages_in_the_pipeline(case: str) -> None:
    """The first message's fate is what was said of it; the second one goes by the next connection."""
    said, expected = REPLY_OF_THE_FIRST[case]
    assert deliver(pipelined(lambda talk: talk.say(said)), accept_all()) == expected


def test_next_message_is_accepted_only_by_its_own_reply() -> None:
    def script(talk: Talk) -> None:
        talk.say("250 ok\n")
        talk.envelope()
        talk.body()

    assert deliver(pipelined(script), accept_all()) == [OK, (UNKNOWN, LOST)]


@pytest.mark.parametrize("stop_at", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("extensions", [("PIPELINING",), ()], ids=["pipelined", "lock-step"])
def test_closed_before_the_body_is_tried_again(extensions: tuple[str, ...], stop_at: str) -> None:
    def script(talk: Talk) -> None:
        if stop_at == "greeting":
            return
        if stop_at == "EHLO":
            talk.say("220 script\n")
            talk.line()
            return
        talk.hello(*extensions)
        replies = {"MAIL": 0, "RCPT": 1, "DATA": 2}[stop_at]
        if replies:
            talk.envelope(*["250 ok"] * replies)
        talk.line()

    assert deliver(script, accept_all(extensions)) == [OK, OK]


def test_a_server_that_always_breaks_off_before_the_body_is_left() -> None:
    def script(talk: Talk) -> None:
        talk.hello("PIPELINING")
        talk.line()

    assert deliver(script) == [(NOT_TRIED, LOST)] * 2


def test_a_server_that_takes_one_message_per_connection() -> None:
    def script(talk: Talk) -> None:
        talk.hello("PIPELINING")
        talk.envelope()
        talk.body()
        talk.say("250 ok\n")

    assert deliver(script, count=8) == [OK] * 8


def test_body_cut_in_the_middle_is_unknown() -> None:
    def script(talk: Talk) -> None:
        talk.hello()
        talk.envelope()
        talk.peek(1)

    with ScriptedServer(script, accept_all()) as server, smtp(server.port, connections=1) as channel:
        big = make_message(1, payload=b"Subject: big\r\n\r\n" + b"x" * 70 * 200_000 + b"\r\n")
        outcomes = outcomes_of(channel, [big, make_message(2)])
        channel.close()
    assert (outcomes[1].kind, outcomes[2].kind) == (UNKNOWN, ACCEPTED)


@pytest.mark.parametrize(
    ("greeting", "detail"),
    [
        ("421 4.7.0 too many\n", "greeting 421 4.7.0"),
        ("554 no\n", "greeting 554"),
        ("hello\n", "not an SMTP reply"),
    ],
)
def test_unwelcome(greeting: str, detail: str) -> None:
    assert deliver(lambda talk: talk.say(greeting)) == [(NOT_TRIED, detail)] * 2


def test_server_that_wants_a_log_in_blames_no_address() -> None:
    def script(talk: Talk) -> None:
        talk.hello()
        talk.line()
        talk.say("530 5.7.0 authentication required\n")

    with ScriptedServer(script) as server, smtp(server.port, connections=1) as channel:
        outcomes = outcomes_of(channel, make_messages(5))
        channel.close()
    assert {(o.kind, o.detail) for o in outcomes.values()} == {(NOT_TRIED, "MAIL 530 5.7.0")}
    assert server.connections == 1


def test_data_granted_to_nobody_is_ended_by_a_lone_dot() -> None:
    """RFC 2920 §3.1: the refused message's body never leaves, and the next one is not lost."""
    said: list[bytes] = []

    def script(talk: Talk) -> None:
        talk.hello("PIPELINING")
        talk.envelope("250 ok", "550 5.1.1 no", "354 go")
        said.append(talk.line())
        talk.say("554 no valid recipients\n")
        serve_messages(talk)

    assert deliver(script) == [(PERMANENT, "550 5.1.1"), OK]
    assert said == [b"."]


def test_no_dot_where_an_empty_message_could_be_delivered() -> None:
    left: list[bytes] = []

    def script(talk: Talk) -> None:
        talk.hello("PIPELINING")
        talk.envelope("452 4.3.1 full", "250 ok", "354 go")
        left.append(talk.wait_for_end())

    assert deliver(script, accept_all()) == [(TEMPORARY, "452 4.3.1"), OK]
    assert left in ([b""], [])  # the client may be gone before the last answer


def test_refused_message_is_followed_by_rset() -> None:
    def script(talk: Talk) -> None:
        talk.hello("PIPELINING")
        talk.envelope("250 ok", "550 5.1.1 no", "503 no")
        assert talk.line() == b"RSET"
        talk.say("250 ok\n")
        serve_messages(talk)

    assert deliver(script) == [(PERMANENT, "550 5.1.1"), OK]


def test_lock_step_never_speaks_ahead() -> None:
    def script(talk: Talk) -> None:
        talk.hello()
        for reply in ("250 ok", "250 ok", "354 go"):
            talk.line()
            talk.socket.settimeout(0.05)
            with pytest.raises(TimeoutError):
                talk.socket.recv(1)
            talk.socket.settimeout(10)
            talk.say(reply + "\n")
        talk.body()
        talk.say("250 ok\n")

    assert deliver(script, count=1) == [OK]


def test_old_server_without_ehlo() -> None:
    def script(talk: Talk) -> None:
        talk.say("220 old\n")
        talk.line()
        talk.say("502 what\n")
        assert talk.line().startswith(b"HELO ")
        talk.say("250 old\n")
        serve_messages(talk)

    assert deliver(script) == [OK, OK]


def test_timeout_before_and_after_the_body() -> None:
    def silent_after_body(talk: Talk) -> None:
        talk.hello("PIPELINING")
        talk.envelope()
        talk.wait_for_end()

    def silent_after_mail(talk: Talk) -> None:
        talk.hello("PIPELINING")
        talk.wait_for_end()

    limits: dict[str, Any] = {"reply_timeout": 0.3, "final_timeout": 0.6}
    assert deliver(silent_after_body, accept_all(), **limits) == [(UNKNOWN, "timeout"), OK]
    assert deliver(silent_after_mail, accept_all(), **limits) == [OK, OK]


def test_endless_reply_is_cut() -> None:
    def script(talk: Talk) -> None:
        talk.say("220-" + "x" * 200_000)
        talk.wait_for_end()

    def chatty(talk: Talk) -> None:
        talk.say("220-x\n" * 2_000)
        talk.wait_for_end()

    assert deliver(script, count=1) == [(NOT_TRIED, "reply without end")]
    assert deliver(chatty, count=1) == [(NOT_TRIED, "reply without end")]


def test_server_that_leaves_between_two_batches() -> None:
    def one_batch(talk: Talk) -> None:
        talk.hello("PIPELINING")
        talk.envelope()
        talk.body()
        talk.say("250 ok\n421 4.4.2 idle for too long\n")

    with ScriptedServer(one_batch, accept_all()) as server, smtp(server.port, connections=1) as channel:
        for number in (1, 2):
            outcomes = outcomes_of(channel, [make_message(number)])
            assert outcomes[number].kind is ACCEPTED
        channel.close()
    assert server.connections == 2


def test_eight_bit_bodies_only_where_they_are_announced() -> None:
    accented = make_message(1, payload="Subject: x\r\n\r\nÀ bientôt\r\n".encode())

    def mail_line(*extensions: str) -> tuple[OutcomeKind, str, bytes]:
        with (
            ScriptedServer(accept_all(extensions)) as server,
            smtp(server.port, connections=1) as channel,
        ):
            outcome = outcomes_of(channel, [accented, make_message(2)])[1]
            channel.close()
        return outcome.kind, outcome.detail, next(line for line in server.heard if b"MAIL" in line)

    eight_bit = mail_line("PIPELINING", "8BITMIME")
    assert eight_bit == (ACCEPTED, "250", b"MAIL FROM:<bounce+1@example.net> BODY=8BITMIME")
    assert mail_line("8BITMIME")[2].endswith(b" BODY=8BITMIME")
    seven_bit = mail_line("PIPELINING")
    assert seven_bit == (PERMANENT, "554 5.6.3", b"MAIL FROM:<bounce+2@example.net>")
