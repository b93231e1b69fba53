"""Requests to addresses that others choose: none of ours, the one that was checked, in time, and by its certificate."""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from ameli_notify.core.outgoing import requests
from ameli_notify.core.outgoing.addresses import is_public, read_address
from ameli_notify.core.outgoing.errors import OutgoingError, OutgoingReason
from ameli_notify.core.outgoing.requests import Limits, send
from ameli_notify.core.outgoing.urls import read_url
from tests.core.certificates import make_certificates

NAME: Final = "hooks.example.org"
OK: Final = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-Kind: a\r\n\r\nok"
QUICK: Final = Limits(connect=0.4, total=0.4, most_bytes=100)

Serve = Callable[[socket.socket], None]


def reason_of(url: str, **more: Any) -> OutgoingReason:
    with pytest.raises(OutgoingError) as error:
        send("POST", url, **more)
    return error.value.reason


class TestAddresses:
    @given(st.ip_addresses())
    def test_that_are_not_global_are_refused(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
        if not address.is_global or address.is_multicast or address.is_reserved or address.is_loopback:
            assert not is_public(address)

    @given(st.ip_addresses(v=4))
    def test_inside_ipv6_are_refused_whichever_they_are(self, inner: ipaddress.IPv4Address) -> None:
        number = int(inner)
        for prefix in ("::ffff:0:0", "::", "64:ff9b::", "64:ff9b:1::"):
            assert not is_public(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + number)), prefix
        assert not is_public(ipaddress.IPv6Address((0x2002 << 112) + (number << 80))), "6to4"
        assert not is_public(ipaddress.IPv6Address((0x20010000 << 96) + (number ^ 0xFFFFFFFF))), "Teredo"

    @given(st.ip_addresses(v=4))
    def test_of_ordinary_networks_are_taken(self, address: ipaddress.IPv4Address) -> None:
        if address.is_global and not address.is_multicast and address.packed[0] not in (192,):
            assert is_public(address)

    @pytest.mark.parametrize("text", ["1.1.1.1", "80.67.169.12", "193.252.1.1", "2606:4700::1111", "2a01:e0c:1::1"])
    def test_of_the_internet_are_taken(self, text: str) -> None:
        assert is_public(read_address(text))

    @pytest.mark.parametrize(
        "text",
        [
            "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
            "172.31.255.255", "192.168.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
            "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
            "2001:db8::1", "2002:808:808::1", "2001::1", "100::1", "5f00::1",
        ],
    )  # fmt: skip
    def test_of_ours_and_of_nobody_are_refused(self, text: str) -> None:
        assert not is_public(read_address(text))


class TestUrls:
    @pytest.mark.parametrize(
        "url",
        [
            "", "http://hooks.example.org/", "ftp://hooks.example.org/", "https:///x", "//hooks.example.org/",
            "https://user@hooks.example.org/", "https://u:p@hooks.example.org/", "https://hooks.example.org/#x",
            "https://localhost/", "https://intranet/", "https://127.0.0.1/", "https://0x7f.1/", "https://2130706433/",
            "https://0177.0.0.1/", "https://[::1]/", "https://[2606:4700::1111]/", "https://hooks.example.org:22/",
            "https://hooks.example.org:0/", "https://hooks.example.org:99999/", "https://hooks.example.org:/",
            "https://hooks.example.org./", "https://hooks..example.org/", "https://-x.example.org/",
            "https://hööks.example.org/", "https://hooks.example.org/a b", "https://hooks.example.org/\r\nX: y",
            "https://hooks.example.org\\@127.0.0.1/", "https://hooks.example.org%2f@x/", "http://127.0.0.1/",
            "https://hooks.example.org/" + "a" * 500,
        ],
    )  # fmt: skip
    def test_that_are_not_plain_https_are_refused(self, url: str) -> None:
        assert reason_of(url) is OutgoingReason.UNFIT_URL

    @given(st.text() | st.builds("https://{}".format, st.text()))
    def test_are_read_or_refused(self, url: str) -> None:
        with suppress(OutgoingError):
            target = read_url(url)
            assert target.is_secure
            assert target.path.startswith("/")

    def test_are_taken_apart_in_one_way(self) -> None:
        target = read_url("https://Hooks.Example.org:8443/a/b?c=d")
        assert (target.host, target.port, target.path) == (NAME, 8443, "/a/b?c=d")
        assert target.host_header == f"{NAME}:8443"
        assert read_url(f"https://{NAME}").host_header == NAME

    def test_of_this_machine_need_the_setting(self, settings: Settings) -> None:
        settings.OUTGOING_LOCAL_ALLOWED = True
        assert not read_url("http://127.0.0.1:8000/x").is_secure
        for url in ("http://127.0.0.2/", "http://localhost/", f"http://{NAME}/", "http://127.0.0.1@example.org/"):
            assert reason_of(url) is OutgoingReason.UNFIT_URL


@pytest.fixture
def leads_to(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """The name leads to these addresses, one list for each time that it is asked; returns what was asked."""
    asked: list[str] = []

    def lead(*answers: list[str]) -> list[str]:
        following = list(answers)

        def answer(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in following.pop(0)]

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        return asked

    return lead


class TestNames:
    @pytest.mark.parametrize(
        "addresses",
        [
            ["127.0.0.1"], ["169.254.169.254"], ["1.1.1.1", "10.0.0.1"], ["::1"], ["::ffff:1.1.1.1"], ["fe80::1%lo"],
            ["?"],
        ],
        ids=str,
    )  # fmt: skip
    def test_that_lead_to_us_are_refused_before_any_connection(
        self, leads_to: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, addresses: list[str]
    ) -> None:
        leads_to(addresses)
        monkeypatch.setattr(requests, "open_socket", lambda *args, **kwargs: pytest.fail("connected"))
        assert reason_of(f"https://{NAME}/") is OutgoingReason.REFUSED_ADDRESS

    def test_that_lead_nowhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(*args: Any, **kwargs: Any) -> None:
            raise socket.gaierror

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        assert reason_of(f"https://{NAME}/") is OutgoingReason.UNKNOWN_NAME

    def test_that_take_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        over = Event()

        def slow(*args: Any, **kwargs: Any) -> list[Any]:
            over.wait(5)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", slow)
        assert reason_of(f"https://{NAME}/", limits=Limits(connect=0.1, total=0.1)) is OutgoingReason.TOO_SLOW
        over.set()

    def test_are_asked_once_and_the_address_that_was_checked_is_connected_to(
        self, leads_to: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """DNS rebinding: public when it is checked, ours a moment later."""
        asked, connected = leads_to(["1.1.1.1"], ["127.0.0.1"]), []

        def connect(address: str, port: int, **kwargs: Any) -> None:
            connected.append((address, port))
            raise ConnectionRefusedError

        monkeypatch.setattr(requests, "open_socket", connect)
        assert reason_of(f"https://{NAME}/") is OutgoingReason.UNREACHABLE
        assert (asked, connected) == ([NAME], [("1.1.1.1", 443)])

    def test_with_several_addresses_are_tried_in_turn(
        self, leads_to: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        leads_to(["1.1.1.1", "1.0.0.1"])
        connected = []

        def connect(address: str, port: int, **kwargs: Any) -> None:
            connected.append(address)
            raise ConnectionRefusedError

        monkeypatch.setattr(requests, "open_socket", connect)
        assert reason_of(f"https://{NAME}/") is OutgoingReason.UNREACHABLE
        assert connected == ["1.1.1.1", "1.0.0.1"]


@contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """A listener on this machine that does this with its one connection; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)

        def run() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    serve(connection)
                except OSError:
                    return

        thread = Thread(target=run, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join(timeout=5)


def answering(*parts: bytes, pause: float = 0.0, heard: list[bytes] | None = None) -> Serve:
    def serve(connection: socket.socket) -> None:
        request = b""
        while not request.endswith((b"\r\n\r\n", b"{}")):
            request += connection.recv(65_536)
        if b"content-length: 2\r\n" in request.lower() and not request.endswith(b"{}"):
            request += connection.recv(65_536)
        if heard is not None:
            heard.append(request)
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return serve


class TestAnswers:
    @pytest.fixture(autouse=True)
    def _local(self, settings: Settings) -> None:
        settings.OUTGOING_LOCAL_ALLOWED = True

    def test_come_back_whole(self) -> None:
        heard: list[bytes] = []
        with serving(answering(OK, heard=heard)) as port:
            answer = send("POST", f"http://127.0.0.1:{port}/p?q=1", body=b"{}", headers={"X-Own": "1"})
        assert (answer.status, answer.body, answer.headers["x-kind"]) == (200, b"ok", "a")
        head, _, body = heard[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /p?q=1 HTTP/1.1\r\n")
        assert f"Host: 127.0.0.1:{port}".encode() in head
        assert b"X-Own: 1" in head
        assert body == b"{}"

    def test_that_lead_elsewhere_are_not_followed(self) -> None:
        moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n"
        with serving(answering(moved)) as port:
            assert send("GET", f"http://127.0.0.1:{port}/").status == 302

    def test_ask_no_proxy_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        with serving(answering(OK)) as port:
            assert send("GET", f"http://127.0.0.1:{port}/").status == 200

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n" + b"x" * 101,
            b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5_000,
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n",
            b"nonsense\r\n\r\n",
            b"HTTP/1.1 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n",
            b"HTTP/1.1 200 OK\r\na: " + b"b" * 70_000 + b"\r\n\r\n",
        ],
        ids=["declared", "undeclared", "chunked", "no HTTP", "no status", "no chunk", "many headers", "long header"],
    )  # fmt: skip
    def test_that_are_too_long_or_unreadable_are_refused(self, answer: bytes) -> None:
        with serving(answering(answer)) as port:
            assert reason_of(f"http://127.0.0.1:{port}/", limits=Limits(most_bytes=100)) is OutgoingReason.BAD_ANSWER

    @pytest.mark.parametrize(
        "parts",
        [(), (b"HTTP/1.1 200 OK\r\n", *[b"a", b"b"] * 20), (OK[:-1].replace(b"2\r\n", b"90\r\n"), *[b"x"] * 40)],
        ids=["silent", "dripping headers", "dripping body"],
    )
    def test_have_one_deadline_however_they_drip(self, parts: tuple[bytes, ...]) -> None:
        with serving(answering(*parts, b"", pause=0.1) if parts else lambda connection: time.sleep(1)) as port:
            started = time.monotonic()
            assert reason_of(f"http://127.0.0.1:{port}/", limits=QUICK) is OutgoingReason.TOO_SLOW
            assert time.monotonic() - started < 2.5, "they drip for four seconds"

    def test_cut_short(self) -> None:
        with serving(answering(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx")) as port:
            assert reason_of(f"http://127.0.0.1:{port}/") is OutgoingReason.BAD_ANSWER

    def test_are_not_read_where_only_the_status_counts(self) -> None:
        with serving(answering(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5_000)) as port:
            answer = send("POST", f"http://127.0.0.1:{port}/", limits=Limits(most_bytes=None))
        assert (answer.status, answer.body) == (200, b"")

    def test_come_after_their_headers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        headers_read, read = Event(), requests._read

        def read_later(response: HTTPResponse, *, most_bytes: int) -> bytes:
            headers_read.set()
            return read(response, most_bytes=most_bytes)

        def serve(connection: socket.socket) -> None:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n")
            assert headers_read.wait(timeout=10)
            connection.sendall(b"body")

        monkeypatch.setattr(requests, "_read", read_later)
        with serving(serve) as port:
            assert send("GET", f"http://127.0.0.1:{port}/").body == b"body"

    def test_hung_up(self) -> None:
        with serving(lambda connection: None) as port:
            assert reason_of(f"http://127.0.0.1:{port}/") in (OutgoingReason.UNREACHABLE, OutgoingReason.BAD_ANSWER)


class TestCertificates:
    """A real TLS server: the name leads to this machine, which only the tests allow."""

    @pytest.fixture(autouse=True)
    def _here(self, settings: Settings, leads_to: Callable[..., list[str]]) -> None:
        settings.OUTGOING_LOCAL_ALLOWED = True
        leads_to(["127.0.0.1"])

    def ask(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, *, name: str = NAME, days: int = 2
    ) -> list[str | None]:
        """The names that TLS and HTTP spoke of. Raises OutgoingError."""
        made = make_certificates(folder, name=name, days=days)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.certificate, made.key)
        spoken: list[str | None] = []
        context.sni_callback = lambda connection, asked, own: spoken.append(asked)
        heard: list[bytes] = []

        def serve(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as secured:
                answering(OK, heard=heard)(secured)

        with serving(serve) as port:
            assert send("POST", f"https://{NAME}:{port}/", body=b"{}").status == 200
            assert f"\r\nHost: {NAME}:{port}\r\n".encode() in heard[0]
        return spoken

    def test_are_those_of_the_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.ask(tmp_path, monkeypatch) == [NAME]

    def test_of_another_name_are_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(OutgoingError, match="untrusted"):
            self.ask(tmp_path, monkeypatch, name="other.example.org")

    def test_that_have_ended_are_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(OutgoingError, match="untrusted"):
            self.ask(tmp_path, monkeypatch, days=-1)

    def test_of_nobody_we_trust_are_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        other = tmp_path / "other"
        other.mkdir()
        stranger = make_certificates(other, name=NAME)
        set_variable = monkeypatch.setenv
        monkeypatch.setattr(monkeypatch, "setenv", lambda name, value: set_variable(name, str(stranger.authority)))
        with pytest.raises(OutgoingError, match="untrusted"):
            self.ask(tmp_path, monkeypatch)
