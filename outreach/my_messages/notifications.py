"""Notifications of one person: those of waves, found through their recipients, and single ones, by their own index."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.utils import timezone
from django.utils.text import capfirst

from accounts.people.enums import ContactKind
from outreach.digest.models import DigestRunRecipient
from outreach.my_messages import wording
from outreach.my_messages.rows import Message, Place, Reader, Source
from outreach.notifications.enums import Channel, MessageKind, Status
from outreach.notifications.models import MessageTemplate, Notification

_SHOWN: Final = (
    "id", "run_id", "insured_id", "template_id", "created_on", "channel", "status", "status_reason", "first_tried_at",
    "settled_at",
)  # fmt: skip
_KIND_OF: Final = {Channel.EMAIL: ContactKind.EMAIL, Channel.SMS: ContactKind.MOBILE}
_FAILED: Final = (Status.PERMANENT_FAILURE, Status.TEMPORARY_FAILURE, Status.TECHNICAL_FAILURE)
Texts = dict[int, tuple[str, str, str]]
"""Kind, subject and text of templates."""


def notifications_of(reader: Reader, *, before: Place | None, most: int) -> list[Message]:
    """At most so many of each sort, not after the day of a place. Four queries."""
    first_day = None if before is None else timezone.localdate(before[0])
    waves, forgotten = _of_waves(reader, first_day, most)
    single = list(_single(reader, first_day, most))
    texts = _texts(one.template_id for one in (*waves, *single))
    digest = capfirst(MessageKind.PAYMENT_DIGEST.label)
    return [
        *(_message(reader, one, texts, otherwise=digest) for one in waves),
        *(_message(reader, one, texts, otherwise=wording.NO_KIND) for one in single),
        *(_forgotten(day, pk, kind=digest) for day, pk in forgotten),
    ]


def _of_waves(reader: Reader, day: dt.date | None, most: int) -> tuple[list[Notification], list[tuple[dt.date, int]]]:
    """What is kept, and the keys of what was dropped with its day's partition."""
    recipients = DigestRunRecipient.objects.filter(insured_id=reader.person.pk).order_by("-planned_on")
    if day is not None:
        recipients = recipients.filter(planned_on__lte=day)
    keys = list(recipients.values_list("planned_on", "notification_id")[:most])
    if not keys:
        return [], []
    days, ids = zip(*keys, strict=True)
    kept = list(Notification.objects.filter(created_on__in=days, id__in=ids).only(*_SHOWN))
    found = {(one.created_on, one.pk) for one in kept}
    return kept, [key for key in keys if key not in found]


def _single(reader: Reader, day: dt.date | None, most: int) -> Iterable[Notification]:
    rows = Notification.objects.filter(insured_id=reader.person.pk, run_id=None)
    if day is not None:
        rows = rows.filter(created_on__lte=day)
    return rows.only(*_SHOWN).order_by("-created_on", "-id")[:most]


def _texts(template_ids: Iterable[int | None]) -> Texts:
    wanted = {pk for pk in template_ids if pk is not None}
    templates = MessageTemplate.objects.filter(pk__in=wanted).values_list("pk", "kind", "subject", "text")
    return {pk: (kind, subject, text) for pk, kind, subject, text in templates}


def _message(reader: Reader, notification: Notification, texts: Texts, *, otherwise: str) -> Message:
    """``otherwise``: what it is called when it was never written, for want of an address or by the person's wish."""
    channel, status = Channel(notification.channel), Status(notification.status)
    kind, subject, text = texts.get(notification.template_id or 0, ("", "", ""))
    if channel is Channel.POST:
        address = "" if reader.person.is_contact_protected else wording.POSTAL_ADDRESS
    else:
        address = reader.address_at(_KIND_OF.get(channel), _tried_at(notification))
    return Message(
        place=(_midnight(notification.created_on), Source.NOTIFICATION, notification.pk),
        has_time=False,
        kind=capfirst(MessageKind(kind).label) if kind else otherwise,
        channel=wording.CHANNELS_FR[channel],
        address=address,
        status=wording.status_fr(status, channel=channel, reason=notification.status_reason),
        is_failure=status in _FAILED,
        subject=subject,
        text=text,
    )


def _forgotten(day: dt.date, pk: int, *, kind: str) -> Message:
    return Message(
        place=(_midnight(day), Source.NOTIFICATION, pk), has_time=False, kind=kind, channel="", address="",
        status=wording.NOT_KEPT, is_failure=False, subject="", text="",
    )  # fmt: skip


def _tried_at(notification: Notification) -> dt.datetime:
    """When its address was read: at the first try, or not yet."""
    end_of_day = _midnight(notification.created_on + dt.timedelta(days=1))
    return notification.first_tried_at or notification.settled_at or end_of_day


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
