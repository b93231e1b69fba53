"""Rows that the console's pages show, made for the tests."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.utils import timezone

from accounts.people.models import DirectoryBatch, InsuredPerson
from ameli_notify.core.partitions import Span, ensure_partitions
from outreach.channels.models import InboxMessage, PostListEntry
from outreach.digest.models import DigestRun, DigestRunRecipient
from outreach.digest.schema import NOTIFICATION, RECIPIENT
from outreach.notifications.enums import Channel, MessageKind
from outreach.notifications.models import Notification, NotificationChunk
from outreach.notifications.versions import active_templates
from reimbursements.feed.models import ImportBatch, ImportReject

RUN_DAY = dt.date(2026, 11, 20)


def make_person(number: int = 1) -> InsuredPerson:
    """An invented person; the names are canaries that no page of the console may show."""
    return InsuredPerson.objects.create(
        nir_sealed=b"sealed",
        nir_lookup=uuid.UUID(int=number),
        cohort=number % 10,
        fund_code="01C751000",
        birth_date_text="19850700",
        sex=1,
        birth_name="ZZCANARI",
        first_names="Yzélie-Canari",
        postcode="75010",
        has_email=True,
    )


@dataclass(frozen=True)
class Wave:
    """A run with one notification a person, of which the first was accepted."""

    run: DigestRun
    people: list[InsuredPerson]
    notifications: list[Notification]


def make_wave(day: dt.date = RUN_DAY, *, people: int = 3, first_person: int = 1) -> Wave:
    ensure_partitions(NOTIFICATION, first=day, last=day, span=Span.DAY)
    ensure_partitions(RECIPIENT, first=day, last=day, span=Span.MONTH)
    templates = active_templates(MessageKind.PAYMENT_DIGEST)
    run = DigestRun.objects.create(
        planned_on=day,
        cohort=day.toordinal() % 10,
        people=people,
        counts={"email": people},
        email_template=templates[Channel.EMAIL],
        sms_template=templates[Channel.SMS],
        post_template=templates[Channel.POST],
    )
    told = [make_person(first_person + n) for n in range(people)]
    notifications = [
        Notification.objects.create(
            created_on=day,
            run_id=run.pk,
            insured_id=person.pk,
            template_id=templates[Channel.EMAIL].pk,
            channel=Channel.EMAIL,
            status="sending" if n == 0 else "created",
        )
        for n, person in enumerate(told)
    ]
    for notification in notifications:
        DigestRunRecipient.objects.create(
            insured_id=notification.insured_id,
            planned_on=day,
            run_id=run.pk,
            notification_id=notification.pk,
            first_payment_on=day,
            last_payment_on=day,
            line_count=1,
        )
    first = notifications[0].pk
    NotificationChunk.objects.create(
        run=run,
        created_on=day,
        channel=Channel.EMAIL,
        first_id=first,
        last_id=notifications[-1].pk,
        handed_up_to=first,
    )
    return Wave(run, told, notifications)


def make_batch(number: int = 1, *, rejects: int = 2) -> ImportBatch:
    batch = ImportBatch.objects.create(
        emitter_code="01C751000",
        flow_date=RUN_DAY,
        sequence=number,
        file_name=f"REM_01C751000_20261120_{number:04d}.csv",
        sha256=b"0" * 32,
        status="loaded",
        row_count=100 + rejects,
        lines_good=100,
        lines_rejected=rejects,
        reject_counts={"E101_NIR_KEY": rejects},
        started_at=timezone.now(),
        finished_at=timezone.now(),
    )
    ImportReject.objects.bulk_create(
        ImportReject(
            batch=batch,
            line_number=2 + n,
            severity="E",
            code="E101_NIR_KEY",
            field="nir_assure",
            value_masked="1850700******34",
        )
        for n in range(rejects)
    )
    return batch


def make_directory() -> DirectoryBatch:
    return DirectoryBatch.objects.create(
        kind="persons",
        file_name="ASS_01C751000_20261120_0001.csv",
        sha256=b"1" * 32,
        rows_good=10,
        rows_new=10,
        rows_changed=0,
        started_at=timezone.now(),
        finished_at=timezone.now(),
    )


def make_inbox_message(notification_id: int = 1) -> InboxMessage:
    return InboxMessage.objects.create(
        notification_id=notification_id,
        channel="sms",
        recipient_masked="** ** ** 00 12",
        text="Assurance Maladie : au moins un paiement vous concerne.",
    )


def make_post_entry(insured_id: int, notification_id: int = 1) -> PostListEntry:
    return PostListEntry.objects.create(notification_id=notification_id, insured_id=insured_id)
