"""However many partners are slow, their notices hold no more than their share of the workers."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.partners.models import PartnerInsurer
from accounts.partners.webhooks import sending, tasks
from accounts.partners.webhooks.announcing import announce
from accounts.partners.webhooks.endpoints import create_endpoint
from accounts.partners.webhooks.enums import EventType
from tests.partners.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.OUTGOING_LOCAL_ALLOWED = True
    settings.QUEUE_WORKERS = 2
    with receiving() as found:
        yield found


@pytest.fixture
def waiting(partner: PartnerInsurer, receiver: Receiver) -> None:
    create_endpoint(partner.pk, url=receiver.url, event_types=EventType.offered(), by="essai")
    announce(partner.pk, EventType.EXPORT_READY, {"id": "x"})


def test_of_two_workers_one_stays_free(waiting: None, receiver: Receiver) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, 0)", [sending.PLACES_LOCK])
        assert tasks.deliver() == 0
        assert receiver.requests == []
        with other.cursor() as cursor:
            # The server lets go of a closed connection's locks a moment after « close » has returned.
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()
    assert tasks.deliver() == 1


def test_of_more_workers_half_may_send(waiting: None, receiver: Receiver, settings: Settings) -> None:
    settings.QUEUE_WORKERS = 4
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, 0)", [sending.PLACES_LOCK])
        assert tasks.deliver() == 1
    finally:
        other.close()


def test_what_is_due_when_the_time_is_over_is_gone_on_with_at_once(
    waiting: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert sending.deliver(seconds=0) == 0
    assert OrmQ.objects.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert sending.deliver() == 1
    assert OrmQ.objects.count() == 1, "nothing is due, nobody is woken"
