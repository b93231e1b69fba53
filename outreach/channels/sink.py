"""A small mail server that keeps nothing but a ledger: for the demo, the tests and the crash test.

Runs by itself (`python -m outreach.channels.sink --help`) and always ends by itself. The ledger has a
line per accepted message, written before the answer: time, Message-ID, envelope sender, hash of the
recipient, separated by tabs. Two lines with one Message-ID are a duplicate.
"""

import argparse
import hashlib
import heapq
import json
import os
import random
import re
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from types import FrameType

from outreach.channels.sink_session import Counts, Faults, Said, SinkSession

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE
MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([!-;=?-~]{1,250})>", re.IGNORECASE | re.MULTILINE)
MAX_PENDING = 1_000_000


def recipient_hash(recipient: bytes) -> str:
    """How the ledger names a recipient."""
    return hashlib.sha256(recipient.lower()).hexdigest()[:32]


class Ledger:
    """One line per accepted message, one write per line; optionally the first messages themselves."""

    def __init__(self, path: Path | None, *, keep_dir: Path | None, keep: int) -> None:
        self._fd = -1
        if path is not None:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._keep_dir = keep_dir if keep > 0 else None
        if self._keep_dir is not None:
            self._keep_dir.mkdir(parents=True, exist_ok=True)
        self._keep = keep
        self._kept = 0

    def accept(self, sender: bytes, recipient: bytes, content: bytes) -> None:
        if self._fd >= 0:
            header = content[: content.find(b"\r\n\r\n") + 2]
            found = MESSAGE_ID.search(header)
            line = b"%.6f\t%b\t%b\t%b\n" % (
                time.time(),
                found[1] if found else b"-",
                sender or b"-",
                recipient_hash(recipient).encode(),
            )
            if os.write(self._fd, line) != len(line):
                raise OSError("the ledger could not be written")
        if self._keep_dir is not None and self._kept < self._keep:
            self._kept += 1
            (self._keep_dir / f"{self._kept:06d}.eml").write_bytes(content)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class Client:
    """One connection: its socket, what is left to send, what it is watched for, how it goes on."""

    __slots__ = ("is_closing", "is_paused", "pending", "session", "socket", "watched")

    def __init__(self, connection: socket.socket, session: SinkSession) -> None:
        self.socket = connection
        self.session = session
        self.pending = b""
        self.is_closing = False
        self.is_paused = False
        self.watched = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkLimits:
    """Seconds after which the sink ends by itself: in all, and without any traffic."""

    max_seconds: float = 3600.0
    idle_seconds: float = 600.0


class Sink:
    """One selector over the listener and its clients."""

    def __init__(self, *, port: int, faults: Faults, seed: int, ledger: Ledger, limits: SinkLimits) -> None:
        self.counts = Counts()
        self._faults = faults
        self._chance = random.Random(seed)  # noqa: S311  (faults must be repeatable, not secret)
        self._ledger = ledger
        self._limits = limits
        self._is_stopping = False
        self._late: list[tuple[float, int, Client, bytes]] = []
        self._late_count = 0
        self._clients: set[Client] = set()
        if not 0 <= port <= 65535:
            raise ValueError("Le port doit être compris entre 0 et 65535.")
        self._listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self._listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, READ, None)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def stop(self) -> None:
        """May be called by a signal handler."""
        self._is_stopping = True

    def run(self) -> None:
        """Serve until `stop`, or until a limit is reached."""
        started = active = time.monotonic()
        while not self._is_stopping:
            now = time.monotonic()
            ends = min(started + self._limits.max_seconds, active + self._limits.idle_seconds)
            if now >= ends:
                return
            wake = min(ends, self._late[0][0]) if self._late else ends
            events = self._selector.select(min(0.2, max(0.0, wake - now)))
            if events:
                active = now
            for key, mask in events:
                client: Client | None = key.data
                if client is None:
                    self._greet()
                elif mask & WRITE:
                    self._send(client, b"")
                else:
                    self._read(client)
            while self._late and self._late[0][0] <= time.monotonic():
                self._answer_late(heapq.heappop(self._late))

    def close(self) -> None:
        for client in list(self._clients):
            self._drop(client)
        self._selector.close()
        self._listener.close()

    def _greet(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # the client left before its turn
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = SinkSession(faults=self._faults, chance=self._chance, counts=self.counts, accept=self._ledger.accept)
        client = Client(connection, session)
        self.counts.connections += 1
        self._clients.add(client)
        self._send(client, b"220 sink ESMTP\r\n")

    def _read(self, client: Client) -> None:
        try:
            data = client.socket.recv(262144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._say(client, client.session.feed(data))
        else:
            self._drop(client)

    def _say(self, client: Client, said: Said) -> None:
        client.is_closing = said.is_closing
        if said.pause:
            self._late_count += 1
            due = time.monotonic() + said.pause
            heapq.heappush(self._late, (due, self._late_count, client, said.late))
            client.is_paused = True
        self._send(client, b"".join(said.replies))

    def _answer_late(self, late: tuple[float, int, Client, bytes]) -> None:
        _, _, client, reply = late
        if client not in self._clients:
            return
        client.is_paused = False
        said = client.session.go_on()
        said.replies.insert(0, reply)
        self._say(client, said)

    def _send(self, client: Client, data: bytes) -> None:
        """Send, then wait for what the client's state calls for."""
        client.pending += data
        if client.pending:
            try:
                client.pending = client.pending[client.socket.send(client.pending) :]
            except BlockingIOError:
                pass
            except OSError:
                self._drop(client)
                return
        if client.is_closing and not client.pending:
            self._drop(client)
        elif len(client.pending) > MAX_PENDING:
            self._drop(client)  # it never reads its answers
        else:
            self._watch(client)

    def _watch(self, client: Client) -> None:
        """A paused client isn't read from: its input waits in the socket."""
        wanted = WRITE if client.pending else 0 if client.is_paused else READ
        if wanted == client.watched:
            return
        if not client.watched:
            self._selector.register(client.socket, wanted, client)
        elif wanted:
            self._selector.modify(client.socket, wanted, client)
        else:
            self._selector.unregister(client.socket)
        client.watched = wanted

    def _drop(self, client: Client) -> None:
        self._clients.discard(client)
        if client.watched:
            self._selector.unregister(client.socket)
            client.watched = 0
        client.socket.close()


FAULTS_FR = {
    "tempfail": "part (0 à 1) des destinataires refusés pour l’instant : 450",
    "permfail": "part des destinataires refusés pour de bon : 550",
    "drop_before": "part des messages reçus, non acceptés, connexion fermée",
    "drop_after": "part des messages acceptés, connexion fermée sans réponse",
    "stall": "part des messages acceptés dont la réponse tarde",
    "stall_seconds": "secondes de ce retard",
    "delay": "secondes avant chaque réponse à un message",
}
LIMITS_FR = {
    "max_seconds": "s’arrête de lui-même après tant de secondes",
    "idle_seconds": "s’arrête de lui-même après tant de secondes sans trafic",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="port sur 127.0.0.1 ; 0 en prend un libre")
    parser.add_argument("--port-file", type=Path, help="écrit aussi le port dans ce fichier")
    parser.add_argument("--ledger", type=Path, help="ajoute à ce fichier une ligne par message accepté")
    parser.add_argument("--keep-dir", type=Path, help="garde ici les premiers messages, en fichiers .eml")
    parser.add_argument("--keep", type=int, default=20, help="combien de messages --keep-dir garde")
    parser.add_argument("--seed", type=int, default=0, help="graine des pannes")
    for each in fields(Faults):
        name = "--" + each.name.replace("_", "-")
        parser.add_argument(name, type=float, default=each.default, help=FAULTS_FR[each.name])
    for each in fields(SinkLimits):
        name = "--" + each.name.replace("_", "-")
        parser.add_argument(name, type=float, default=each.default, help=LIMITS_FR[each.name])


def serve(options: argparse.Namespace, *, say: Callable[[str], None]) -> None:
    """Say the port as a JSON line, serve until SIGTERM, SIGINT or a limit, and say the counts likewise.

    Raises ValueError for rates that make no sense, OSError when a port or a file cannot be had.
    """
    faults = Faults(**{each.name: getattr(options, each.name) for each in fields(Faults)})
    limits = SinkLimits(**{each.name: getattr(options, each.name) for each in fields(SinkLimits)})
    with (
        closing(Ledger(options.ledger, keep_dir=options.keep_dir, keep=options.keep)) as ledger,
        closing(Sink(port=options.port, faults=faults, seed=options.seed, ledger=ledger, limits=limits)) as sink,
        stopped_by_signals(sink),
    ):
        say(json.dumps({"port": sink.port}))
        if options.port_file is not None:
            announce(options.port_file, sink.port)
        sink.run()
    say(json.dumps(sink.counts.as_dict()))


@contextmanager
def stopped_by_signals(sink: Sink) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        sink.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def announce(path: Path, port: int) -> None:
    """The file appears whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(f"{port}\n", encoding="ascii")
    draft.replace(path)


def say_on_stdout(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="sink", description=__doc__)
    add_arguments(parser)
    options = parser.parse_args(arguments)
    try:
        serve(options, say=say_on_stdout)
    except (OSError, ValueError) as error:
        parser.exit(2, f"sink: {error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
