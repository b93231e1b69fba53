"""Webhooks from the announcement to the partner's receiver: signed, again when they must be, out of nobody's way."""

import datetime as dt
import time
import uuid
from collections.abc import Iterator
from typing import Any, Final

import pytest
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from accounts.partners.enums import PartnerState
from accounts.partners.models import PartnerInsurer
from accounts.partners.webhooks import ledger, sending, tasks
from accounts.partners.webhooks.announcing import UnfitAnnouncementError, announce
from accounts.partners.webhooks.endpoints import (
    NotSentToError,
    StillWaitingError,
    create_endpoint,
    disable_endpoint,
    enable_endpoint,
    remove_endpoint,
    replay,
    rotate_secret,
    send_test,
)
from accounts.partners.webhooks.enums import DisabledReason, EventType
from accounts.partners.webhooks.models import WebhookDelivery, WebhookEndpoint
from accounts.partners.webhooks.signing import message_name
from ameli_notify.core.outgoing.requests import Limits
from tests.partners.receiver import HANG, Receiver, receiving
from tests.partners.rows import make_partner

NEWS: Final = {"position": "place"}
CHANGES: Final = EventType.CHANGES_AVAILABLE


@pytest.fixture(autouse=True)
def _this_machine_may_be_asked(settings: Settings) -> None:
    settings.OUTGOING_LOCAL_ALLOWED = True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def listen(partner: PartnerInsurer, url: str, *types: EventType) -> tuple[WebhookEndpoint, str]:
    made = create_endpoint(partner.pk, url=url, event_types=types or EventType.offered(), by="essai")
    return made.endpoint, made.secret


def one(**values: Any) -> WebhookDelivery:
    return WebhookDelivery.objects.get(**values)


def come_due(*, rested: bool = True) -> None:
    """What waits for its time waits no longer."""
    WebhookDelivery.objects.filter(state="waiting").update(next_attempt_at=timezone.now())
    if rested:
        WebhookEndpoint.objects.update(rests_until=None)


def test_news_arrive_signed_and_thin(partner: PartnerInsurer, receiver: Receiver) -> None:
    endpoint, secret = listen(partner, receiver.url, CHANGES)
    message = announce(partner.pk, CHANGES, NEWS)
    announce(partner.pk, EventType.EXPORT_READY, {"id": "not asked for"})
    assert tasks.deliver() == 1
    payload = receiver.verified(secret)[0]
    assert payload["type"] == "changes.available"
    assert payload["data"] == NEWS
    assert dt.datetime.fromisoformat(payload["timestamp"]).utcoffset() == dt.timedelta()
    assert receiver.ids() == [message_name(message)]
    delivery, endpoint = one(), WebhookEndpoint.objects.get()
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("delivered", 1, 204)
    assert endpoint.claim_token is None
    assert endpoint.last_delivered_at is not None
    assert tasks.deliver() == 0


def test_a_receiver_refuses_what_was_altered_or_is_old(partner: PartnerInsurer, receiver: Receiver) -> None:
    _, secret = listen(partner, receiver.url)
    announce(partner.pk, CHANGES, NEWS)
    tasks.deliver()
    headers, body = receiver.requests[0]
    for changed_body, changed in (
        (body + b" ", headers),
        (body, headers | {"webhook-id": "msg_other"}),
        (body, headers | {"webhook-timestamp": str(int(time.time()) - 600)}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(changed_body, changed)


def test_what_is_rolled_back_was_never_announced(partner: PartnerInsurer, receiver: Receiver) -> None:
    listen(partner, receiver.url)
    with transaction.atomic():
        announce(partner.pk, CHANGES, NEWS)
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_an_announcement_wakes_the_sender_once(
    partner: PartnerInsurer, receiver: Receiver, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        announce(partner.pk, CHANGES, NEWS)
    assert not OrmQ.objects.exists()
    listen(partner, receiver.url)
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(5):
            announce(partner.pk, EventType.ALERT_CREATED, {"id": str(number)})
    assert OrmQ.objects.count() == 1
    assert tasks.deliver() == 5


@pytest.mark.parametrize(
    "data", [{"name": "x"}, {"id": "x", "amount": "1"}, {"id": "x" * 401}], ids=["name", "amount", "long"]
)
def test_a_payload_is_thin(partner: PartnerInsurer, data: dict[str, str]) -> None:
    with pytest.raises(UnfitAnnouncementError):
        announce(partner.pk, CHANGES, data)


def test_other_partners_are_told_nothing(partner: PartnerInsurer, receiver: Receiver) -> None:
    listen(make_partner("99000002"), receiver.url)
    announce(partner.pk, CHANGES, NEWS)
    assert not WebhookDelivery.objects.exists()


def test_news_replace_older_ones_that_still_wait(partner: PartnerInsurer, receiver: Receiver) -> None:
    _, secret = listen(partner, receiver.url)
    announce(partner.pk, EventType.EXPORT_READY, {"id": "kept"})
    for position in ("old", "new"):
        announce(partner.pk, CHANGES, {"position": position}, replaces_older=True)
    assert tasks.deliver() == 2
    assert [payload["data"] for payload in receiver.verified(secret)] == [{"id": "kept"}, {"position": "new"}]
    assert sorted(WebhookDelivery.objects.values_list("state", flat=True)) == ["delivered", "delivered", "superseded"]


class TestRetries:
    def test_follow_the_schedule_under_one_id_until_the_message_is_dead(self, partner: PartnerInsurer) -> None:
        with receiving(*[500] * ledger.MOST_ATTEMPTS) as receiver:
            _, secret = listen(partner, receiver.url)
            announce(partner.pk, CHANGES, NEWS)
            for attempt, seconds in enumerate(ledger.RETRY_SECONDS, start=1):
                before = timezone.now()
                tasks.deliver()
                delivery = one()
                assert (delivery.state, delivery.attempts, delivery.last_status) == ("waiting", attempt, 500)
                assert delivery.next_attempt_at is not None
                waited = (delivery.next_attempt_at - before).total_seconds()
                assert seconds <= waited <= seconds * (1 + ledger.JITTER) + 5
                come_due()
            tasks.deliver()
            assert len(set(receiver.ids())) == 1
            assert len(receiver.verified(secret)) == ledger.MOST_ATTEMPTS
        delivery = one()
        assert (delivery.state, delivery.last_error, delivery.next_attempt_at) == ("dead", "status", None)

    @pytest.mark.parametrize("status", [301, 307, 400, 404, 429, 500, 503])
    def test_come_after_every_answer_but_success(self, partner: PartnerInsurer, status: int) -> None:
        with receiving(status, location="http://127.0.0.1:9/") as receiver:
            listen(partner, receiver.url)
            announce(partner.pk, CHANGES, NEWS)
            tasks.deliver()
            assert (one().state, one().last_status) == ("waiting", status)
            come_due()
            tasks.deliver()
            assert (one().state, one().attempts, len(receiver.requests)) == ("delivered", 2, 2)
        endpoint = WebhookEndpoint.objects.get()
        assert (endpoint.failures_in_a_row, endpoint.failing_since) == (0, None)

    def test_wait_as_long_as_the_receiver_asks(self, partner: PartnerInsurer) -> None:
        with receiving(503, **{"retry-after": "600"}) as receiver:
            endpoint, _ = listen(partner, receiver.url)
            announce(partner.pk, CHANGES, NEWS)
            tasks.deliver()
            come_due(rested=False)
            assert tasks.deliver() == 0
            endpoint.refresh_from_db()
            assert endpoint.rests_until is not None
            assert 500 < (endpoint.rests_until - timezone.now()).total_seconds() <= 600

    def test_an_endpoint_that_fails_rests(self, partner: PartnerInsurer) -> None:
        with receiving(500, 500) as receiver:
            listen(partner, receiver.url)
            announce(partner.pk, EventType.EXPORT_READY, {"id": "1"})
            announce(partner.pk, EventType.EXPORT_READY, {"id": "2"})
            tasks.deliver()
            assert tasks.deliver() == 0
            assert len(receiver.requests) == 1

    def test_nothing_listens(self, partner: PartnerInsurer) -> None:
        with receiving() as receiver:
            listen(partner, receiver.url)
        announce(partner.pk, CHANGES, NEWS)
        tasks.deliver()
        assert (one().state, one().last_error, one().last_status) == ("waiting", "unreachable", None)


class TestEndings:
    def test_gone_disables_at_once(self, partner: PartnerInsurer) -> None:
        with receiving(410) as receiver:
            endpoint, _ = listen(partner, receiver.url)
            announce(partner.pk, CHANGES, NEWS)
            tasks.deliver()
        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.disabled_reason) == ("disabled", "gone")
        assert one().state == "dead"
        announce(partner.pk, CHANGES, NEWS)
        assert WebhookDelivery.objects.count() == 1

    def test_days_of_failure_disable(self, partner: PartnerInsurer) -> None:
        with receiving(500, 500) as receiver:
            endpoint, _ = listen(partner, receiver.url)
            announce(partner.pk, CHANGES, NEWS)
            tasks.deliver()
            endpoint.refresh_from_db()
            assert endpoint.state == "active"
            come_due()
            WebhookEndpoint.objects.update(
                failing_since=timezone.now() - dt.timedelta(days=ledger.FAILING_DAYS, hours=1)
            )
            tasks.deliver()
        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.disabled_reason) == ("disabled", "failing")
        assert one().last_error == "endpoint-disabled"

    def test_a_paused_partner_is_told_when_it_comes_back(self, partner: PartnerInsurer, receiver: Receiver) -> None:
        listen(partner, receiver.url)
        announce(partner.pk, CHANGES, NEWS)
        PartnerInsurer.objects.update(state=PartnerState.PAUSED)
        assert tasks.deliver() == 0
        PartnerInsurer.objects.update(state=PartnerState.ACTIVE)
        assert tasks.deliver() == 1

    def test_a_removed_endpoint_keeps_no_secret_and_is_sent_nothing(
        self, partner: PartnerInsurer, receiver: Receiver
    ) -> None:
        endpoint, _ = listen(partner, receiver.url)
        announce(partner.pk, CHANGES, NEWS)
        remove_endpoint(endpoint)
        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.secret_sealed) == ("removed", None)
        assert tasks.deliver() == 0
        assert one().state == "dead"

    def test_settled_deliveries_and_old_secrets_are_forgotten(
        self, partner: PartnerInsurer, receiver: Receiver
    ) -> None:
        endpoint, _ = listen(partner, receiver.url)
        rotate_secret(endpoint)
        announce(partner.pk, CHANGES, NEWS)
        tasks.deliver()
        assert tasks.purge() == 0
        long_ago = timezone.now() - dt.timedelta(days=ledger.KEPT_DAYS, hours=1)
        WebhookDelivery.objects.update(settled_at=long_ago)
        WebhookEndpoint.objects.update(previous_secret_until=long_ago)
        assert tasks.purge() == 1
        assert WebhookEndpoint.objects.get().previous_secret_sealed is None


class TestReplays:
    def test_go_out_under_the_same_id(self, partner: PartnerInsurer, receiver: Receiver) -> None:
        endpoint, _ = listen(partner, receiver.url)
        announce(partner.pk, CHANGES, NEWS)
        with pytest.raises(StillWaitingError):
            replay(one())
        tasks.deliver()
        replay(one())
        assert tasks.deliver() == 1
        assert len(set(receiver.ids())) == 1
        assert (one().replays, one().attempts, len(receiver.requests)) == (1, 1, 2)

    def test_of_what_was_missed_while_disabled(self, partner: PartnerInsurer, receiver: Receiver) -> None:
        endpoint, _ = listen(partner, receiver.url)
        announce(partner.pk, CHANGES, NEWS)
        disable_endpoint(endpoint, DisabledReason.BY_PARTNER)
        assert tasks.deliver() == 0
        with pytest.raises(NotSentToError):
            replay(one())
        with pytest.raises(NotSentToError):
            send_test(endpoint)
        enable_endpoint(endpoint)
        replay(one())
        assert tasks.deliver() == 1


class TestSecrets:
    def test_two_sign_while_one_follows_the_other(self, partner: PartnerInsurer, receiver: Receiver) -> None:
        endpoint, old = listen(partner, receiver.url)
        new = rotate_secret(endpoint).secret
        send_test(endpoint)
        tasks.deliver()
        assert receiver.verified(old) == receiver.verified(new)
        newest = rotate_secret(endpoint).secret
        send_test(endpoint)
        tasks.deliver()
        headers, body = receiver.requests[1]
        for secret in (new, newest):
            Webhook(secret).verify(body, headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(old).verify(body, headers)

    def test_the_one_before_ends(self, partner: PartnerInsurer, receiver: Receiver) -> None:
        endpoint, old = listen(partner, receiver.url)
        rotate_secret(endpoint)
        WebhookEndpoint.objects.update(previous_secret_until=timezone.now() - dt.timedelta(seconds=1))
        send_test(endpoint)
        tasks.deliver()
        with pytest.raises(WebhookVerificationError):
            receiver.verified(old)

    def test_are_kept_sealed(self, partner: PartnerInsurer, receiver: Receiver) -> None:
        endpoint, secret = listen(partner, receiver.url)
        assert secret.encode() not in bytes(WebhookEndpoint.objects.get().secret_sealed or b"")


class TestAtOnce:
    """Several senders, slow receivers, dead senders."""

    def test_one_endpoint_that_hangs_holds_up_nobody(
        self, partner: PartnerInsurer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sending, "LIMITS", Limits(connect=1.0, total=1.0))
        with receiving(*[HANG] * 20) as slow:
            listen(partner, slow.url)
            others = [make_partner(f"9900010{number}") for number in range(5)]
            for other in others:
                listen(other, receiver.url)
            for number in range(6):
                for told in (partner, *others):
                    announce(told.pk, EventType.ALERT_CREATED, {"id": str(number)})
            started = time.monotonic()
            assert tasks.deliver() == 30
            assert time.monotonic() - started < 5
            assert len(slow.requests) == 1, "one request at a time, then a rest"
        late = WebhookDelivery.objects.exclude(state="delivered")
        assert {(row.endpoint.partner_id, row.state) for row in late} == {(partner.pk, "waiting")}
        assert late.count() == 6

    def test_an_endpoint_has_one_sender(self, partner: PartnerInsurer, receiver: Receiver) -> None:
        listen(partner, receiver.url)
        announce(partner.pk, CHANGES, NEWS)
        held = ledger.claim()
        assert held is not None
        assert ledger.claim() is None
        ledger.release(held)
        assert ledger.claim() is not None

    def test_a_dead_sender_leaves_the_message_to_another_under_the_same_id(
        self, partner: PartnerInsurer, receiver: Receiver
    ) -> None:
        listen(partner, receiver.url)
        announce(partner.pk, CHANGES, NEWS)
        dead = ledger.claim()
        assert dead is not None
        attempt = ledger.begin(dead)
        assert attempt is not None
        assert tasks.deliver() == 0
        WebhookEndpoint.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
        come_due()
        assert tasks.deliver() == 1
        assert receiver.ids() == [message_name(attempt.message_id)]
        assert (one().state, one().attempts) == ("delivered", 2)

    def test_a_sender_that_lost_its_lease_writes_no_failure_and_begins_nothing(
        self, partner: PartnerInsurer, receiver: Receiver
    ) -> None:
        listen(partner, receiver.url)
        announce(partner.pk, CHANGES, NEWS)
        late = ledger.claim()
        assert late is not None
        attempt = ledger.begin(late)
        assert attempt is not None
        WebhookEndpoint.objects.update(claim_token=uuid.uuid4())
        assert ledger.begin(late) is None
        ledger.settle(late, attempt, ledger.Outcome(error="too-slow"))
        assert (one().last_error, WebhookEndpoint.objects.get().failures_in_a_row) == ("", 0)
        ledger.settle(late, attempt, ledger.Outcome(is_received=True, status=200))
        assert one().state == "delivered", "it was received, whoever sent it"

    def test_a_sender_killed_in_its_last_attempt_leaves_a_dead_message(self, partner: PartnerInsurer) -> None:
        listen(partner, "http://127.0.0.1:9/")
        announce(partner.pk, CHANGES, NEWS)
        WebhookDelivery.objects.update(attempts=ledger.MOST_ATTEMPTS)
        assert tasks.deliver() == 0
        assert one().state == "dead"
