"""Invented people with payments, signed in."""

import datetime as dt
import uuid
from dataclasses import replace
from itertools import count
from typing import Any

from django.test import Client
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.identity.devices import CodeDevice
from accounts.identity.enums import CodeChannel
from accounts.identity.models import InsuredAccount, OpenSession
from accounts.people.models import InsuredPerson, nir_context
from accounts.staff.models import User
from ameli_notify.core.crypto import key_ring, lookup_id, lookup_key
from ameli_notify.core.partitions import Span, ensure_partitions
from reimbursements.explanations.lines import LineView
from reimbursements.lines.schema import TABLE
from tests.reimbursements.test_explanations_cases import CASES, copay, gp
from tests.reimbursements.test_explanations_loading import save

NOW = dt.datetime(2026, 11, 1, 10, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 1)
PAID = dt.date(2026, 10, 19)
BACKEND = "django.contrib.auth.backends.ModelBackend"
SPACE = "/mon-espace/"
PAYMENTS = "/mon-espace/paiements/"
CSV = "/mon-espace/paiements/releve.csv"

_numbers = count(1)


def make_person(first_names: str, *, born: dt.date = dt.date(1985, 7, 31), **fields: Any) -> InsuredPerson:
    number, lookup = next(_numbers), uuid.uuid4()
    return InsuredPerson.objects.create(
        nir_sealed=key_ring().seal(f"2850700888{number:03d}00", context=nir_context(lookup)),
        nir_lookup=lookup,
        cohort=number % 10,
        fund_code="01C751000",
        birth_date_text=born.strftime("%Y%m%d"),
        born_on=born,
        sex=2,
        birth_name="ESSAI",
        first_names=first_names,
        postcode="75011",
        **fields,
    )


def make_child(
    parent: InsuredPerson, first_names: str = "Noé", *, born: dt.date = dt.date(2015, 3, 2)
) -> InsuredPerson:
    return make_person(first_names, born=born, policyholder=parent)


def pay(
    insured: InsuredPerson,
    *lines: LineView,
    to: InsuredPerson | None = None,
    on: dt.date = PAID,
    **others: Any,
) -> int:
    """One statement; returns its number. ``to``: the beneficiary, when it is not the insured person."""
    number = next(_numbers)
    ensure_partitions(TABLE, first=on, last=on, span=Span.MONTH)
    beneficiary = to or insured
    for line_no, line in enumerate(lines or (gp(), copay(1951, "2.00")), start=1):
        moved = replace(
            line,
            line_no=line_no,
            insured_id=insured.pk,
            beneficiary_id=beneficiary.pk,
            beneficiary_quality=1 if to is None else 3,
            payment_date=on,
            care_start=on - dt.timedelta(days=7),
            care_end=on - dt.timedelta(days=7),
            **others,
        )
        save(moved, statement_no=number)
    return number


def pay_case(insured: InsuredPerson, name: str, **others: Any) -> int:
    """A statement of the explained cases."""
    return pay(insured, *CASES[name], **others)


def sign_in(person: InsuredPerson) -> Client:
    """A browser in which the person has given both factors."""
    client = Client()
    open_session(client, person)
    return client


def open_session(client: Client, person: InsuredPerson) -> None:
    user = User.objects.create_user(str(person.public_id))
    account = InsuredAccount.objects.create(user=user, insured=person)
    device = CodeDevice.objects.create(user=user, channel=CodeChannel.SMS, name="mobile")
    client.force_login(user, backend=BACKEND)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
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


def page_of(client: Client, address: str = PAYMENTS) -> str:
    """The words of a page that answers 200, with ordinary spaces."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode().replace("\u00a0", " ")


def rows_of(client: Client, address: str = PAYMENTS) -> list[Any]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return list(answer.context["listing"].rows)
