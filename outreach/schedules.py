"""The recurring tasks of messages."""

import datetime as dt
from typing import Final

from ameli_notify.core.jobs import Recurring

SCHEDULES: Final = (
    Recurring(name="outreach.collect", task="outreach.digest.tasks.collect", minutes=5),
    # A missing run is made good well within half an hour.
    Recurring(name="outreach.plan", task="outreach.digest.tasks.plan_and_heal", minutes=10),
    Recurring(name="outreach.drain-email", task="outreach.notifications.tasks.drain", args=("email",), minutes=1),
    Recurring(name="outreach.drain-sms", task="outreach.notifications.tasks.drain", args=("sms",), minutes=1),
    Recurring(name="outreach.drain-post", task="outreach.notifications.tasks.drain", args=("post",), minutes=5),
    # Woken when a code is posted; these find what a lost wake-up left.
    Recurring(name="outreach.codes-sms", task="outreach.codes.tasks.send_codes", args=("sms",), minutes=1),
    Recurring(name="outreach.codes-email", task="outreach.codes.tasks.send_codes", args=("email",), minutes=1),
    # Asking for a count wakes it; this finds what a killed worker left, and lists to freeze.
    Recurring(name="outreach.call-lists", task="outreach.campaigns.tasks.advance_lists", minutes=1),
    Recurring(name="outreach.call-times", task="outreach.campaigns.tasks.keep_time", minutes=1),
    # Each person of a list is looked at once a day: most of these runs find nothing to do.
    Recurring(name="outreach.call-refresh", task="outreach.campaigns.tasks.refresh_lists", minutes=5),
    Recurring(name="outreach.call-ends", task="outreach.campaigns.tasks.close_ended", minutes=10),
    Recurring(name="outreach.call-figures", task="outreach.campaigns.tasks.keep_figures", minutes=1),
    # The same draw each day: a Monday that was missed is made good on Tuesday.
    Recurring(name="outreach.call-reviews", task="outreach.campaigns.tasks.draw_reviews", daily_at=dt.time(5, 0)),
    # What a missed run left is reminded of by the next one, as long as it is of use.
    Recurring(name="outreach.appointments", task="outreach.campaigns.tasks.remind_of_appointments", minutes=15),
    Recurring(
        name="outreach.appointment-ends", task="outreach.campaigns.tasks.forget_appointments", daily_at=dt.time(3, 15)
    ),
    Recurring(name="outreach.prevention-lists", task="outreach.campaigns.tasks.list_prevention", minutes=1),
    Recurring(name="outreach.prevention-invite", task="outreach.campaigns.tasks.invite", minutes=1),
    # Due once in a campaign's life; most of these runs find nothing to do.
    Recurring(name="outreach.prevention-effects", task="outreach.campaigns.tasks.count_effects", minutes=10),
    Recurring(name="outreach.call-retention", task="outreach.campaigns.tasks.forget_calls", daily_at=dt.time(3, 50)),
    Recurring(name="outreach.partitions", task="outreach.digest.tasks.keep_partitions", daily_at=dt.time(2, 30)),
)
