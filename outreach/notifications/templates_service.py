"""New versions of a text and putting one into service. Both pass the linter, both leave a trace of who did it."""

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.staff.models import User
from outreach.notifications.enums import Channel, MessageKind
from outreach.notifications.linter import check_message
from outreach.notifications.models import MessageTemplate


class NotSendableError(ValueError):
    """No text travels on this channel."""


def in_service(kind: MessageKind, channel: Channel) -> MessageTemplate | None:
    """The version that messages are sent with: the one put into service last."""
    versions = MessageTemplate.objects.filter(kind=kind, channel=channel, activated_at__isnull=False)
    return versions.order_by("-activated_at", "-version").first()


def with_replaced(versions: QuerySet[MessageTemplate]) -> QuerySet[MessageTemplate]:
    """Annotate ``is_replaced``: another version of the same text was put into service later."""
    same_text = MessageTemplate.objects.filter(kind=OuterRef("kind"), channel=OuterRef("channel"))
    later = Q(activated_at__gt=OuterRef("activated_at")) | Q(
        activated_at=OuterRef("activated_at"), version__gt=OuterRef("version")
    )
    return versions.annotate(is_replaced=Exists(same_text.filter(later)))


@transaction.atomic
def add_version(template: MessageTemplate, *, by: User) -> MessageTemplate:
    """Save an unsaved text as the next version of its kind and channel; it is not in service yet.

    Raises LintError when the text breaks a house rule.
    """
    check_template(template)
    with connection.cursor() as cursor:  # two editors at once get two numbers
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"template|{template.kind}|{template.channel}"]
        )
    versions = MessageTemplate.objects.filter(kind=template.kind, channel=template.channel)
    last = versions.order_by("-version").values_list("version", flat=True).first() or 0
    template.version = last + 1
    template.created_by = by
    template.activated_at = None
    template.save(force_insert=True)
    return template


@transaction.atomic
def activate(template: MessageTemplate, *, by: User) -> MessageTemplate:
    """Put a version into service, a former one too: runs planned from now on use it. Raises LintError."""
    locked = MessageTemplate.objects.select_for_update(of=("self",)).get(pk=template.pk)
    check_template(locked)
    locked.activated_at = timezone.now()
    locked.save(update_fields=["activated_at"])
    LogEntry.objects.log_actions(
        by.pk,
        MessageTemplate.objects.filter(pk=locked.pk),
        CHANGE,
        change_message="Version mise en service.",
        single_object=True,
    )
    return locked


def check_template(template: MessageTemplate) -> None:
    """Raise LintError for a text that breaks a house rule, NotSendableError for a channel without texts."""
    if template.channel == Channel.NONE:
        raise NotSendableError("no message travels on this channel")
    channel: Any = template.channel
    check_message(channel=channel, text=template.text, subject=template.subject, html=template.html)
