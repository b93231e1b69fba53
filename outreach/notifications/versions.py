"""Versions of message texts: the default ones, the active ones, and how a new one comes in."""

from collections.abc import Mapping
from typing import Final

from django.db import transaction
from django.utils import timezone

from outreach.notifications.enums import Channel, MessageKind
from outreach.notifications.linter import check_message
from outreach.notifications.models import MessageTemplate
from outreach.notifications.prevention_wording import PREVENTION_WORDING
from outreach.notifications.reminder_wording import REMINDER_WORDING
from outreach.notifications.waiting_wording import WAITING_WORDING
from outreach.notifications.wording import DIGEST_WORDING, Wording

SENDABLE = (Channel.EMAIL, Channel.SMS, Channel.POST)
WORDINGS: Final[Mapping[MessageKind, Wording]] = {
    MessageKind.PAYMENT_DIGEST: DIGEST_WORDING,
    MessageKind.MESSAGE_WAITING: WAITING_WORDING,
    MessageKind.REMINDER_WAITING: REMINDER_WORDING,
    MessageKind.PREVENTION: PREVENTION_WORDING,
}
"""Version 1 of every message."""


def active_templates(kind: MessageKind) -> dict[Channel, MessageTemplate]:
    """The version in service on each channel, making the default texts on a new installation."""
    found = {channel: _active(kind, channel) for channel in SENDABLE}
    if any(template is None for template in found.values()):
        make_default_templates(kind)
        found = {channel: _active(kind, channel) for channel in SENDABLE}
    return {channel: template for channel, template in found.items() if template is not None}


def _active(kind: MessageKind, channel: Channel) -> MessageTemplate | None:
    in_service = MessageTemplate.objects.filter(kind=kind, channel=channel, activated_at__isnull=False)
    return in_service.order_by("-activated_at", "-version").first()


@transaction.atomic
def make_default_templates(kind: MessageKind = MessageKind.PAYMENT_DIGEST) -> None:
    """Version 1 of a message's texts, linted and in service; a version that is there is left alone."""
    wording = WORDINGS[kind]
    texts = {
        Channel.EMAIL: (wording.email_subject, wording.email_text, wording.email_html),
        Channel.SMS: ("", wording.sms_text, ""),
        Channel.POST: ("", wording.post_text, ""),
    }
    check_message(channel="email", subject=wording.email_subject, text=wording.email_text, html=wording.email_html)
    check_message(channel="sms", text=wording.sms_text)
    check_message(channel="post", text=wording.post_text)
    MessageTemplate.objects.bulk_create(
        [
            MessageTemplate(
                kind=kind,
                channel=channel,
                version=1,
                subject=subject,
                text=text,
                html=html,
                activated_at=timezone.now(),
            )
            for channel, (subject, text, html) in texts.items()
        ],
        ignore_conflicts=True,
    )
