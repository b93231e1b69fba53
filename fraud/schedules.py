"""The recurring tasks of reports."""

import datetime as dt
from typing import Final

from ameli_notify.core.jobs import Recurring

SCHEDULES: Final = (
    Recurring(name="fraud.drafts", task="fraud.intake.tasks.remind_and_expire", daily_at=dt.time(9, 30)),
    Recurring(name="fraud.dialogues", task="fraud.intake.tasks.forget_dialogues", daily_at=dt.time(3, 30)),
)
