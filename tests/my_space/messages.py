"""Messages sent to invented people, without a sender."""

import datetime as dt
from typing import Any, Final

from django.test import Client
from django.utils import timezone

from accounts.people.models import InsuredPerson
from ameli_notify.core.partitions import Span, ensure_partitions
from outreach.digest.models import DigestRunRecipient
from outreach.digest.schema import NOTIFICATION, RECIPIENT
from outreach.notifications.enums import Channel, MessageKind
from outreach.notifications.models import Notification
from outreach.notifications.versions import active_templates

HOME: Final = "/mon-espace/"
MESSAGES: Final = "/mon-espace/messages-recus/"


def make_digest(
    person: InsuredPerson, *, on: dt.date | None = None, channel: Channel = Channel.EMAIL, **values: Any
) -> Notification:
    """A message of a wave, accepted by the carrier unless said otherwise."""
    day = on or timezone.localdate()
    ensure_partitions(RECIPIENT, first=day, last=day, span=Span.MONTH)
    made = make_single(person, on=day, channel=channel, **({"run_id": 1} | values))
    DigestRunRecipient.objects.create(
        insured_id=person.pk, planned_on=day, run_id=1, notification_id=made.pk,
        first_payment_on=day, last_payment_on=day, line_count=1,
    )  # fmt: skip
    return made


def make_single(
    person: InsuredPerson, *, on: dt.date | None = None, channel: Channel = Channel.EMAIL, **values: Any
) -> Notification:
    """A message outside of any wave."""
    day = on or timezone.localdate()
    ensure_partitions(NOTIFICATION, first=day, last=day, span=Span.DAY)
    template = active_templates(MessageKind.PAYMENT_DIGEST).get(channel)
    given: dict[str, Any] = {"status": "sending", "template_id": template.pk if template else None} | values
    return Notification.objects.create(created_on=day, insured_id=person.pk, channel=channel, **given)


def text_of(client: Client, address: str) -> str:
    """The words of a page that answers 200, with ordinary spaces."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    assert "no-store" in answer.headers["Cache-Control"]
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())
