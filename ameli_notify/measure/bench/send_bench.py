"""Sending with outcomes kept: messages a second, against smtp-source and the peers into the same smtp-sink."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from django.test.utils import override_settings

from accounts.people.models import COHORTS
from ameli_notify.core.sql import fetch_value
from ameli_notify.measure.bench.clock import Spent
from ameli_notify.measure.bench.mail_sink import HOST, HOW_TO_GET, has_tools, send_by_smtp_source, sink
from ameli_notify.measure.bench.peers import MAILER, PLAIN, POST_OFFICE, Peer, PeerProject
from ameli_notify.measure.bench.report import (
    Line,
    Measure,
    Skipped,
    at_least,
    at_most,
    cpu_ratio,
    median_round,
    paired_ratio,
    rate,
)
from ameli_notify.measure.bench.run import ROUNDS, Run, settle_server
from ameli_notify.measure.population import fill_people, make_due
from outreach.digest.planning import cohort_of, plan_digest
from outreach.digest.schema import DUE, NOTIFICATION
from outreach.notifications.dispatch.sender import Sender
from outreach.notifications.enums import Channel, MessageKind
from outreach.notifications.models import MessageTemplate
from outreach.notifications.render import compile_email
from outreach.notifications.versions import active_templates

MESSAGES: Final = 40_000
FIRST_DAY: Final = dt.date(2028, 1, 3)
CONNECTIONS: Final = 20
SOURCE_RATIO: Final = 0.7
POST_OFFICE_RATIO: Final = 10
MAILER_RATIO: Final = 50
WAVE_OF_FRANCE: Final = 26_000_000
"""Messages of one ten-day round for the whole country."""
WAVE_HOURS: Final = 2
_SOURCE_HEADERS: Final = 115
"""Bytes of the headers that smtp-source puts before its body."""
_OUR_HEADERS: Final = "To: p1000000@example.org\r\nDate: \r\nMessage-ID: <@info.ameli.fr>\r\n"
_OUR_HEADERS_FILLED: Final = 63  # a date and 32 hexadecimal digits


@dataclass(slots=True)
class _Rounds:
    """What the three rounds of everything took."""

    ours: list[Spent] = field(default_factory=list)
    same_size: list[Spent] = field(default_factory=list)
    default_size: list[Spent] = field(default_factory=list)
    peers: dict[Peer, list[Spent]] = field(default_factory=dict)


def bench_send(run_: Run) -> Iterator[Line]:
    """Yields our rate against each of the others, then what it means for the country."""
    if not has_tools():
        yield Skipped(name="send", reason=HOW_TO_GET)
        return
    messages = run_.size(MESSAGES, least=50)
    with sink() as port:
        bench = _SendBench(run_, port=port, messages=messages)
        rounds = bench.measure()
    yield from _against_smtp_source(rounds, messages, length=bench.length)
    yield from _against_peers(rounds, messages, bench)
    seconds = WAVE_OF_FRANCE / rate(messages, rounds.ours)
    yield Measure(
        name="send-hours-of-26M-messages", value=seconds / 3600, unit="h", against="one sender on this machine",
        goals=[at_most(WAVE_HOURS)],
    )  # fmt: skip


class _SendBench:
    def __init__(self, run_: Run, *, port: int, messages: int) -> None:
        self._run = run_
        self._port = port
        self._messages = messages
        self._day = FIRST_DAY
        with run_.step(f"{messages} personnes avec leur adresse chiffrée"):
            self._people = fill_people(messages, same_cohort=cohort_of(FIRST_DAY))
        template = active_templates(MessageKind.PAYMENT_DIGEST)[Channel.EMAIL]
        self.length = message_length(template)
        content = {"subject": template.subject, "text": template.text, "html": template.html}
        self._peers = PeerProject(port=port, content=content)

    def peer_messages(self, peer: Peer) -> int:
        return self._run.size(peer.messages, least=20)

    def measure(self) -> _Rounds:
        """Three rounds of everything, one beside the other."""
        rounds = _Rounds()
        count = self._messages
        for number in range(1, ROUNDS + 1):
            with self._run.step(f"envoyer {count} messages, manche {number}"):
                rounds.ours.append(self._send())
            for spent, length in ((rounds.same_size, self.length), (rounds.default_size, None)):
                with self._run.step(f"smtp-source, manche {number}"):
                    spent.append(self._time(lambda: self._source(length)))  # noqa: B023 (called at once)
            for peer in (*POST_OFFICE, MAILER, PLAIN):
                with self._run.step(f"{peer.label}, manche {number}"):
                    settle_server()
                    found = self._peers.measure(peer, messages=self.peer_messages(peer))
                    rounds.peers.setdefault(peer, []).append(found)
        return rounds

    def _time(self, work: Callable[[], object]) -> Spent:
        settle_server()
        return self._run.clock.time(work)

    def _source(self, length: int | None) -> None:
        send_by_smtp_source(
            self._port, messages=self._messages, length=None if length is None else length - _SOURCE_HEADERS
        )

    def _send(self) -> Spent:
        day = self._day
        self._day += dt.timedelta(days=COHORTS)
        make_due(self._people, day=day - dt.timedelta(days=1))
        plan_digest(day)
        settle_server(DUE, NOTIFICATION)
        url = f"smtp://{HOST}:{self._port}?connections={CONNECTIONS}"
        with override_settings(EMAIL_URL=url):
            spent = self._run.clock.time(lambda: Sender(Channel.EMAIL).run())
        kept = int(
            fetch_value(f"SELECT count(*) FROM {NOTIFICATION} WHERE created_on = %s AND status = 'sending'", [day])
        )
        if kept != self._messages:
            raise RuntimeError(f"{kept} outcomes kept of {self._messages} messages")
        return spent


def message_length(template: MessageTemplate) -> int:
    """Bytes of one of our messages, headers included."""
    tail = compile_email(template.subject, template.text, template.html).tail
    return len(_OUR_HEADERS) + _OUR_HEADERS_FILLED + len(tail)


def _against_smtp_source(rounds: _Rounds, messages: int, *, length: int) -> Iterator[Line]:
    ours, spent = rate(messages, rounds.ours), median_round(rounds.ours)
    # The goal is for messages of one size: with small ones it is the sink that has less to do, not the sender more.
    for name, theirs, what, goals in (
        ("send-against-smtp-source", rounds.same_size, f"messages of {length} bytes as ours", [at_least(SOURCE_RATIO)]),
        ("send-against-smtp-source-small", rounds.default_size, "its own small messages", []),
    ):
        yield Measure(
            name=name, value=ours, unit="messages/s", ratio=paired_ratio(rounds.ours, theirs),
            cpu_ratio=cpu_ratio(rounds.ours, theirs),
            against=f"smtp-source -d -s 50, {what}: {rate(messages, theirs):.0f} messages/s",
            spent=spent, goals=goals,
        )  # fmt: skip


def _against_peers(rounds: _Rounds, messages: int, bench: _SendBench) -> Iterator[Line]:
    def rate_of(peer: Peer) -> float:
        return rate(bench.peer_messages(peer), rounds.peers[peer])

    best = max(POST_OFFICE, key=rate_of)
    for name, peer, goal in (
        ("send-against-post-office", best, at_least(POST_OFFICE_RATIO)),
        ("send-against-django-mailer", MAILER, at_least(MAILER_RATIO)),
        ("send-against-plain-loop", PLAIN, None),
    ):
        theirs = rounds.peers[peer]
        share = bench.peer_messages(peer) / messages
        yield Measure(
            name=name, value=rate(messages, rounds.ours), unit="messages/s",
            ratio=paired_ratio(rounds.ours, theirs, share=share),
            cpu_ratio=cpu_ratio(rounds.ours, theirs, share=share),
            against=f"{peer.label}: {rate_of(peer):.0f} messages/s",
            spent=median_round(rounds.ours), goals=[goal] if goal else (),
        )  # fmt: skip
