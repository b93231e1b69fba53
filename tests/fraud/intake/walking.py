"""Going through the form as a browser does: addresses come from the pages, each answer is posted."""

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.identity.devices import CodeDevice
from accounts.identity.models import InsuredAccount, OpenSession
from accounts.people.models import InsuredPerson
from ameli_notify.core.crypto import lookup_id, lookup_key
from fraud.intake.models import FraudReport
from reimbursements.payments.tokens import StatementKey, statement_token
from tests.reimbursements.payments.rows import BACKEND, PAID, pay

EMITTER = "01C751000"
STORY = "Je n’ai vu personne ce jour-là."


def start_url(person: InsuredPerson, number: int | None = None, **others: str) -> str:
    """The form about one statement of a person, a new one when no number is given."""
    if number is None:
        number = pay(person)
    key = StatementKey(payment_date=PAID, emitter_code=EMITTER, statement_no=number)
    query = "&".join(f"{name}={value}" for name, value in others.items())
    return f"{reverse('report-start')}?paiement={statement_token(key, reader_id=person.pk)}&{query}"


def marks_in(page: str) -> list[str]:
    return re.findall(r'name="lines" value="([^"]+)"', page)


def start(client: Client, url: str) -> str:
    """Tick everything; returns the address of the draft's first page."""
    marks = marks_in(client.get(url).content.decode())
    answer = client.post(url, {"lines": marks})
    assert answer.status_code == 302, answer.content.decode()
    return follow(client, answer.headers["Location"])


def follow(client: Client, address: str) -> str:
    """Where redirects end."""
    answer = client.get(address, follow=True)
    assert answer.status_code == 200
    return answer.redirect_chain[-1][0] if answer.redirect_chain else address


def post(client: Client, address: str, data: dict[str, Any]) -> str:
    answer = client.post(address, data)
    assert answer.status_code == 302, answer.content.decode()
    return follow(client, answer.headers["Location"])


def write_draft(
    client: Client, url: str, *, motive: str = "acte-non-realise", detail: str = "jamais", story: str = STORY
) -> str:
    """Answer everything but send; returns the address of the last check."""
    here = start(client, url)
    here = post(client, here, {"choice": motive})
    here = post(client, here, {"choice": detail, "story": story})
    assert here.endswith("/documents/"), here
    return post(client, here, {"next": "1"})


def send(client: Client, url: str, **answers: str) -> FraudReport:
    """A whole report, sent."""
    check = write_draft(client, url, **answers)
    page = post(client, check, {})
    return FraudReport.objects.get(public_id=re.findall(r"[0-9a-f-]{36}", page)[0])


def upload(content: bytes, *, name: str = "facture.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def another_browser(person: InsuredPerson) -> Client:
    """Both factors given once more, in a browser that knows nothing."""
    client = Client()
    account = InsuredAccount.objects.get(insured=person)
    client.force_login(account.user, backend=BACKEND)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = CodeDevice.objects.filter(user=account.user).order_by("pk")[0].persistent_id
    session.save()
    now = timezone.now()
    OpenSession.objects.create(
        account=account,
        key_lookup=lookup_id("session", session.session_key or "", key=lookup_key()),
        browser="Firefox",
        system="Linux",
        started_at=now,
        last_seen_at=now,
    )
    return client
