"""What a sender does when nothing dies: each message once, whoever may not be written to is left out."""

import time

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.people.models import ContactChannel, InsuredPerson
from ameli_notify.core.sql import fetch_all, fetch_value, run
from outreach.channels.models import InboxMessage, PostListEntry
from outreach.digest.invariants import check_invariants
from outreach.digest.models import DigestRun, RunStatus
from outreach.digest.planning import finish_runs
from outreach.notifications.enums import Channel
from outreach.notifications.models import NotificationChunk
from tests.outreach.conftest import StartSender, StartSink
from tests.outreach.outbox import (
    counts,
    let_chunks_be_due,
    let_retries_be_due,
    message_ids,
    person_of,
    plan_people,
    rows,
    send,
    statuses,
    successful,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_message_is_handed_over_once(start_sink: StartSink) -> None:
    sink = start_sink()
    plan_people(450)

    tally = send()

    assert tally.handed == 450
    assert counts() == {"sending": 450}
    assert sorted(sink.accepted_ids()) == sorted(message_ids(statuses()))
    assert finish_runs() == 1
    assert not any(check_invariants().values())


def test_two_senders_share_the_chunks(start_sink: StartSink, start_sender: StartSender, settings: Settings) -> None:
    settings.DISPATCH_CHUNK_SIZE = 50
    sink = start_sink("--delay", "0.005")
    plan_people(600)

    both = [start_sender("--until-empty") for _ in range(2)]
    for process in both:
        successful(process)

    assert counts() == {"sending": 600}
    assert len(sink.accepted_ids()) == len(set(sink.accepted_ids())) == 600
    chunks = fetch_all("SELECT status, starts, sender FROM outreach_notificationchunk")
    assert {(status, starts) for status, starts, _ in chunks} == {("done", 1)}
    assert len(chunks) == 12
    assert len({sender for _, _, sender in chunks}) == 2, "one of them did all the work"


def test_text_messages_and_letters_go_their_own_way() -> None:
    run_ = plan_people(60, sms_every=3)
    assert run_.counts == {"email": 40, "sms": 20}
    InsuredPerson.objects.update(preferred_channel="post")

    assert send(Channel.SMS).handed == 20

    assert InboxMessage.objects.filter(channel="sms").count() == 20
    assert PostListEntry.objects.count() == 0, "the channel is the one that was planned"
    assert counts() == {"created": 40, "sending": 20}


def test_a_person_who_may_no_longer_be_written_to_gets_nothing(start_sink: StartSink) -> None:
    sink = start_sink()
    plan_people(10)
    ids = list(statuses())
    died, protected, opted_out, without_address, gone = (person_of(each) for each in ids[:5])
    InsuredPerson.objects.filter(pk=died).update(died_on=timezone.localdate())
    InsuredPerson.objects.filter(pk=protected).update(is_contact_protected=True)
    InsuredPerson.objects.filter(pk=opted_out).update(preferred_channel="none")
    ContactChannel.objects.filter(insured_id=without_address).update(ended_at=timezone.now(), end_reason="bounced")
    ContactChannel.objects.filter(insured_id=gone).delete()
    run("DELETE FROM accounts_insuredperson WHERE id = %s", [gone])

    send()

    assert [row for row in rows("status", "status_reason") if row[0] == "cancelled"] == [
        ("cancelled", "deceased"),
        ("cancelled", "protected"),
        ("cancelled", "opted-out"),
        ("cancelled", "no-contact"),
        ("cancelled", "no-contact"),
    ]
    assert sorted(sink.accepted_ids()) == sorted(message_ids(ids[5:]))
    assert not any(check_invariants().values())


def test_an_address_that_does_not_open_stops_nobody_else(start_sink: StartSink) -> None:
    sink = start_sink()
    plan_people(30)
    broken = list(statuses())[7]
    ContactChannel.objects.filter(insured_id=person_of(broken)).update(address_sealed=b"\x01not sealed by us")

    send()

    assert counts() == {"sending": 29, "technical-failure": 1}
    assert (broken, "technical-failure", "address-does-not-open") in rows("id", "status", "status_reason")
    assert len(sink.accepted_ids()) == 29


def test_a_paused_run_sends_nothing_until_it_is_resumed(start_sink: StartSink) -> None:
    sink = start_sink("--tempfail", "1")
    planned = plan_people(20)
    send()
    assert counts() == {"created": 20}, "all wait for another try"
    sink.stop()
    sink = start_sink(port=sink.port)
    plan_people(10, day=planned.planned_on.replace(day=17))
    DigestRun.objects.update(status=RunStatus.PAUSED)
    let_retries_be_due()

    started = time.monotonic()
    tally = send(patience=60.0)

    assert tally.handed == 0
    assert time.monotonic() - started < 5, "it waited for a run that is paused"
    assert sink.accepted_ids() == []
    DigestRun.objects.update(status=RunStatus.SENDING)
    assert send().handed == 30
    assert counts() == {"sending": 30}


def test_pausing_stops_a_sender_between_two_windows(
    start_sink: StartSink, settings: Settings, start_sender: StartSender
) -> None:
    settings.DISPATCH_WINDOW = 5
    sink = start_sink("--delay", "0.05")
    planned = plan_people(200)
    process = start_sender(DISPATCH_WINDOW=5)
    while len(sink.accepted_ids()) < 10:
        time.sleep(0.02)

    DigestRun.objects.update(status=RunStatus.PAUSED)
    successful(process)

    accepted = len(sink.accepted_ids())
    assert 10 <= accepted < 200
    assert counts() == {"created": 200 - accepted, "sending": accepted}
    chunk = NotificationChunk.objects.get(run=planned)
    assert (chunk.status, chunk.claim_token) == ("ready", None)
    DigestRun.objects.update(status=RunStatus.SENDING)
    send()
    assert counts() == {"sending": 200}
    assert len(set(sink.accepted_ids())) == len(sink.accepted_ids()) == 200


def test_nothing_is_lost_while_the_mail_server_is_down(start_sink: StartSink) -> None:
    sink = start_sink()
    plan_people(300)
    sink.stop()

    tally = send()

    assert tally.handed == 0
    assert counts() == {"created": 300}
    chunk = NotificationChunk.objects.get()
    assert chunk.status == "ready"
    assert fetch_value("SELECT not_before > now() FROM outreach_notificationchunk")
    assert not any(check_invariants().values())

    back = start_sink(port=sink.port)
    let_chunks_be_due()
    let_retries_be_due()
    send()
    assert counts() == {"sending": 300}
    assert len(set(back.accepted_ids())) == len(back.accepted_ids()) == 300
