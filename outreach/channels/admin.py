"""The demo's inbox and the post list."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.access.admin import LoggedReadAdmin
from ameli_notify.core.admin import BIGINT_PATTERN, ReadOnlyAdmin, SearchShape, exact
from outreach.channels.models import InboxMessage, PostListEntry

BY_NOTIFICATION = SearchShape("numéro de notification", BIGINT_PATTERN, exact("notification_id", convert=int))


@admin.register(InboxMessage)
class InboxMessageAdmin(ReadOnlyAdmin):
    """What the inbox channel received: the same text for everybody, and a masked address.

    Codes and security notices, which bear negative numbers, are their owners' alone.
    """

    list_display = ("received_at", "channel", "recipient_masked", "subject", "notification_id")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("received_at", "channel", "recipient_masked", "notification_id", "subject", "text")
    search_shapes = (BY_NOTIFICATION,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboxMessage]:
        found: QuerySet[InboxMessage] = super().get_queryset(request)
        return found.filter(notification_id__gt=0)


@admin.register(PostListEntry)
class PostListEntryAdmin(LoggedReadAdmin):
    search_required = False
    list_display = ("number", "listed_at", "notification_id", "insured_id")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("listed_at", "notification_id", "insured_id")
    readonly_fields = ("listed_at",)
    search_shapes = (BY_NOTIFICATION,)

    def person_of(self, obj: Model) -> int | None:
        return obj.insured_id if isinstance(obj, PostListEntry) else None
