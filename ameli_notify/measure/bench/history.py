"""Twenty-seven months of payments of many people, written by SQL: what « Mes paiements » is measured on.

Believable where speed depends on it: most people have little and some very much, one or two lines an act, children
beside their parents; and the lines of a day lie together in the table, so those of one person lie far apart.
"""

import datetime as dt
from collections.abc import Callable
from typing import Final

from django.utils import timezone

from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.measure.bench.twins import owner_cursor
from reimbursements.lines.schema import TABLE
from reimbursements.payments.periods import Period, whole_period

HEAVY_EVERY: Final = 2_000
"""One person in so many has HEAVY_LINES lines: ill every day."""
HEAVY_LINES: Final = 2_000
CHILD_EVERY: Final = 5
"""Every so many-th person is a child of the person before."""
_SEED: Final = "SELECT setseed(0.27)"
_LINES_PER_STATEMENT: Final = 7 / 3

_CHILDREN: Final = """
UPDATE accounts_insuredperson SET policyholder_id = id - 1 WHERE id %% %(every)s = 0 AND id > %(first)s
"""

# How many statements each person has in a month: minus the logarithm of a number that stays the same for the person
# makes few with much and many with little. A child's are its parent's.
_MONTH: Final = f"""
WITH months AS (
    SELECT id, CASE WHEN id %% %(child_every)s = 0 AND id > %(first)s THEN id - 1 ELSE id END AS insured_id,
        CASE WHEN id %% %(heavy_every)s = 1 THEN %(heavy)s
             ELSE -ln((hashint8(id)::bigint + 2147483649) / 4294967297.0) * %(light)s END AS mean
    FROM accounts_insuredperson WHERE id BETWEEN %(first)s AND %(last)s
), statements AS (
    SELECT m.insured_id, m.id AS beneficiary_id, %(month)s::date + floor(random() * %(days)s)::int AS paid_on,
        (random() * 99)::int AS kind
    FROM months m, generate_series(1, floor(m.mean + random())::int)
), numbered AS (
    SELECT s.*, %(first_number)s + row_number() OVER (ORDER BY paid_on) AS statement_no FROM statements s
)
INSERT INTO {TABLE} (
    insured_id, beneficiary_id, batch_id, statement_no, performer_rpps, payment_date, care_start, care_end, line_no,
    nature_code, rem_type, beneficiary_quality, exemption_reason, care_path, insurance_nature, payee, is_confidential,
    is_amc_transmitted, operation, card_mode, care_place, emitter_code, key_letter, act_system, act_code, quantity,
    coefficient, amount_charged, base_amount, rate_pct, amount_paid, excess_amount, performer_am_no,
    performer_specialty, performer_finess, settlement_ref, amc_code, payee_account)
SELECT n.insured_id, n.beneficiary_id, 0, n.statement_no, 10000000000 + n.kind, n.paid_on, n.paid_on - 7,
    n.paid_on - 7, l.line_no, l.nature, 0, CASE WHEN n.beneficiary_id = n.insured_id THEN 1 ELSE 3 END, 0, 1, 10,
    l.payee, n.kind = 0, false, 'C', '1', '', '01C999999', l.letter, l.system, l.act, 1, 0, l.charged, l.base, l.rate,
    l.paid, 0, '', l.specialty, '', '', '', ''
FROM numbered n
JOIN (VALUES
    (0, 1, 1110, 'G', 'NGAP', 'G', 10, 30.00, 30.00, 70, 21.00, '01'),
    (0, 2, 1951, 'PFH', '', '', 10, 0, 0, 0, -2.00, ''),
    (1, 1, 3313, 'PH7', '', '', 36, 8.40, 8.40, 65, 5.46, '50'),
    (1, 2, 3313, 'PH7', '', '', 36, 3.12, 3.12, 65, 2.03, '50'),
    (1, 3, 1972, 'FRM', '', '', 36, 0, 0, 0, -1.00, ''),
    (2, 1, 1110, 'G', 'NGAP', 'G', 36, 30.00, 30.00, 70, 21.00, '01'),
    (2, 2, 1952, 'PFH', '', '', 36, 0, 0, 0, -2.00, '')
) AS l (form, line_no, nature, letter, system, act, payee, charged, base, rate, paid, specialty) ON l.form = n.kind %% 3
ORDER BY n.paid_on, n.statement_no, l.line_no
"""


def add_children(people: range) -> None:
    """Make every CHILD_EVERY-th person a child of the one before."""
    with owner_cursor() as cursor:
        cursor.execute(_CHILDREN, {"every": CHILD_EVERY, "first": people.start})


def fill_history(people: range, *, lines: int, say: Callable[[str], None], period: Period | None = None) -> int:
    """Give these people about so many lines over ``period`` (all that is kept); returns how many were written.

    People with an id of 1 modulo HEAVY_EVERY have about HEAVY_LINES each, whatever ``lines`` is.
    """
    period = period or whole_period(timezone.localdate())
    ensure_partitions(TABLE, first=period.first, last=period.last, span=Span.MONTH)
    months = _months(period.first, period.last)
    heavy = HEAVY_LINES / _LINES_PER_STATEMENT / len(months)
    of_heavy = len([each for each in people if each % HEAVY_EVERY == 1]) * HEAVY_LINES
    light = max(0.0, lines - of_heavy) / _LINES_PER_STATEMENT / len(months) / len(people)
    written = 0
    with owner_cursor() as cursor:
        cursor.execute(_SEED)
        for number, (first, days) in enumerate(months):
            cursor.execute(_MONTH, {
                "child_every": CHILD_EVERY, "heavy_every": HEAVY_EVERY, "heavy": heavy, "light": light,
                "first": people.start, "last": people.stop - 1, "month": first, "days": days,
                "first_number": number * 1_000_000_000,
            })  # fmt: skip
            written += cursor.rowcount
            say(f"    {first:%m/%Y} : {cursor.rowcount} lignes")
    return written


def _months(first: dt.date, last: dt.date) -> list[tuple[dt.date, int]]:
    """First days of the months, with how many of their days are in the period."""
    months = []
    while first <= last:
        after = (first + dt.timedelta(days=32)).replace(day=1)
        months.append((first, (min(after, last + dt.timedelta(days=1)) - first).days))
        first = after
    return months
