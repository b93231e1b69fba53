"""A million reports and what the staff made of them, written by SQL: what the console is measured on.

Believable where speed depends on it: few cases hold many reports and many hold few, seven of ten are closed, and the
rows of one case lie far apart.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone

from accounts.staff.models import User
from ameli_notify.measure.bench.twins import owner_cursor
from fraud.intake.questionnaire.publishing import current

SKEW: Final = 1.5
"""Reports fall on cases by this power of a number drawn from 0 to 1: the first of 100,000 cases gets about 460 of a
million, the last about 7."""
INVESTIGATORS: Final = 300
TABLES: Final = (
    "fraud_fraudreport", "fraud_reportedline", "fraud_reportevent", "fraud_fraudcase", "fraud_casereport",
    "fraud_caseassignment", "fraud_caseevent", "fraud_caseamount",
)  # fmt: skip

_SEED: Final = "SELECT setseed(0.11)"

# Of ten cases seven are closed, two are worked on, one waits for whoever takes it.
_CASES: Final = """
INSERT INTO fraud_fraudcase (id, year, rank, status, severity, author_category, fund_code, performer_rpps,
    performer_finess, amount_at_stake, opened_at, due_on, decided_at, outcome, closed_at)
SELECT n, 2026, n, CASE WHEN n %% 10 < 7 THEN 'closed' WHEN n %% 10 = 9 THEN 'new' ELSE 'investigating' END,
    1 + n %% 3, 'professional', '01C' || lpad((751000 + n %% 100)::text, 6, '0'), 10000000000 + n %% 20000, '', 0,
    opened, (opened + interval '30 days')::date, CASE WHEN n %% 10 < 7 THEN opened END,
    CASE WHEN n %% 10 < 7 THEN 'error' ELSE '' END, CASE WHEN n %% 10 < 7 THEN opened END
FROM (SELECT n, %(now)s::timestamptz - random() * interval '300 days' AS opened
      FROM generate_series(1, %(cases)s) AS n) AS each
"""
_REPORTS: Final = """
INSERT INTO fraud_fraudreport (id, public_id, insured_id, questionnaire_id, status, step, motive, leaf, severity,
    receipt_no, fund_code, amount_at_stake, started_at, updated_at, sent_at, closed_at, closing_reason, answers_sealed)
SELECT n, gen_random_uuid(), 1 + n %% %(people)s, %(questionnaire)s, CASE WHEN c.status = 'closed' THEN 'closed'
    ELSE 'in-review' END, '', 'acte-non-realise', 'soin-jamais-recu', c.severity, 'SR' || lpad(n::text, 12, '0'),
    c.fund_code, 10 + n %% 90, c.opened_at, c.opened_at, c.opened_at, c.closed_at,
    CASE WHEN c.status = 'closed' THEN 'corrected' ELSE '' END, '\\x00'
FROM bench_report_case b JOIN fraud_fraudcase c ON c.id = b.case_id
ORDER BY n
"""
_LINES: Final = """
INSERT INTO fraud_reportedline (insured_id, report_id, line_id, payment_date, policyholder_id, beneficiary_id,
    care_start, nature_code, performer_rpps, performer_finess, amount_charged, amount_paid, title, paid_to, snapshot,
    frozen_at)
SELECT r.insured_id, r.id, r.id, r.sent_at::date - 9, r.insured_id, r.insured_id, r.sent_at::date - 16, 1110,
    c.performer_rpps, '', 30, r.amount_at_stake, 'Consultation chez le médecin', 'Au professionnel de santé',
    jsonb_build_object('line_id', r.id, 'nature_code', 1110, 'act_code', 'G', 'amount_charged', '30.00',
        'performer_rpps', c.performer_rpps), r.sent_at
FROM bench_report_case b JOIN fraud_fraudcase c ON c.id = b.case_id JOIN fraud_fraudreport r ON r.id = b.n
"""
_REPORT_EVENTS: Final = """
INSERT INTO fraud_reportevent (insured_id, report_id, at, kind, author, status)
SELECT r.insured_id, r.id, r.sent_at + e.later, e.kind, e.author, e.status
FROM fraud_fraudreport r
CROSS JOIN (VALUES (interval '0', 'sent', 'insured', 'received'), (interval '1 hour', 'status', 'staff', 'in-review'))
    AS e (later, kind, author, status)
ORDER BY r.sent_at
"""
_LINKS: Final = """
INSERT INTO fraud_casereport (case_id, report_id, linked_at)
SELECT c.id, b.n, c.opened_at FROM bench_report_case b JOIN fraud_fraudcase c ON c.id = b.case_id
"""
# A million refreshes of one case each, and a lock for each in one transaction, are what no shift of the staff asks for.
_NO_REFRESH: Final = "ALTER TABLE fraud_casereport DISABLE TRIGGER link_prescription"
_REFRESH_AGAIN: Final = "ALTER TABLE fraud_casereport ENABLE TRIGGER link_prescription"
_PRESCRIPTIONS: Final = """
INSERT INTO fraud_caseprescription (case_id, oldest_payment_on, oldest_care_on)
SELECT b.case_id, min(l.payment_date), min(l.care_start)
FROM bench_report_case b JOIN fraud_reportedline l ON l.report_id = b.n GROUP BY b.case_id
"""
_STAKES: Final = """
UPDATE fraud_fraudcase c SET amount_at_stake = s.total
FROM (SELECT b.case_id, sum(r.amount_at_stake) AS total FROM bench_report_case b
      JOIN fraud_fraudreport r ON r.id = b.n GROUP BY 1) AS s WHERE s.case_id = c.id
"""
# Ids were given, not drawn: what is made afterwards goes on behind them.
_NUMBER_ON: Final = """
SELECT setval(pg_get_serial_sequence('fraud_fraudcase', 'id'), (SELECT max(id) FROM fraud_fraudcase)),
    setval(pg_get_serial_sequence('fraud_fraudreport', 'id'), (SELECT max(id) FROM fraud_fraudreport))
"""
_HELD: Final = """
INSERT INTO fraud_caseassignment (case_id, investigator_id, assigned_at)
SELECT id, (%(staff)s::bigint[])[1 + id %% cardinality(%(staff)s::bigint[])], opened_at
FROM fraud_fraudcase WHERE status = 'investigating'
"""
_CASE_EVENTS: Final = """
INSERT INTO fraud_caseevent (case_id, at, actor_id, kind, before, after)
SELECT c.id, c.opened_at + number * interval '1 hour', (%(staff)s::bigint[])[1], 'moved',
    '{"status": "assigned"}'::jsonb, '{"status": "investigating"}'::jsonb
FROM fraud_fraudcase c, generate_series(1, 5) AS number ORDER BY c.opened_at
"""
_AMOUNTS: Final = """
INSERT INTO fraud_caseamount (case_id, kind, amount, on_date, recorded_at, recorded_by_id)
SELECT id, kind, 100 + id %% 900, opened_at::date, opened_at, (%(staff)s::bigint[])[1]
FROM fraud_fraudcase, unnest(ARRAY['presumed', 'notified']) AS kind WHERE status <> 'new'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caseload:
    """What was written: rows, and ids of cases that are open, the fullest first."""

    reports: int
    cases: int
    open_cases: list[int]


def fill_cases(*, reports: int, cases: int, people: int, holder: User) -> Caseload:
    """Write ``cases`` cases over ``reports`` reports of ``people`` people with ids from 1; ``holder`` holds some."""
    others = User.objects.bulk_create(
        User(username=f"enquete-{number}", is_staff=True) for number in range(INVESTIGATORS)
    )
    values: dict[str, Any] = {
        "cases": cases, "people": people, "now": timezone.now(), "questionnaire": current().pk,
        "staff": [holder.pk, *(user.pk for user in others)],
    }  # fmt: skip
    with owner_cursor() as cursor:
        cursor.execute(_SEED)
        cursor.execute(_CASES, values)
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_report_case AS SELECT n, 1 + floor(%s * random() ^ %s)::int AS case_id"
            " FROM generate_series(1, %s) AS n",
            [cases, SKEW, reports],
        )
        cursor.execute("ANALYZE bench_report_case")
        for statement in (
            _REPORTS, _LINES, _REPORT_EVENTS, _NO_REFRESH, _LINKS, _REFRESH_AGAIN, _PRESCRIPTIONS, _STAKES, _HELD,
            _CASE_EVENTS, _AMOUNTS, _NUMBER_ON,
        ):  # fmt: skip
            cursor.execute(statement, values)
        cursor.execute("SELECT id FROM fraud_fraudcase WHERE status = 'investigating' ORDER BY id")
        open_cases = [row[0] for row in cursor.fetchall()]
    return Caseload(reports=reports, cases=cases, open_cases=open_cases)
