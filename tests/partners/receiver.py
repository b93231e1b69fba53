"""A partner's receiver of webhooks on this machine: a library that is not ours verifies, and it can misbehave."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Final

from standardwebhooks.webhooks import Webhook

HANG: Final = 0
"""Instead of a status: no answer until the receiver is closed."""
PATH: Final = "/hooks"


@dataclass
class Receiver:
    """``answers``: statuses to give, one after the other; then 204."""

    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0
    closing: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    def verified(self, secret: str) -> list[Any]:
        """The payloads, each as the library accepts it."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.requests]

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.requests]


@contextmanager
def receiving(*answers: int, **headers: str) -> Iterator[Receiver]:
    told = Receiver(answers=list(answers), headers=headers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = told.answers.pop(0) if told.answers else 204
            if status == HANG:
                told.closing.wait(30)
                return
            self.send_response(status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            """A sender that hangs up is what is tested."""

    with Server(("127.0.0.1", 0), Handler) as server:
        told.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield told
        finally:
            told.closing.set()
            server.shutdown()
            thread.join()
