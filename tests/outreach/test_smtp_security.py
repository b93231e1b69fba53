"""TLS without downgrade, log-in, and addresses that try to be commands."""

import base64
import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from outreach.channels.base import OutcomeKind
from outreach.channels.smtp_settings import Security, SmtpSettings
from tests.outreach.sinks import Script, ScriptedServer, Talk, accept_all, running_sink, serve_messages
from tests.outreach.test_smtp_channel import make_message, make_messages, outcomes_of, smtp

ACCEPTED, PERMANENT, NOT_TRIED = OutcomeKind.ACCEPTED, OutcomeKind.PERMANENT, OutcomeKind.NOT_TRIED
STARTTLS: dict[str, Any] = {"security": Security.STARTTLS, "connections": 1}


@dataclass(frozen=True)
class Certificate:
    ca_file: str
    context: ssl.SSLContext


def make_certificate(folder: Path, *, name: x509.GeneralName, days: int = 2) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=3))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return Certificate(str(folder / "cert.pem"), context)


LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path, name=LOOPBACK)


def starttls(certificate: Certificate, *, injected: str = "", then: tuple[str, ...] = ("PIPELINING",)) -> Script:
    def script(talk: Talk) -> None:
        talk.hello("STARTTLS", "AUTH PLAIN")
        assert talk.line() == b"STARTTLS"
        talk.say("220 go\n" + injected)
        talk.start_tls(certificate.context)
        talk.answer_hello(*then)
        serve_messages(talk)

    return script


def test_starttls(certificate: Certificate) -> None:
    with (
        ScriptedServer(starttls(certificate)) as server,
        smtp(server.port, ca_file=certificate.ca_file, **STARTTLS) as channel,
    ):
        outcomes = outcomes_of(channel, make_messages(30))
        channel.close()
    assert {outcome.kind for outcome in outcomes.values()} == {ACCEPTED}


@pytest.mark.parametrize("pipelining", [True, False])
def test_implicit_tls(certificate: Certificate, pipelining: bool) -> None:
    def script(talk: Talk) -> None:
        talk.start_tls(certificate.context)
        accept_all(("PIPELINING",))(talk)

    with (
        ScriptedServer(script) as server,
        smtp(
            server.port,
            security=Security.TLS,
            ca_file=certificate.ca_file,
            pipelining=pipelining,
            connections=2,
        ) as channel,
    ):
        big = make_message(99, payload=b"Subject: x\r\n\r\n" + b"." * 1_000_000)
        outcomes = outcomes_of(channel, [*make_messages(30), big])
        channel.close()
    assert {outcome.kind for outcome in outcomes.values()} == {ACCEPTED}


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
@pytest.mark.parametrize("flaw", ["unknown issuer", "another host", "expired"])
def test_wrong_certificate_is_refused(tmp_path: Path, flaw: str, security: Security) -> None:
    name = x509.DNSName("mail.example.org") if flaw == "another host" else LOOPBACK
    certificate = make_certificate(tmp_path, name=name, days=-1 if flaw == "expired" else 2)

    def implicit(talk: Talk) -> None:
        talk.start_tls(certificate.context)
        accept_all()(talk)

    script = implicit if security is Security.TLS else starttls(certificate)
    ca_file = "" if flaw == "unknown issuer" else certificate.ca_file
    with (
        ScriptedServer(script) as server,
        smtp(server.port, security=security, ca_file=ca_file, connections=1) as channel,
    ):
        outcomes = outcomes_of(channel, make_messages(5))
        channel.close()
    assert {outcome.kind for outcome in outcomes.values()} == {NOT_TRIED}
    assert all(outcome.detail.startswith("certificate refused") for outcome in outcomes.values())
    assert not any(line.startswith(b"MAIL") for line in server.heard)
    assert server.connections == 1, "trying again changes nothing"


def test_no_downgrade_when_starttls_is_stripped() -> None:
    with (
        ScriptedServer(accept_all(("PIPELINING", "AUTH PLAIN"))) as server,
        smtp(server.port, username="user", password="secret", **STARTTLS) as channel,
    ):
        outcomes = outcomes_of(channel, make_messages(3))
        channel.close()
    assert {(o.kind, o.detail) for o in outcomes.values()} == {(NOT_TRIED, "STARTTLS is not offered")}
    assert not any(line.startswith((b"MAIL", b"AUTH")) for line in server.heard)


def test_refused_starttls_sends_nothing_in_clear() -> None:
    def script(talk: Talk) -> None:
        talk.hello("STARTTLS")
        talk.line()
        talk.say("454 4.7.0 not now\n")
        assert talk.wait_for_end() == b""

    with ScriptedServer(script) as server, smtp(server.port, **STARTTLS) as channel:
        outcomes = outcomes_of(channel, make_messages(3))
        channel.close()
    assert {(o.kind, o.detail) for o in outcomes.values()} == {(NOT_TRIED, "STARTTLS 454 4.7.0")}


def test_replies_injected_before_tls_are_forgotten(certificate: Certificate) -> None:
    """A man in the middle appends replies to the last one in clear: no message may profit from them."""
    injected = "250-forged\n250 AUTH LOGIN\n250 ok\n250 ok\n354 go\n250 ok\n"
    with (
        ScriptedServer(starttls(certificate, injected=injected)) as server,
        smtp(server.port, ca_file=certificate.ca_file, **STARTTLS) as channel,
    ):
        outcomes = outcomes_of(channel, make_messages(3))
        channel.close()
    assert {outcome.kind for outcome in outcomes.values()} == {ACCEPTED}
    assert sum(line.startswith(b"EHLO") for line in server.heard) == 2
    assert sum(line.startswith(b"MAIL") for line in server.heard) == 3


def test_capabilities_of_the_plain_session_are_forgotten(certificate: Certificate) -> None:
    """AUTH PLAIN was announced in clear only: nothing is tried under TLS."""
    with (
        ScriptedServer(starttls(certificate)) as server,
        smtp(server.port, ca_file=certificate.ca_file, username="user", password="secret", **STARTTLS) as channel,
    ):
        outcomes = outcomes_of(channel, make_messages(1))
        channel.close()
    assert outcomes[1].detail == "neither AUTH PLAIN nor AUTH LOGIN is offered"


def log_in(mechanism: str, *answers: str) -> Script:
    def script(talk: Talk) -> None:
        talk.hello("PIPELINING", f"AUTH {mechanism}")
        for answer in answers:
            talk.line()
            talk.say(answer + "\n")
        serve_messages(talk)

    return script


def heard_by(script: Script) -> tuple[set[OutcomeKind], list[bytes], int]:
    with (
        ScriptedServer(script) as server,
        smtp(server.port, connections=1, username="user", password="sécret") as channel,
    ):
        outcomes = outcomes_of(channel, make_messages(2))
        channel.close()
    return {o.kind for o in outcomes.values()}, server.heard, server.connections


def test_auth_plain() -> None:
    kinds, heard, _ = heard_by(log_in("LOGIN PLAIN", "235 2.7.0 welcome"))
    assert kinds == {ACCEPTED}
    assert heard[1] == b"AUTH PLAIN " + base64.b64encode("\0user\0sécret".encode())


def test_auth_login() -> None:
    kinds, heard, _ = heard_by(log_in("LOGIN", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 welcome"))
    assert kinds == {ACCEPTED}
    assert heard[1:4] == [b"AUTH LOGIN", base64.b64encode(b"user"), base64.b64encode("sécret".encode())]


def test_wrong_password_is_tried_once() -> None:
    """A mail server would lock the account."""
    kinds, heard, connections = heard_by(log_in("PLAIN", "535 5.7.8 no"))
    assert kinds == {NOT_TRIED}
    assert connections == 1
    assert not any(line.startswith(b"MAIL") for line in heard)


@pytest.mark.parametrize(
    ("recipient", "detail"),
    [
        ("person@example.org>\r\nRCPT TO:<other@example.org", "501 5.1.3"),
        ("person@example.org\n", "501 5.1.3"),
        ("person@example.org\x00", "501 5.1.3"),
        ("two words@example.org", "501 5.1.3"),
        ("<person@example.org>", "501 5.1.3"),
        ("person", "501 5.1.3"),
        ("@example.org", "501 5.1.3"),
        ("person@", "501 5.1.3"),
        ("", "501 5.1.3"),
        ("p" * 250 + "@example.org", "501 5.1.3"),
        ("andré@example.org", "553 5.6.7"),
        ("person@exаmple.org", "553 5.6.7"),
    ],
)
def test_bad_recipient_never_reaches_the_server(tmp_path: Path, recipient: str, detail: str) -> None:
    with running_sink(tmp_path) as sink, smtp(sink.port) as channel:
        outcomes = outcomes_of(channel, [make_message(1, recipient=recipient)])
        assert (outcomes[1].kind, outcomes[1].detail) == (PERMANENT, detail)
        assert sink.stop()["connections"] == 0


def test_url() -> None:
    settings = SmtpSettings.from_url(
        f"smtp+tls://us%40er:p%3Aw@mail.example.org?connections=20&rate=250&ca_file={__file__}&helo=example.net"
    )
    assert settings == SmtpSettings(
        host="mail.example.org",
        port=587,
        security=Security.STARTTLS,
        username="us@er",
        password="p:w",
        connections=20,
        rate=250.0,
        ca_file=__file__,
        helo="example.net",
    )
    assert "p:w" not in repr(settings)
    assert SmtpSettings.from_url("smtps://mail.example.org").port == 465
    assert SmtpSettings.from_url("smtp://[::1]:2525").host == "::1"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://mail.example.org", "doit ressembler à"),
        ("smtp://mail.example.org:port", "doit ressembler à"),
        ("smtp://", "ne nomme pas d’hôte"),
        ("smtp://mail.example.org/path", "ne peut pas avoir de chemin"),
        ("smtp://mail.example.org?tls=no", "est inconnue"),
        ("smtp://mail.example.org?rate=fast", "l’option rate"),
        ("smtp://mail.example.org?rate=nan", "l’option rate"),
        ("smtp://mail.example.org:0", "le port"),
        ("smtps://mail.example.org?ca_file=/nowhere/ca.pem", "ca_file"),
        ("smtp://mail.example.org?connections=0", "connections"),
        ("smtp://mail.example.org?helo=a%0d%0ab", "helo"),
        ("smtp://user:topsecret@mail.example.org", "chiffrée"),
    ],
)
def test_bad_url_is_refused_without_repeating_it(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refused:
        SmtpSettings.from_url(url)
    assert "topsecret" not in str(refused.value)
