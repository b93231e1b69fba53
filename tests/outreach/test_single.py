"""« Un message vous attend »: one message, on the person's own channel, with a text that says nothing."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.utils import timezone

from accounts.people.contacts import change_contact
from accounts.people.enums import ContactKind
from accounts.people.models import InsuredPerson
from outreach.channels.models import InboxMessage
from outreach.notifications.enums import Channel, MessageKind, Status
from outreach.notifications.linter import check_message, lint
from outreach.notifications.linter_html import read_html
from outreach.notifications.models import Notification
from outreach.notifications.single import post_single
from outreach.notifications.tasks import drain
from outreach.notifications.waiting_wording import WAITING_WORDING as WORDING

pytestmark = pytest.mark.django_db
KIND = MessageKind.MESSAGE_WAITING


def make_person(**values: Any) -> InsuredPerson:
    return InsuredPerson.objects.create(
        nir_sealed=b"sealed", nir_lookup=uuid.uuid4(), cohort=1, fund_code="01C751000", sex=1, **values
    )


def test_texts_keep_the_house_rules_and_name_no_subject() -> None:
    check_message(channel="email", subject=WORDING.email_subject, text=WORDING.email_text, html=WORDING.email_html)
    check_message(channel="sms", text=WORDING.sms_text)
    check_message(channel="post", text=WORDING.post_text)
    assert lint(WORDING.email_subject, channel="email", part="subject") == []
    texts = (WORDING.email_text, read_html(WORDING.email_html).visible, WORDING.sms_text, WORDING.post_text)
    for text in texts:
        assert "un message vous attend" in text.lower()
        assert not any(word in text.lower() for word in ("signal", "soin", "paiement", "fraud", "enquêt"))


@pytest.mark.parametrize(
    ("values", "channel", "reason"),
    [
        ({"has_email": True, "has_mobile": True}, Channel.EMAIL, ""),
        ({"has_email": True, "has_mobile": True, "preferred_channel": "sms"}, Channel.SMS, ""),
        ({"has_mobile": True}, Channel.SMS, ""),
        ({"postcode": "75011"}, Channel.POST, ""),
        ({"has_email": True, "postcode": "75011", "preferred_channel": "post"}, Channel.POST, ""),
        ({"has_email": True, "preferred_channel": "none"}, Channel.NONE, "opted-out"),
        ({"has_email": True, "is_contact_protected": True}, Channel.NONE, "protected"),
        ({"has_email": True, "died_on": dt.date(2026, 1, 1)}, Channel.NONE, "deceased"),
        ({}, Channel.NONE, "no-contact"),
    ],
)
def test_goes_where_the_person_may_be_reached(values: dict[str, Any], channel: Channel, reason: str) -> None:
    person = make_person(**values)
    assert post_single(KIND, insured_id=person.pk) is channel
    row = Notification.objects.get(insured_id=person.pk)
    assert (row.channel, row.status_reason, row.run_id) == (channel, reason, None)
    assert (row.next_attempt_at is None) == (channel is Channel.NONE)
    assert row.status == (Status.CANCELLED if reason else Status.CREATED)


def test_is_refused_for_somebody_unknown() -> None:
    with pytest.raises(LookupError):
        post_single(KIND, insured_id=987)


@pytest.mark.django_db(transaction=True)
def test_leaves_through_the_lane_once() -> None:
    person = make_person()
    change_contact(person.pk, kind=ContactKind.EMAIL, address="yzelle@example.org")
    post_single(KIND, insured_id=person.pk)
    assert drain("email") == 1
    assert drain("email") == 0
    row = Notification.objects.get(insured_id=person.pk)
    assert row.status == Status.SENDING
    assert row.created_on == timezone.localdate()
    assert InboxMessage.objects.count() == 1
