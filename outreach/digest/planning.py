"""Planning a day's run: one statement turns the cohort's due people into recipients and notifications.

The run's row, the recipients, the notifications, the chunks and the emptied due rows are one transaction. Two
planners at once make one run: the second waits for the first's row, then finds it there.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.people.models import COHORTS
from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.core.sql import fetch_all, fetch_value, run
from outreach.digest.collecting import collect_due
from outreach.digest.models import DigestRun
from outreach.digest.schema import DUE, NOTIFICATION, RECIPIENT
from outreach.notifications.enums import Channel, MessageKind
from outreach.notifications.models import MessageTemplate, NotificationChunk
from outreach.notifications.versions import active_templates

HEAL_DAYS: Final = 9
"""How far back a missing run is made good: a whole round of cohorts, with today."""

# The order of the cases is the rule: what forbids writing first, then the person's wish where it can be met,
# then e-mail, else SMS, else a letter, which needs a postcode.
_PLAN: Final = f"""
WITH gone AS (
    DELETE FROM {DUE} WHERE cohort = %(cohort)s
    RETURNING insured_id, line_count, first_payment_on, last_payment_on
), decided AS (
    SELECT g.*,
        CASE
            WHEN p.id IS NULL THEN 'no-contact'
            WHEN p.died_on IS NOT NULL THEN 'deceased'
            WHEN p.is_contact_protected THEN 'protected'
            WHEN p.preferred_channel = 'none' THEN 'opted-out'
            WHEN p.preferred_channel = 'post' AND p.postcode <> '' THEN 'post'
            WHEN p.preferred_channel = 'sms' AND p.has_mobile THEN 'sms'
            WHEN p.has_email THEN 'email'
            WHEN p.has_mobile THEN 'sms'
            WHEN p.postcode <> '' THEN 'post'
            ELSE 'no-contact'
        END AS decision
    FROM gone g LEFT JOIN accounts_insuredperson p ON p.id = g.insured_id
), numbered AS MATERIALIZED (
    SELECT o.*, nextval('outreach_notification_id_seq') AS notification_id
    FROM (SELECT * FROM decided ORDER BY decision, insured_id) o
), recipients AS (
    INSERT INTO {RECIPIENT}
        (insured_id, run_id, notification_id, planned_on, first_payment_on, last_payment_on, line_count)
    SELECT insured_id, %(run)s, notification_id, %(day)s, first_payment_on, last_payment_on, line_count
    FROM numbered
), notifications AS (
    INSERT INTO {NOTIFICATION}
        (id, run_id, insured_id, template_id, created_on, channel, status, status_reason, settled_at)
    SELECT notification_id, %(run)s, insured_id,
        CASE decision WHEN 'email' THEN %(email)s WHEN 'sms' THEN %(sms)s WHEN 'post' THEN %(post)s END,
        %(day)s,
        CASE WHEN decision IN ('email', 'sms', 'post') THEN decision ELSE 'none' END,
        CASE WHEN decision IN ('email', 'sms', 'post') THEN 'created' ELSE 'cancelled' END,
        CASE WHEN decision IN ('email', 'sms', 'post') THEN '' ELSE decision END,
        CASE WHEN decision IN ('email', 'sms', 'post') THEN NULL ELSE now() END
    FROM numbered
)
SELECT decision, (n - 1) / %(chunk)s, count(*), min(notification_id), max(notification_id)
FROM (SELECT decision, notification_id, row_number() OVER (PARTITION BY decision ORDER BY notification_id) AS n
      FROM numbered) counted
GROUP BY 1, 2 ORDER BY 4
"""


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning a day did. ``is_new`` is False when the day's run was there already."""

    run: DigestRun
    is_new: bool


def cohort_of(day: dt.date) -> int:
    """The cohort planned on a day: each of the ten once in ten days."""
    return day.toordinal() % COHORTS


def plan_digest(day: dt.date) -> Planned:
    """Plan the run of a day, after collecting the batches loaded until now. Does nothing if it is there."""
    collect_due()
    existing = DigestRun.objects.filter(planned_on=day).first()
    if existing is not None:
        return Planned(existing, is_new=False)
    ensure_partitions(NOTIFICATION, first=day, last=day, span=Span.DAY)
    ensure_partitions(RECIPIENT, first=day, last=day, span=Span.MONTH)
    templates = active_templates(MessageKind.PAYMENT_DIGEST)
    with transaction.atomic():
        # A national wave is one statement of some twenty seconds: the limits of a web request are not its own.
        run("SET LOCAL statement_timeout = 0")
        run("SET LOCAL work_mem = '256MB'")
        return _plan(day, templates)


def _plan(day: dt.date, templates: dict[Channel, MessageTemplate]) -> Planned:
    made = run(
        """INSERT INTO outreach_digestrun
               (planned_on, cohort, status, people, counts, planned_at, email_template_id, sms_template_id,
                post_template_id)
           VALUES (%s, %s, 'sending', 0, '{}', now(), %s, %s, %s)
           ON CONFLICT (planned_on) DO NOTHING""",
        [day, cohort_of(day), *(templates[c].pk for c in (Channel.EMAIL, Channel.SMS, Channel.POST))],
    )
    planned = DigestRun.objects.get(planned_on=day)
    if not made:
        return Planned(planned, is_new=False)
    groups = fetch_all(
        _PLAN,
        {
            "cohort": planned.cohort,
            "run": planned.pk,
            "day": day,
            "chunk": settings.DISPATCH_CHUNK_SIZE,
            **{channel.value: templates[channel].pk for channel in templates},
        },
    )
    sendable = {channel.value for channel in templates}
    NotificationChunk.objects.bulk_create(
        NotificationChunk(
            run=planned, created_on=day, channel=decision, first_id=first, last_id=last, handed_up_to=first - 1
        )
        for decision, _, _, first, last in groups
        if decision in sendable
    )
    for decision, _, count, _, _ in groups:
        planned.counts[decision] = planned.counts.get(decision, 0) + count
    planned.people = sum(planned.counts.values())
    # Later than any row of who is due that the statement above could see: so "planned after" means "took up".
    planned.planned_at = fetch_value("SELECT clock_timestamp()")
    planned.save(update_fields=["people", "counts", "planned_at"])
    return Planned(planned, is_new=True)


def heal_missing_runs(today: dt.date) -> list[DigestRun]:
    """Plan today's run and any missing one of the round before it; returns the runs that were made.

    On a new installation there is no round before: healing starts with the first run ever planned.
    """
    first_day = fetch_value("SELECT min(planned_on) FROM outreach_digestrun") or today
    days = (today - dt.timedelta(days=back) for back in range(HEAL_DAYS, -1, -1))
    plans = [plan_digest(day) for day in days if day >= first_day]
    return [plan.run for plan in plans if plan.is_new]


def finish_runs() -> int:
    """Mark runs finished whose chunks are all done and whose retries are all settled; returns how many."""
    return run(
        f"""
        UPDATE outreach_digestrun r SET status = 'finished', finished_at = now()
        WHERE r.status = 'sending'
          AND NOT EXISTS (SELECT FROM outreach_notificationchunk c WHERE c.run_id = r.id AND c.status <> 'done')
          AND NOT EXISTS (SELECT FROM {NOTIFICATION} n WHERE n.created_on = r.planned_on AND n.run_id = r.id
                          AND n.next_attempt_at IS NOT NULL)
        """
    )


def today() -> dt.date:
    """The insurer's calendar day by the database's clock: a worker's clock may be wrong."""
    instant: dt.datetime = fetch_value("SELECT now()")
    return timezone.localdate(instant)
