"""Every recurring task of the house; each app declares its own in its ``schedules`` module."""

from typing import Final

from accounts.schedules import SCHEDULES as ACCOUNTS
from ameli_notify.core.jobs import Recurring
from ameli_notify.core.schedules import SCHEDULES as CORE
from fraud.schedules import SCHEDULES as FRAUD
from outreach.schedules import SCHEDULES as OUTREACH
from reimbursements.schedules import SCHEDULES as REIMBURSEMENTS

SCHEDULES: Final[tuple[Recurring, ...]] = (*CORE, *ACCOUNTS, *REIMBURSEMENTS, *OUTREACH, *FRAUD)
