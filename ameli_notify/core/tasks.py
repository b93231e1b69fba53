"""What the workers call."""

import datetime as dt
import logging
import os
from typing import Final

from django.db.models.functions import Now
from django.utils.module_loading import import_string

from ameli_notify.core.logs import describe_exception
from ameli_notify.core.models import Heartbeat

logger = logging.getLogger(__name__)

BEAT: Final = "ameli_notify.core.tasks.beat"
CLUSTER_VARIABLE: Final = "AMELI_JOBS_CLUSTER"
"""Environment variable that names the cluster a worker belongs to (see core.supervisor)."""

FORGET_CLUSTER_AFTER: Final = dt.timedelta(days=1)


class JobFailedError(RuntimeError):
    """A task raised. Says what and where; the original text may quote a row and is left out."""


def run(task_path: str, *args: int | str | dt.date) -> None:
    """Run one task. Raises JobFailedError, because django-q2 stores and logs the text of what a task raises."""
    try:
        import_string(task_path)(*args)
    except Exception as error:  # noqa: BLE001 (raised again, without its text)
        raise JobFailedError(f"{task_path}: {describe_exception(error)}") from None


def beat() -> None:
    """Write down that the cluster this worker belongs to still runs tasks, by the database's clock."""
    name = os.environ.get(CLUSTER_VARIABLE, "unsupervised")
    Heartbeat.objects.update_or_create(cluster=name, defaults={"beat_at": Now()})
    Heartbeat.objects.filter(beat_at__lt=Now() - FORGET_CLUSTER_AFTER).delete()
