"""The recurring tasks of reports and cases."""

import datetime as dt
from typing import Final

from ameli_notify.core.jobs import Recurring

SCHEDULES: Final = (
    Recurring(name="fraud.drafts", task="fraud.intake.tasks.remind_and_expire", daily_at=dt.time(9, 30)),
    Recurring(name="fraud.doubts", task="fraud.intake.tasks.take_in_doubts", minutes=5),
    Recurring(name="fraud.triage", task="fraud.cases.tasks.triage", minutes=2),
    Recurring(name="fraud.deadlines", task="fraud.cases.tasks.remind_staff", daily_at=dt.time(7, 0)),
    Recurring(name="fraud.lifts", task="fraud.cases.tasks.tell_of_lifts", daily_at=dt.time(9, 0)),
    Recurring(name="fraud.absences", task="fraud.conversations.tasks.cover_absences", minutes=5),
    Recurring(name="fraud.results", task="fraud.cases.tasks.publish_results", daily_at=dt.time(4, 0)),
    Recurring(name="fraud.retention", task="fraud.retention.tasks.forget", daily_at=dt.time(3, 45)),
    Recurring(name="fraud.alerts", task="fraud.partner_api.tasks.publish_alerts", minutes=2),
    Recurring(name="fraud.alerts_gone", task="fraud.partner_api.tasks.purge_alerts", daily_at=dt.time(4, 10)),
    Recurring(name="fraud.dialogues", task="fraud.intake.tasks.forget_dialogues", daily_at=dt.time(3, 30)),
)
