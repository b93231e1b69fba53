"""Adding and using passkeys through the pages of insured people."""

from typing import Final

from django.contrib.auth import SESSION_KEY
from django.http import HttpResponse
from django.test import Client
from django_otp_webauthn.models import WebAuthnCredential

from tests.accounts.authenticator import Authenticator
from tests.accounts.insured import CODE, CONFIRM, SECURITY, give_password

ADD: Final = f"{SECURITY}cle-d-acces/"
NEW: Final = f"{ADD}defi/"
USE: Final = "/connexion/cle-d-acces/"
ASK: Final = f"{USE}defi/"
CONFIRM_USE: Final = f"{CONFIRM}cle-d-acces/"
CONFIRM_ASK: Final = f"{CONFIRM_USE}defi/"
REMOVE: Final = f"{SECURITY}moyens/retirer/"


def add(browser: Client, device: Authenticator, *, name: str = "mon téléphone") -> WebAuthnCredential:
    """Add a passkey in a browser that has given a fresh code."""
    options = browser.post(NEW, {"name": name}).json()
    answer = browser.post(ADD, {"name": name, "credential": device.make(options)})
    assert answer.headers["Location"] == SECURITY, answer.content.decode()
    return WebAuthnCredential.objects.order_by("pk").last()


def use(client: Client, answer: str) -> HttpResponse:
    return client.post(USE, {"credential": answer})  # type: ignore[return-value]


def refused(client: Client, answer: str) -> bool:
    """Whether the second step is refused, said so, and nobody is signed in."""
    posted = use(client, answer)
    page = client.get(CODE).content.decode()
    return (
        posted.headers["Location"] == CODE
        and "Cette clé d’accès n’a pas été acceptée" in page
        and SESSION_KEY not in client.session
    )


def signed_in_with(device: Authenticator) -> Client:
    client = Client()
    give_password(client)
    assert use(client, device.sign(client.post(ASK).json())).status_code == 302
    return client
