"""The recurring tasks of people and accounts."""

import datetime as dt
from typing import Final

from ameli_notify.core.jobs import Recurring

SCHEDULES: Final = (
    Recurring(name="accounts.forget", task="accounts.identity.tasks.forget", minutes=10),
    Recurring(name="accounts.seal", task="accounts.access.tasks.seal_log", minutes=1),
    Recurring(name="accounts.partner_tokens", task="accounts.partners.tasks.forget", minutes=10),
    Recurring(name="accounts.partner_keys", task="accounts.partners.tasks.refresh_keys", minutes=5),
    # Woken when something is announced; this finds what a lost wake-up left, and retries whose time has come.
    Recurring(name="accounts.webhooks", task="accounts.partners.webhooks.tasks.deliver", minutes=1),
    Recurring(name="accounts.webhooks_purge", task="accounts.partners.webhooks.tasks.purge", daily_at=dt.time(3, 45)),
    Recurring(name="accounts.partner_usage", task="accounts.partners.tasks.purge_usage", daily_at=dt.time(3, 45)),
)
