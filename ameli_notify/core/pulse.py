"""Is a job cluster alive? Its workers must run tasks, and due schedules must be started."""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Final

from django.db import Error as DatabaseError
from django.db import connection
from django.db.models.functions import Now
from django_q.models import Schedule

from ameli_notify.core.jobs import enqueue
from ameli_notify.core.models import Heartbeat
from ameli_notify.core.tasks import BEAT

logger = logging.getLogger(__name__)

SCHEDULER_PASS: Final = 30.0
"""Seconds between two looks of django-q2 at its schedules (fixed in django_q.cluster.Sentinel.guard)."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds. ``silence``: how long workers may run nothing; ``start``: until the first beat of a new cluster."""

    silence: float = 180.0
    start: float = 60.0
    grace: float = 8.0

    @property
    def probe_every(self) -> float:
        return self.silence / 6

    @property
    def overdue(self) -> float:
        """How late the scheduler may be before it counts as dead."""
        return self.silence + 2 * SCHEDULER_PASS


class Pulse:
    """Asks the workers for beats through the queue itself, and listens for them."""

    def __init__(self, cluster: str, patience: Patience) -> None:
        self._cluster = cluster
        self._patience = patience
        self._asked_at = float("-inf")
        self._excused_until = 0.0

    def complaint(self, age: float) -> str:
        """Why a cluster of this age counts as dead; empty while it is well, or while the database cannot tell."""
        try:
            found = self._examine(age)
        except DatabaseError as error:
            logger.warning("the database does not answer", extra={"failure": type(error).__name__})
            connection.close()
            # No beat can be written meanwhile: silence counts anew from the moment it answers.
            self._excused_until = age + self._patience.silence
            return ""
        return "" if age < self._excused_until else found

    def _examine(self, age: float) -> str:
        if age - self._asked_at >= self._patience.probe_every:
            self._asked_at = age
            enqueue(BEAT)
        silent = self._seconds_since_beat()
        if silent is None and age > self._patience.start:
            return "its workers never ran a task"
        if silent is not None and silent > self._patience.silence:
            return "its workers run no task any more"
        if age > self._patience.overdue and self._schedules_overdue():
            return "its scheduler starts nothing any more"
        return ""

    def _seconds_since_beat(self) -> float | None:
        beat = Heartbeat.objects.filter(cluster=self._cluster).annotate(now=Now()).values_list("now", "beat_at").first()
        return None if beat is None else (beat[0] - beat[1]).total_seconds()

    def _schedules_overdue(self) -> bool:
        allowed = dt.timedelta(seconds=self._patience.overdue)
        late = Schedule.objects.exclude(repeats=0).filter(next_run__lt=Now() - allowed)
        return bool(late.exists())
