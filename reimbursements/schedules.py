"""The recurring tasks of reimbursements."""

import datetime as dt
from typing import Final

from ameli_notify.core.jobs import Recurring

SCHEDULES: Final = (
    Recurring(name="reimbursements.partitions", task="reimbursements.lines.tasks.keep_partitions", daily_at=dt.time(2)),
    Recurring(name="reimbursements.activity", task="reimbursements.activity.tasks.count_loaded", minutes=60),
    Recurring(name="reimbursements.partner_feed", task="reimbursements.partner_api.tasks.publish", minutes=1),
    Recurring(
        name="reimbursements.partner_periods",
        task="reimbursements.partner_api.tasks.follow_memberships",
        minutes=10,
    ),
    Recurring(
        name="reimbursements.partner_purge", task="reimbursements.partner_api.tasks.purge", daily_at=dt.time(3, 30)
    ),
    Recurring(name="reimbursements.exports", task="reimbursements.partner_api.tasks.advance_exports", minutes=1),
    Recurring(name="reimbursements.exports_unfit", task="reimbursements.partner_api.tasks.forget_exports", minutes=1),
    Recurring(
        name="reimbursements.exports_purge",
        task="reimbursements.partner_api.tasks.purge_exports",
        daily_at=dt.time(3, 45),
    ),
)
