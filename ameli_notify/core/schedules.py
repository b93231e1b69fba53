"""The ground floor's recurring tasks."""

from typing import Final

from ameli_notify.core.jobs import Recurring
from ameli_notify.core.tasks import BEAT

SCHEDULES: Final = (
    Recurring(name="core.beat", task=BEAT, minutes=1),
    Recurring(name="core.limits", task="ameli_notify.core.limits.purge_ended", minutes=60),
    Recurring(name="core.idempotency", task="ameli_notify.core.api.idempotency.purge_expired", minutes=60),
)
