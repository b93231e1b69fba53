"""Pages of the background jobs. Schedules are declared in code and synchronised: here they are looked at.

Arguments and results are not shown: a job's arguments are ids, and its failure's text says which task.
"""

from django.contrib import admin
from django_q.models import Failure, OrmQ, Schedule

from ameli_notify.core.admin import ReadOnlyAdmin


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ("name", "schedule_type", "minutes", "next_run")
    ordering = ("name",)
    sortable_by = ()
    fields = ("name", "schedule_type", "minutes", "next_run")


@admin.register(Failure)
class FailureAdmin(ReadOnlyAdmin):
    list_display = ("short_id", "started", "stopped", "attempt_count")
    ordering = ("-started",)
    sortable_by = ()
    fields = ("started", "stopped", "attempt_count", "reason")
    readonly_fields = ("reason",)

    @admin.display(description="tâche")
    def short_id(self, obj: Failure) -> str:
        return str(obj.pk)[:8]

    @admin.display(description="incident")
    def reason(self, obj: Failure) -> str:
        return str(obj.result)


@admin.register(OrmQ)
class QueueAdmin(ReadOnlyAdmin):
    list_display = ("number", "key", "lock")
    ordering = ("pk",)
    sortable_by = ()
    fields = ("key", "lock")
