"""What really leaves the house, as the mail server kept it."""

import datetime as dt
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from accounts.people.models import ContactChannel, InsuredPerson
from ameli_notify.core.crypto import key_ring
from outreach.channels.sink import recipient_hash
from outreach.notifications.dispatch.composing import identifier_key
from outreach.notifications.render import parse_verp
from tests.guards.personal_data import CANARY_EMAIL, CANARY_NAMES
from tests.outreach.conftest import StartSink
from tests.outreach.outbox import let_retries_be_due, message_ids, person_of, plan_people, send, statuses

pytestmark = pytest.mark.django_db(transaction=True)


def sent_message(start_sink: StartSink, folder: Path) -> EmailMessage:
    """One message to the canary, from a worker whose clock is eleven days ahead."""
    start_sink("--keep-dir", str(folder))
    plan_people(1)
    (only,) = statuses()
    person = person_of(only)
    sealed = key_ring().seal(CANARY_EMAIL, context=f"contactchannel.email|{person}")
    ContactChannel.objects.filter(insured_id=person).update(address_sealed=sealed)
    InsuredPerson.objects.filter(pk=person).update(birth_name=CANARY_NAMES[0], first_names=CANARY_NAMES[1])
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=11)):
        send()
    (path,) = folder.iterdir()
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def test_headers(start_sink: StartSink, tmp_path: Path) -> None:
    message = sent_message(start_sink, tmp_path / "kept")
    assert message["From"] == "l'Assurance Maladie <assurance-maladie@info.ameli.fr>"
    assert message["To"] == CANARY_EMAIL
    assert message["Subject"] == "Information de paiement"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].strip("<>") in message_ids(statuses())
    assert message["List-Unsubscribe"] is None
    written = parsedate_to_datetime(message["Date"])
    assert abs(written - timezone.now()) < dt.timedelta(minutes=1), "the worker's clock was believed"
    assert len(message.keys()) == len(set(message.keys()))
    assert not message.defects


def test_both_parts_say_it_in_french(start_sink: StartSink, tmp_path: Path) -> None:
    message = sent_message(start_sink, tmp_path / "kept")
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text, html = (part.get_content() for part in message.iter_parts())
    assert 'lang="fr"' in html
    assert {part["Content-Language"] for part in message.iter_parts()} == {"fr"}
    assert {part.get_content_charset() for part in message.iter_parts()} == {"utf-8"}
    assert "Assurance Maladie" in text
    assert "Assurance Maladie" in html


def test_nothing_personal_but_the_address(start_sink: StartSink, tmp_path: Path) -> None:
    message = sent_message(start_sink, tmp_path / "kept")
    del message["To"]
    for part in (message.as_string(), *(part.get_content() for part in message.iter_parts())):
        assert CANARY_EMAIL not in part
        assert not any(name.lower() in part.lower() for name in CANARY_NAMES)
        assert "€" not in part
        assert "http" not in part.replace("http-equiv", "")


def test_two_people_read_the_same_words(start_sink: StartSink, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    start_sink("--keep-dir", str(folder))
    plan_people(2)
    send()
    first, second = (path.read_bytes().splitlines() for path in sorted(folder.iterdir()))
    different = {one.split(b":")[0] for one, other in zip(first, second, strict=True) if one != other}
    assert different == {b"To", b"Message-ID"}


def test_a_bounce_finds_its_message(start_sink: StartSink) -> None:
    sink = start_sink()
    plan_people(30)
    send()
    key = identifier_key()
    for line in sink.ledger():
        notification = parse_verp(key, line.sender)
        assert notification is not None
        assert message_ids([notification]) == {line.message_id: notification}
        address = f"p{person_of(notification)}@example.org"
        assert line.recipient_hash == recipient_hash(address.encode())
        assert parse_verp(key, line.sender.replace(str(notification), str(notification + 1))) is None


def test_another_try_carries_the_same_identifiers(start_sink: StartSink) -> None:
    sink = start_sink("--tempfail", "1")
    plan_people(5)
    send()
    before = message_ids(statuses())
    sink.stop()
    later = start_sink(port=sink.port)
    let_retries_be_due()
    send()
    assert sorted(later.accepted_ids()) == sorted(before)
