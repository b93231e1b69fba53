"""Accounts of the staff, to look at: they are made and given roles by commands, on a terminal."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest

from accounts.staff.models import User
from ameli_notify.core.admin import ReadOnlyAdmin, SearchShape, exact


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("number", "username", "is_active", "last_login")
    sortable_by = ()
    fields = ("username", "is_active", "is_staff", "groups", "date_joined", "last_login")
    change_prefetch_related = ("groups",)
    search_shapes = (SearchShape("identifiant professionnel", r"[\w.@+-]{1,150}", exact("username")),)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What was changed in the console, by whom."""

    list_display = ("action_time", "user_id", "content_type", "object_repr", "said")
    list_select_related = ("content_type",)
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("action_time", "user_id", "content_type", "object_id", "object_repr", "said")
    readonly_fields = ("user_id", "said")

    @admin.display(description="compte")
    def user_id(self, obj: LogEntry) -> int:
        return obj.user_id

    @admin.display(description="ce qui a été fait")
    def said(self, obj: LogEntry) -> str:
        return obj.get_change_message()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)
