"""Mail servers for the tests: our sink in a process of its own, and a server that follows a script."""

import json
import select
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self


class LedgerLine(NamedTuple):
    at: float
    message_id: str
    sender: str
    recipient_hash: str


@dataclass
class RunningSink:
    process: subprocess.Popen[str]
    port: int
    ledger_path: Path

    def ledger(self) -> list[LedgerLine]:
        lines = (line.split("\t") for line in self.ledger_path.read_text().splitlines())
        return [LedgerLine(float(at), *rest) for at, *rest in lines]

    def accepted_ids(self) -> list[str]:
        return [line.message_id for line in self.ledger()]

    def stop(self) -> dict[str, int]:
        """End it with SIGTERM; its closing counts."""
        self.process.terminate()
        out, _ = self.process.communicate(timeout=10)
        assert self.process.returncode == 0
        counts: dict[str, int] = json.loads(out.splitlines()[-1])
        return counts


@contextmanager
def running_sink(folder: Path, *options: str, port: int = 0) -> Iterator[RunningSink]:
    ledger = folder / "ledger"
    command = [sys.executable, "-m", "outreach.channels.sink", "--port", str(port), "--ledger", str(ledger)]
    command += ["--max-seconds", "60", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            announced = json.loads(process.stdout.readline())
            yield RunningSink(process, announced["port"], ledger)
        finally:
            process.kill()


class Talk:
    """The server's side of one connection."""

    def __init__(self, connection: socket.socket, heard: list[bytes]) -> None:
        self.socket = connection
        self.heard = heard
        self._buffer = b""

    def say(self, text: str) -> None:
        self.socket.sendall(text.replace("\n", "\r\n").encode())

    def line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        self.heard.append(line)
        return line

    def body(self) -> bytes:
        while b"\r\n.\r\n" not in self._buffer:
            self._more()
        body, _, self._buffer = self._buffer.partition(b"\r\n.\r\n")
        return body

    def peek(self, count: int) -> None:
        while len(self._buffer) < count:
            self._more()

    def _more(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self._buffer += data

    def hello(self, *extensions: str) -> None:
        self.say("220 script\n")
        self.answer_hello(*extensions)

    def answer_hello(self, *extensions: str) -> None:
        assert self.line().startswith(b"EHLO ")
        names = ["script", *extensions]
        self.say("".join(f"250{'-' if n < len(names) - 1 else ' '}{name}\n" for n, name in enumerate(names)))

    def envelope(self, *replies: str) -> bytes:
        """Hear MAIL, RCPT, DATA and answer them; the MAIL line."""
        lines = []
        for reply in replies or ("250 ok", "250 ok", "354 go"):
            lines.append(self.line())
            self.say(reply + "\n")
        return lines[0]

    def start_tls(self, context: ssl.SSLContext) -> None:
        self._buffer = b""
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def wait_for_end(self) -> bytes:
        """Whatever else the client says until it leaves."""
        left, self._buffer = self._buffer, b""
        while data := self.socket.recv(65536):
            left += data
        return left


Script = Callable[[Talk], None]


class ScriptedServer:
    """Plays one script per connection, in order; the last one for all further connections."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._over, self._tell_over = socket.socketpair()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.heard: list[bytes] = []
        self.connections = 0
        self.failures: list[BaseException] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *error: object) -> None:
        self._tell_over.close()
        for thread in list(self._threads):
            thread.join(timeout=10)
            assert not thread.is_alive(), "a script did not end"
        self._listener.close()
        self._over.close()
        if self.failures and error[0] is None:
            raise self.failures[0]

    def _accept(self) -> None:
        while self._listener in select.select([self._listener, self._over], [], [])[0]:
            connection, _ = self._listener.accept()
            connection.settimeout(10)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            thread = threading.Thread(target=self._play, args=(script, connection), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, script: Script, connection: socket.socket) -> None:
        talk = Talk(connection, self.heard)
        try:
            script(talk)
        except (EOFError, ConnectionError, ssl.SSLError):
            pass  # the client left first, which scripts may count on
        except BaseException as error:  # noqa: BLE001  (raised again in the test's own thread)
            self.failures.append(error)
        finally:
            talk.socket.close()


def accept_all(extensions: Sequence[str] = ("PIPELINING",)) -> Script:
    def script(talk: Talk) -> None:
        talk.hello(*extensions)
        serve_messages(talk)

    return script


def serve_messages(talk: Talk) -> None:
    """Accept messages until the client leaves."""
    while talk.line().startswith(b"MAIL"):
        talk.say("250 ok\n")
        talk.line()
        talk.say("250 ok\n")
        talk.line()
        talk.say("354 go\n")
        talk.body()
        talk.say("250 queued\n")
