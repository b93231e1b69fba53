"""The ground floor's recurring tasks."""

from typing import Final

from ameli_notify.core.jobs import Recurring
from ameli_notify.core.tasks import BEAT

SCHEDULES: Final = (Recurring(name="core.beat", task=BEAT, minutes=1),)
