"""The recurring tasks of reimbursements."""

import datetime as dt
from typing import Final

from ameli_notify.core.jobs import Recurring

SCHEDULES: Final = (
    Recurring(name="reimbursements.partitions", task="reimbursements.lines.tasks.keep_partitions", daily_at=dt.time(2)),
    Recurring(name="reimbursements.activity", task="reimbursements.activity.tasks.count_loaded", minutes=60),
)
