"""Tokens bound to a client certificate (RFC 8705): of no use from another connection."""

import base64
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.checks import run_checks
from django.test import Client
from pytest_django import Settings

from accounts.partners.certificates import UnfitCertificateError, read_certificates, thumbprint
from accounts.partners.client_models import PartnerClient, PartnerToken
from accounts.partners.models import PartnerInsurer
from tests.core.certificates import make_certificates
from tests.partners.machine import ASSERTION_TYPE, TOKEN, add_key, ask, claims_of, make_client, sign

HEADER: Final = "X-Client-Certificate"
STATUS: Final = "/api/v1/status"


@pytest.fixture(autouse=True)
def _proxy(settings: Settings) -> None:
    settings.CLIENT_CERTIFICATE_HEADER = HEADER
    settings.TRUSTED_PROXY_HOPS = 1


@pytest.fixture
def certificate(tmp_path: Path) -> x509.Certificate:
    made = make_certificates(tmp_path, name="machine.example.org")
    return x509.load_pem_x509_certificate(made.certificate.read_bytes())


@pytest.fixture
def other(tmp_path: Path) -> x509.Certificate:
    folder = tmp_path / "other"
    folder.mkdir()
    return x509.load_pem_x509_certificate(make_certificates(folder, name="other.example.org").certificate.read_bytes())


@pytest.fixture
def client(partner: PartnerInsurer, certificate: x509.Certificate) -> PartnerClient:
    made = make_client(partner)
    made.certificate_thumbprints = [thumbprint(certificate)]
    made.save()
    add_key(made)
    return made


def rfc_9440(certificate: x509.Certificate) -> str:
    return f":{base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()}:"


def escaped(certificate: x509.Certificate) -> str:
    return quote(certificate.public_bytes(Encoding.PEM).decode())


def grant(client: PartnerClient, header: str = "") -> Any:  # noqa: ANN401 (Django's test answers)
    data = {
        "grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": sign(claims_of(client)),
    }  # fmt: skip
    content = "&".join(f"{name}={quote(value, safe='')}" for name, value in data.items())
    headers = {HEADER: header} if header else {}
    return Client().post(TOKEN, content, content_type="application/x-www-form-urlencoded", headers=headers)


def use(token: str, header: str = "") -> int:
    headers = {"authorization": f"Bearer {token}"} | ({HEADER: header} if header else {})
    return Client().get(STATUS, headers=headers).status_code


@pytest.mark.parametrize("spell", [rfc_9440, escaped])
def test_a_token_is_given_to_the_certificate_and_taken_from_it_alone(
    client: PartnerClient,
    certificate: x509.Certificate,
    other: x509.Certificate,
    spell: Any,  # noqa: ANN401
) -> None:
    token = grant(client, spell(certificate)).json()["access_token"]
    assert PartnerToken.objects.get().certificate_thumbprint == thumbprint(certificate)
    assert use(token, spell(certificate)) == 200
    for header in ("", spell(other), "nonsense", ":AAAA:", "%%%", spell(certificate) + "," + spell(certificate)):
        assert use(token, header) == 401, header[:10]


def test_a_stolen_token_is_refused_as_any_other_that_is_not_good(
    client: PartnerClient, certificate: x509.Certificate
) -> None:
    token = grant(client, escaped(certificate)).json()["access_token"]
    refused = Client().get(STATUS, headers={"authorization": f"Bearer {token}"})
    assert refused.json()["code"] == "invalid-token"
    assert refused["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("given", ["none", "other", "off"])
def test_without_its_certificate_the_client_gets_no_token(
    client: PartnerClient, certificate: x509.Certificate, other: x509.Certificate, settings: Settings, given: str
) -> None:
    header = {"none": "", "other": escaped(other), "off": escaped(certificate)}[given]
    if given == "off":
        settings.CLIENT_CERTIFICATE_HEADER = ""
    refused = grant(client, header)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert not PartnerToken.objects.exists()


def test_tokens_from_before_the_certificate_and_of_one_that_was_withdrawn_die(
    partner: PartnerInsurer, certificate: x509.Certificate
) -> None:
    client = make_client(partner)
    add_key(client)
    before = ask(sign(claims_of(client))).json()["access_token"]
    assert use(before, escaped(certificate)) == 200, "no certificate is asked for"
    PartnerClient.objects.update(certificate_thumbprints=[thumbprint(certificate)])
    assert use(before, escaped(certificate)) == 401
    bound = grant(client, escaped(certificate)).json()["access_token"]
    assert use(bound, escaped(certificate)) == 200
    for known in (["A" * 43], []):
        PartnerClient.objects.update(certificate_thumbprints=known)
        assert use(bound, escaped(certificate)) == 401, known


def test_the_metadata_say_whether_certificates_are_used(db: None, settings: Settings) -> None:
    page = "/.well-known/oauth-authorization-server"
    assert Client().get(page).json()["tls_client_certificate_bound_access_tokens"] is True
    settings.CLIENT_CERTIFICATE_HEADER = ""
    assert Client().get(page).json()["tls_client_certificate_bound_access_tokens"] is False


def test_the_header_needs_a_proxy_of_ours(settings: Settings) -> None:
    assert not [error for error in run_checks() if "CLIENT_CERTIFICATE_HEADER" in error.msg]
    settings.TRUSTED_PROXY_HOPS = 0
    assert [error for error in run_checks() if "CLIENT_CERTIFICATE_HEADER" in error.msg]


class TestRegistering:
    def test_takes_certificates_and_thumbprints_once_each(
        self, certificate: x509.Certificate, other: x509.Certificate
    ) -> None:
        pems = "\n".join(one.public_bytes(Encoding.PEM).decode() for one in (certificate, other, certificate))
        found = read_certificates(f"{pems}\n{thumbprint(other)}\n")
        assert sorted(found) == sorted({thumbprint(certificate), thumbprint(other)})
        assert read_certificates("  \n ") == []

    @pytest.mark.parametrize(
        "text",
        [
            "x", "A" * 44, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            "\n".join(letter * 43 for letter in "abcd"),
        ],
        ids=["word", "length", "unreadable", "four"],
    )  # fmt: skip
    def test_refuses_anything_else(self, text: str) -> None:
        with pytest.raises(UnfitCertificateError):
            read_certificates(text)
