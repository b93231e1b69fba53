"""Nothing unsent disappears with its day's partition: it is counted, and its people become due again."""

import datetime as dt
from typing import Final

import pytest

from ameli_notify.core.sql import fetch_value
from outreach.digest.expiring import expire_unsent
from outreach.digest.invariants import check_invariants
from outreach.digest.models import DigestRun
from outreach.digest.schema import NOTIFICATION
from outreach.digest.tasks import keep_partitions
from outreach.notifications.dispatch import ledger
from outreach.notifications.dispatch.ledger import LostLease
from outreach.notifications.enums import Channel
from tests.outreach.outbox import DAY, LEASE, OTHER_HOST, counts, due_people, plan_people, send

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO: Final = dt.date(2020, 1, 1)


def test_what_was_never_tried_is_cancelled_with_its_reason() -> None:
    plan_people(5)
    assert expire_unsent(before=DAY + dt.timedelta(days=1)) == 5
    assert counts() == {"cancelled": 5}
    assert fetch_value(f"SELECT min(status_reason) || max(status_reason) FROM {NOTIFICATION}") == "expiredexpired"
    assert len(due_people()) == 5
    assert not any(check_invariants().values())


def test_what_may_have_been_handed_over_is_unknown_and_its_sender_stops() -> None:
    plan_people(5)
    claim = ledger.claim_chunk(Channel.EMAIL, sender=OTHER_HOST, lease=LEASE)
    assert claim is not None
    ledger.hand_up(claim, up_to=claim.first_id + 1, lease=LEASE)
    expire_unsent(before=DAY + dt.timedelta(days=1))
    assert counts() == {"cancelled": 3, "unknown": 2}
    assert len(due_people()) == 5
    with pytest.raises(LostLease):
        ledger.hand_up(claim, up_to=claim.last_id, lease=LEASE)


def test_sent_and_younger_messages_are_left_alone() -> None:
    plan_people(3)
    send()
    plan_people(2, day=DAY + dt.timedelta(days=10))
    assert expire_unsent(before=DAY + dt.timedelta(days=10)) == 0
    assert counts() == {"created": 2, "sending": 3}


def test_the_nightly_job_settles_before_it_drops() -> None:
    plan_people(4, day=LONG_AGO)
    keep_partitions()
    assert len(due_people()) == 4
    assert DigestRun.objects.get(planned_on=LONG_AGO).status == "finished"
    assert fetch_value(f"SELECT to_regclass('{NOTIFICATION}_p20200101')") is None
    assert not any(check_invariants().values())
