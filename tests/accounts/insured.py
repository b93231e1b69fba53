"""Insured people for the tests of sign-in, and what their telephone and mailbox received."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.identity.changing import begin_app
from accounts.identity.devices import CodeDevice, InsuredTotpDevice
from accounts.identity.enums import CodeChannel
from accounts.identity.models import InsuredAccount
from accounts.people.contacts import contact_lookup
from accounts.people.enums import ContactKind
from accounts.people.models import ContactChannel, InsuredPerson, contact_context, nir_context
from accounts.people.nir import nir_key
from accounts.people.querysets import nir_lookup_of
from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring
from outreach.channels.models import InboxMessage
from outreach.codes.sending import send_waiting
from tests.guards.personal_data import CANARY_EMAIL, CANARY_NAMES, CANARY_PHONE

BIRTH: Final = "31071985"
POSTCODE: Final = "75011"
PASSWORD: Final = "quatre mots sans rapport"
NOBODY: Final = "1850700888777" + nir_key("1850700888777")
"""The NIR of nobody."""

SIGN_IN: Final = "/connexion/"
CODE: Final = "/connexion/code/"
CREATE: Final = "/creer-mon-compte/"
FORGOTTEN: Final = "/mot-de-passe-oublie/"
SECURITY: Final = "/mon-espace/informations/securite/"
CONFIRM: Final = f"{SECURITY}confirmer/"
HOME: Final = "/mon-espace/"


def make_nir(number: int = 123) -> str:
    first = f"1850700999{number:03d}"
    return first + nir_key(first)


NIR: Final = make_nir()


def make_person(nir: str = NIR, *, email: str = CANARY_EMAIL, mobile: str = CANARY_PHONE) -> InsuredPerson:
    """Somebody whom the insurer knows, with an e-mail address and a mobile number unless they are empty."""
    lookup = nir_lookup_of(nir)
    person = InsuredPerson.objects.create(
        nir_sealed=key_ring().seal(nir, context=nir_context(lookup)),
        nir_lookup=lookup,
        cohort=3,
        fund_code="01C751000",
        birth_date_text="19850731",
        born_on=dt.date(1985, 7, 31),
        sex=1,
        birth_name=CANARY_NAMES[0],
        first_names=CANARY_NAMES[1],
        postcode=POSTCODE,
        has_email=bool(email),
        has_mobile=bool(mobile),
    )
    for kind, address in ((ContactKind.EMAIL, email), (ContactKind.MOBILE, mobile)):
        if address:
            add_contact(person, kind=kind, address=address)
    return person


def add_contact(person: InsuredPerson, *, kind: ContactKind, address: str) -> ContactChannel:
    return ContactChannel.objects.create(
        insured=person,
        kind=kind,
        address_sealed=key_ring().seal(address, context=contact_context(person.pk, kind)),
        address_lookup=contact_lookup(kind, address),
        started_at=timezone.now(),
    )


def make_account(nir: str = NIR, *, password: str = PASSWORD, **contacts: str) -> InsuredAccount:
    """Somebody with an account who receives codes on every channel that the insurer knows."""
    person = make_person(nir, **contacts)
    user = User.objects.create_user(str(person.public_id), password=password)
    for channel, has_one in ((CodeChannel.SMS, person.has_mobile), (CodeChannel.EMAIL, person.has_email)):
        if has_one:
            CodeDevice.objects.create(user=user, channel=channel, name=channel.label)
    return InsuredAccount.objects.create(user=user, insured=person)


def add_app(account: InsuredAccount, *, name: str = "mon téléphone") -> InsuredTotpDevice:
    """An authenticator app in use."""
    device = begin_app(account, name=name)
    InsuredTotpDevice.objects.filter(pk=device.pk).update(confirmed=True)
    device.refresh_from_db()
    return device


def code_shown_by(device: InsuredTotpDevice) -> str:
    return f"{device.totp().token():06d}"


@dataclass(frozen=True)
class Received:
    channel: str
    recipient: str
    text: str


def deliver() -> list[Received]:
    """Send what waits and take it out of the demo's inbox, the oldest first."""
    for channel in CodeChannel:
        send_waiting(channel)
    found = [
        Received(message.channel, message.recipient_masked, message.text)
        for message in InboxMessage.objects.order_by("-notification_id")
    ]
    InboxMessage.objects.all().delete()
    return found


def code_received() -> str:
    """The one code that has just arrived."""
    codes: list[str] = [code for message in deliver() for code in re.findall(r"(?<!\d)\d{6}(?!\d)", message.text)]
    assert len(codes) == 1, f"{len(codes)} codes"
    return codes[0]


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def give_password(client: Client, nir: str = NIR, password: str = PASSWORD, **data: str) -> HttpResponse:
    return client.post(SIGN_IN, {"nir": nir, "password": password, **data})  # type: ignore[return-value]


def describe(client: Client, nir: str = NIR, *, start: str = CREATE, **data: str) -> HttpResponse:
    """Step 1 of creating an account."""
    known = {"nir": nir, "birth_date": BIRTH, "postcode": POSTCODE}
    return client.post(start, known | data)  # type: ignore[return-value]


def signed_in(nir: str = NIR, *, password: str = PASSWORD) -> Client:
    """A browser in which the person has given password and code."""
    client = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
    give_password(client, nir, password)
    answer = client.post(CODE, {"code": code_received()})
    assert answer.status_code == 302, answer.content.decode()
    return client


def confirmed(client: Client) -> Client:
    """The same browser after a fresh code by SMS or e-mail."""
    page = client.get(CONFIRM)
    client.post(f"{CONFIRM}envoyer/", {"device": page.context["factor"].device_id})
    answer = client.post(CONFIRM, {"code": code_received()})
    assert answer.status_code == 302, answer.content.decode()
    return client


def stored_sessions() -> str:
    """All stored sessions, as whoever steals the table would read them."""
    return repr([row.get_decoded() for row in Session.objects.all()])
