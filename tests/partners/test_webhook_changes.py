"""A publication is announced once to each partner that listens, with a place that the feed understands."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from accounts.partners.models import PartnerInsurer
from accounts.partners.webhooks import tasks
from accounts.partners.webhooks.endpoints import create_endpoint
from accounts.partners.webhooks.enums import EventType
from accounts.partners.webhooks.models import WebhookDelivery
from reimbursements.partner_api.announcing import announce_changes
from reimbursements.partner_api.models import AnnouncedFeed
from reimbursements.partner_api.publishing import follow_memberships, publish
from tests.partners.lines import load, make_line
from tests.partners.machine import machine_of
from tests.partners.receiver import Receiver, receiving
from tests.partners.rows import make_partner
from tests.partners.test_resources import CHANGES, make_member


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.OUTGOING_LOCAL_ALLOWED = True
    with receiving() as found:
        yield found


def listen(partner: PartnerInsurer, receiver: Receiver, *types: EventType) -> str:
    asked = types or (EventType.CHANGES_AVAILABLE,)
    return create_endpoint(partner.pk, url=receiver.url, event_types=asked, by="essai").secret


def told(receiver: Receiver, secret: str) -> list[Any]:
    tasks.deliver()
    return receiver.verified(secret)


def test_a_publication_is_announced_once_however_much_came(partner: PartnerInsurer, receiver: Receiver) -> None:
    secret = listen(partner, receiver)
    person = make_member(partner)
    load(make_line(person), make_line(person))
    load(make_line(person))
    publish()
    publish()
    follow_memberships()
    payloads = told(receiver, secret)
    assert [payload["type"] for payload in payloads] == ["changes.available"]
    feed = machine_of(partner).json(CHANGES)
    assert len(feed["data"]) == 4
    assert payloads[0]["data"] == {"position": feed["next_after"]}, "whoever has read everything knows it by this"
    load(make_line(person))
    publish()
    assert len(told(receiver, secret)) == 2


def test_who_does_not_listen_is_told_nothing(partner: PartnerInsurer, receiver: Receiver) -> None:
    listen(partner, receiver, EventType.ALERT_CREATED)
    listen(make_partner("99000002"), receiver)
    load(make_line(make_member(partner)))
    publish()
    assert not WebhookDelivery.objects.exists()


def test_a_publisher_that_died_leaves_the_announcement_to_the_next(
    partner: PartnerInsurer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = listen(partner, receiver)
    load(make_line(make_member(partner)))
    with monkeypatch.context() as patch:
        patch.setattr("reimbursements.partner_api.publishing.announce_changes", lambda: 0)
        publish()
    assert told(receiver, secret) == []
    publish()
    assert len(told(receiver, secret)) == 1


def test_of_two_publishers_one_announces(
    partner: PartnerInsurer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(partner, receiver)
    load(make_line(make_member(partner)))
    publish()
    position = AnnouncedFeed.objects.get().position
    monkeypatch.setattr("reimbursements.partner_api.announcing.fetch_all", lambda statement: [(partner.pk, position)])
    assert announce_changes() == 0
    assert WebhookDelivery.objects.count() == 1
