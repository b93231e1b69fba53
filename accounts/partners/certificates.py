"""Tokens that are taken from one client certificate only (RFC 8705, 3): stolen, they are of no use.

TLS ends at our reverse proxy. It checks that the client holds the certificate's key, and hands the certificate over in
the header that ``settings.CLIENT_CERTIFICATE_HEADER`` names, after taking that header out of what the client sent.
Whose certificate it is does not matter: it is known by its thumbprint, which somebody has registered.
"""

import base64
import hashlib
import re
from typing import Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.http import HttpRequest

from accounts.partners.client_models import PartnerClient

MOST_CERTIFICATES: Final = 3
"""Registered at once, so that one can follow another."""
LONGEST_HEADER: Final = 16_384
_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_RFC_9440: Final = re.compile(r":([A-Za-z0-9+/]+={0,2}):")
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")


class UnfitCertificateError(ValueError):
    """A text that holds no certificate; the message is one French sentence."""


def presented_certificate(request: HttpRequest) -> str:
    """Thumbprint (``x5t#S256``) of the certificate of this connection; empty without one that can be read."""
    name: str = settings.CLIENT_CERTIFICATE_HEADER
    text = request.headers.get(name, "") if name else ""
    if not text or len(text) > LONGEST_HEADER:
        return ""
    try:
        return thumbprint(_read_header(text))
    except ValueError:
        return ""


def may_use(client: PartnerClient, *, bound_to: str, certificate: str) -> bool:
    """Whether a token of the client, bound to ``bound_to`` or to nothing, may be used from this certificate.

    One that was given before the client registered a certificate, or from one that it has no longer, may not.
    """
    known = client.certificate_thumbprints
    if not known and not bound_to:
        return True
    return bound_to in known and certificate == bound_to


def read_certificates(text: str) -> list[str]:
    """Thumbprints of pasted certificates (PEM), or as they are, one a line; each once. Raises UnfitCertificateError."""
    pasted = _PEM.findall(text)
    rest = _PEM.sub("", text).split()
    if any(_THUMBPRINT.fullmatch(word) is None for word in rest):
        raise UnfitCertificateError(
            "Collez des certificats (PEM), ou leurs empreintes « x5t#S256 » de 43 caractères, une par ligne."
        )
    try:
        found = [*rest, *(thumbprint(x509.load_pem_x509_certificate(pem.encode())) for pem in pasted)]
    except ValueError:
        raise UnfitCertificateError("Un certificat collé n’est pas lisible.") from None
    unique = list(dict.fromkeys(found))
    if len(unique) > MOST_CERTIFICATES:
        raise UnfitCertificateError(f"{MOST_CERTIFICATES} certificats au plus, pour que l’un succède à l’autre.")
    return unique


def thumbprint(certificate: x509.Certificate) -> str:
    """RFC 8705, 3.1."""
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _read_header(text: str) -> x509.Certificate:
    """One certificate, in one of the two spellings. Raises ValueError."""
    binary = _RFC_9440.fullmatch(text)
    if binary is not None:
        return x509.load_der_x509_certificate(base64.b64decode(binary[1], validate=True))
    pem = _PEM.fullmatch(unquote(text).strip())
    if pem is None:
        raise ValueError("neither RFC 9440 nor a PEM")
    return x509.load_pem_x509_certificate(pem[0].encode())
