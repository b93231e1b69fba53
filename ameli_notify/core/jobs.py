"""The one door to django-q2, which only wakes work up: leases, attempts and outcomes are in our own rows.

A job may be lost, repeated or run twice at once (django-q2 promises none of the three), so every task is
guarded by rows of its own. What travels is ids, dates and short words, never a person's data: payloads and
failures stay in tables that many can read.
"""

import ast
import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule
from django_q.tasks import async_task

from ameli_notify.core.masking import mask_personal_data

RUNNER: Final = "ameli_notify.core.tasks.run"
MAX_TEXT: Final = 64
SYNC_LOCK: Final = 0x0A0E1106
"""Advisory lock of sync_schedules: two hosts that start at once must not both create a row."""

JobArgument = int | str | dt.date


class JobArgumentError(ValueError):
    """A job was given something that may not travel. The message never repeats the value."""


@dataclass(frozen=True, kw_only=True)
class Recurring:
    """A task that runs again and again: each ``minutes``, or each day at a local time."""

    name: str
    task: str
    args: tuple[int | str, ...] = ()
    minutes: int | None = None
    daily_at: dt.time | None = None

    def __post_init__(self) -> None:
        check_arguments(self.args)
        if (self.minutes is None) == (self.daily_at is None):
            raise ValueError(f"{self.name}: give either minutes or daily_at")
        if self.minutes is not None and self.minutes < 1:
            raise ValueError(f"{self.name}: minutes must be 1 or more")

    @property
    def stored_args(self) -> str:
        """Text of Schedule.args. A row that does not parse would stop every schedule, so it is read back."""
        text = repr((self.task, *self.args))
        if ast.literal_eval(text) != (self.task, *self.args):
            raise JobArgumentError(f"{self.name}: its arguments cannot be stored")
        return text

    def first_run(self, now: dt.datetime) -> dt.datetime:
        """At once for a task by minutes; the next such time of day for a daily one."""
        if self.daily_at is None:
            return now
        today = timezone.localtime(now)
        run_at = timezone.make_aware(dt.datetime.combine(today.date(), self.daily_at))
        if run_at <= now:
            run_at = timezone.make_aware(dt.datetime.combine(today.date() + dt.timedelta(days=1), self.daily_at))
        return run_at

    def keeps_time(self, next_run: dt.datetime | None) -> bool:
        """False when the row lost its next run, or a daily task's time of day was changed in code."""
        if next_run is None or self.daily_at is None:
            return next_run is not None
        return timezone.localtime(next_run).time() == self.daily_at


@dataclass(frozen=True)
class SyncResult:
    """How many schedule rows ``sync_schedules`` changed."""

    created: int
    updated: int
    deleted: int


def enqueue(task_path: str, *args: JobArgument) -> None:
    """Run a task soon after the current transaction commits, or never if it does not.

    Raises ImportError for a path that leads nowhere, JobArgumentError for arguments other than integers,
    dates and short strings, or that look personal.
    """
    import_string(task_path)
    check_arguments(args)
    transaction.on_commit(partial(async_task, RUNNER, task_path, *args))


def check_arguments(args: Iterable[object]) -> None:
    """Raise JobArgumentError unless every argument is an id, a date or a short impersonal word."""
    for position, value in enumerate(args, start=1):
        if isinstance(value, bool) or not isinstance(value, int | str | dt.date):
            kind = type(value).__name__
            raise JobArgumentError(f"argument {position} is a {kind}; jobs take ids, dates and short strings")
        text = str(value)
        if len(text) > MAX_TEXT:
            raise JobArgumentError(f"argument {position} is longer than {MAX_TEXT} characters")
        if mask_personal_data(text) != text:
            raise JobArgumentError(f"argument {position} looks like personal data")


def sync_schedules(declared: Iterable[Recurring]) -> SyncResult:
    """Make the schedule rows equal to what is declared, and leave the next run of unchanged ones alone.

    Rows that nobody declared go: one with arguments that do not parse would stop all the others.
    """
    wanted = _by_name(declared)
    existing: dict[str, Schedule] = {}
    done: Counter[str] = Counter()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SYNC_LOCK])
        for row in Schedule.objects.order_by("id"):
            if row.name in wanted and row.name not in existing:
                existing[row.name] = row
            else:
                row.delete()
                done["deleted"] += 1
        for name, item in wanted.items():
            done[_sync_one(item, existing.get(name) or Schedule(name=name))] += 1
    return SyncResult(created=done["created"], updated=done["updated"], deleted=done["deleted"])


def _by_name(declared: Iterable[Recurring]) -> dict[str, Recurring]:
    by_name: dict[str, Recurring] = {}
    for item in declared:
        if by_name.setdefault(item.name, item) is not item:
            raise ValueError(f"two recurring tasks are called {item.name}")
    return by_name


def _sync_one(item: Recurring, row: Schedule) -> str:
    wanted = {
        "func": RUNNER,
        "args": item.stored_args,
        "kwargs": None,
        "hook": None,
        "cluster": None,
        "cron": None,
        "intended_date_kwarg": None,
        "repeats": -1,
        "minutes": item.minutes,
        "schedule_type": Schedule.MINUTES if item.minutes else Schedule.DAILY,
    }
    changed = {field: value for field, value in wanted.items() if getattr(row, field) != value}
    if row.pk and not changed and item.keeps_time(row.next_run):
        return "unchanged"
    outcome = "updated" if row.pk else "created"
    for field, value in changed.items():
        setattr(row, field, value)
    row.next_run = item.first_run(timezone.now())
    row.save()
    return outcome
