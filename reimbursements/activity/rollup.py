"""Counting what was loaded: ties are only widened, days and months touched by a batch are computed anew.

Nothing is ever added to a figure, so that counting a batch twice changes nothing. A batch is found by the absence of
its CountedBatch row: one that was missed, or that commits late, is counted by the next run.
"""

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils import timezone

from ameli_notify.core.sql import fetch_all, fetch_value, run
from reimbursements.activity.models import (
    AccountTie,
    CountedBatch,
    PatientTie,
    PractitionerDay,
    PractitionerMonth,
    PrescriberTie,
)
from reimbursements.lines.schema import TABLE as LINE
from reimbursements.lines.services import first_kept_day

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('reimbursements.activity', 0))"
AT_A_TIME: Final = 200
"""Batches in one transaction."""

_WAITING: Final = """
SELECT b.id, b.first_payment_on, b.last_payment_on FROM reimbursements_importbatch b
WHERE b.status = 'loaded' AND NOT EXISTS (SELECT FROM reimbursements_countedbatch c WHERE c.batch_id = b.id)
ORDER BY b.id LIMIT %s
"""
IS_ACT: Final = """l.rem_type = 0 AND l.nature_code NOT IN (
    SELECT code FROM reimbursements_naturereference WHERE is_flat_contribution OR is_deductible)"""
"""Condition on a line ``l``."""
SIGN: Final = "CASE l.operation WHEN 'C' THEN 1 WHEN 'A' THEN -1 ELSE 0 END"
CODE: Final = """CASE WHEN l.act_system IN ('NGAP', 'CCAM') AND l.act_code <> '' THEN l.act_code
    WHEN l.key_letter <> '' THEN l.key_letter ELSE l.nature_code::text END"""
"""The kind of act of a line ``l``, see PractitionerMonth."""

_OF_BATCHES: Final = f"""l.batch_id = ANY(%(batches)s) AND l.payment_date BETWEEN %(first)s AND %(last)s
    AND l.performer_rpps IS NOT NULL AND {IS_ACT}"""
_TOUCHED: Final = f"""
CREATE TEMP TABLE activity_touched ON COMMIT DROP AS
SELECT DISTINCT l.performer_rpps AS rpps, date_trunc('month', l.care_start)::date AS month_on
FROM {LINE} l WHERE {_OF_BATCHES}
"""


def _tie(table: str, column: str, *, also: str) -> str:
    return f"""
    INSERT INTO {table} AS tie (rpps, {column}, first_on, last_on)
    SELECT l.performer_rpps, l.{column}, min(l.care_start), max(l.care_start)
    FROM {LINE} l WHERE {_OF_BATCHES} AND l.operation = 'C' AND {also}
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (rpps, {column}) DO UPDATE SET
        first_on = least(tie.first_on, excluded.first_on), last_on = greatest(tie.last_on, excluded.last_on)
    WHERE excluded.first_on < tie.first_on OR excluded.last_on > tie.last_on
    """


_TIES: Final = (
    _tie("reimbursements_patienttie", "beneficiary_id", also="true"),
    _tie("reimbursements_prescribertie", "prescriber_rpps", also="l.prescriber_rpps IS NOT NULL"),
    _tie(
        "reimbursements_accounttie",
        "payee_account",
        also="""l.payee_account <> ''
        AND l.payee IN (SELECT code FROM reimbursements_payeereference WHERE is_third_party)""",
    ),
)

# Both an equality, for a hash join over many professionals, and a range, for the index over few.
_OF_TOUCHED: Final = f"""
FROM activity_touched t JOIN {LINE} l ON l.performer_rpps = t.rpps
    AND date_trunc('month', l.care_start)::date = t.month_on
    AND l.care_start >= t.month_on AND l.care_start < t.month_on + interval '1 month'
WHERE l.payment_date >= (SELECT min(month_on) FROM activity_touched) AND {IS_ACT}
"""
_DAYS: Final = (
    """DELETE FROM reimbursements_practitionerday d USING activity_touched t
       WHERE d.rpps = t.rpps AND d.care_on >= t.month_on AND d.care_on < t.month_on + interval '1 month'""",
    f"""INSERT INTO reimbursements_practitionerday (rpps, care_on, acts, amount_paid)
        SELECT l.performer_rpps, l.care_start, sum({SIGN}), sum(l.amount_paid) {_OF_TOUCHED}
        GROUP BY 1, 2 HAVING sum({SIGN}) <> 0 OR sum(l.amount_paid) <> 0""",
)
_MONTHS: Final = (
    """DELETE FROM reimbursements_practitionermonth m USING activity_touched t
       WHERE m.rpps = t.rpps AND m.month_on = t.month_on""",
    f"""INSERT INTO reimbursements_practitionermonth (rpps, month_on, code, acts, amount_paid)
        SELECT l.performer_rpps, t.month_on, {CODE}, sum({SIGN}), sum(l.amount_paid) {_OF_TOUCHED}
        GROUP BY 1, 2, 3 HAVING sum({SIGN}) <> 0 OR sum(l.amount_paid) <> 0""",
)

_FORGET_YEARS: Final = "DELETE FROM reimbursements_practitioneryear WHERE {whose}"
# The place where somebody practises now, or practised last.
_YEARS: Final = """
INSERT INTO reimbursements_practitioneryear (rpps, since_on, specialty, department, acts, amount_paid, patients,
    new_patients, active_days, weekend_acts, busiest_day_acts)
SELECT d.rpps, %(since)s, coalesce(place.specialty, ''), coalesce(place.department, ''),
    d.acts, d.amount_paid, coalesce(p.patients, 0), coalesce(p.new_patients, 0), d.active_days, d.weekend_acts,
    d.busiest_day_acts
FROM (
    SELECT rpps, sum(acts) AS acts, sum(amount_paid) AS amount_paid, count(*) FILTER (WHERE acts > 0) AS active_days,
        coalesce(sum(acts) FILTER (WHERE extract(isodow FROM care_on) >= 6), 0) AS weekend_acts,
        greatest(max(acts), 0) AS busiest_day_acts
    FROM reimbursements_practitionerday WHERE care_on >= %(since)s AND {whose} GROUP BY rpps
) d
LEFT JOIN (
    SELECT rpps, count(*) AS patients, count(*) FILTER (WHERE first_on >= %(since)s) AS new_patients
    FROM reimbursements_patienttie WHERE last_on >= %(since)s AND {whose} GROUP BY rpps
) p USING (rpps)
LEFT JOIN LATERAL (
    SELECT place.specialty, place.department FROM reimbursements_practiceplace place
    JOIN reimbursements_healthprofessional pro ON pro.id = place.professional_id
    WHERE pro.rpps = d.rpps ORDER BY place.active_to DESC NULLS FIRST, place.active_from DESC LIMIT 1
) place ON true
"""
_SOME: Final = "rpps IN (SELECT rpps FROM activity_touched)"


def count_activity() -> int:
    """Bring the roll-ups up to what was loaded, and to this month; returns how many batches were counted."""
    number = 0
    while counted := _count_waiting():
        number += counted
    _turn_the_year()
    return number


def year_begins(today: dt.date) -> dt.date:
    """The first day of the same month a year before: the year has twelve whole months and the current one."""
    return today.replace(year=today.year - 1, day=1)


@transaction.atomic
def _count_waiting() -> int:
    run("SET LOCAL statement_timeout = 0")
    fetch_all(_LOCK)
    waiting = fetch_all(_WAITING, [AT_A_TIME])
    days = [day for _, first, last in waiting for day in (first, last) if day is not None]
    if days:
        values = {"batches": [row[0] for row in waiting], "first": min(days), "last": max(days)}
        run(_TOUCHED, values)
        run("ANALYZE activity_touched")
        for statement in _TIES:
            run(statement, values)
        for statement in (*_DAYS, *_MONTHS):
            run(statement)
        _write_years(_SOME, since=year_begins(timezone.localdate()))
        run("DROP TABLE activity_touched")
    CountedBatch.objects.bulk_create(CountedBatch(batch_id=row[0]) for row in waiting)
    return len(waiting)


@transaction.atomic
def _turn_the_year() -> None:
    """With a new month every year is another one, and what is older than the lines kept goes."""
    run("SET LOCAL statement_timeout = 0")
    fetch_all(_LOCK)
    today = timezone.localdate()
    since = year_begins(today)
    if fetch_value("SELECT coalesce(bool_and(since_on = %s), true) FROM reimbursements_practitioneryear", [since]):
        return
    kept = first_kept_day(today)
    for model in (PatientTie, PrescriberTie, AccountTie):
        model.objects.filter(last_on__lt=kept).delete()
    PractitionerDay.objects.filter(care_on__lt=kept).delete()
    PractitionerMonth.objects.filter(month_on__lt=kept).delete()
    _write_years("true", since=since)


def _write_years(whose: str, *, since: dt.date) -> None:
    """Write the years of the professionals whom the condition ``whose`` names, in the caller's transaction."""
    run(_FORGET_YEARS.format(whose=whose))
    run(_YEARS.format(whose=whose), {"since": since})
