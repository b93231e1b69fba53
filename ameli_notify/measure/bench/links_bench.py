"""A professional with five thousand patients: how long the server works for their links, and for their peers.

The lines are written by SQL and counted by the job that counts them in production.
"""

import datetime as dt
import secrets
import time
from collections.abc import Iterator
from statistics import mean
from typing import Any, Final

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.staff.roles import Role
from accounts.staff.services import create_staff, sync_roles
from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.core.sql import fetch_value
from ameli_notify.measure.bench.arrivals import percentiles
from ameli_notify.measure.bench.report import Line, Measure, at_least, at_most
from ameli_notify.measure.bench.run import Run, settle_server
from ameli_notify.measure.bench.twins import owner_cursor
from ameli_notify.measure.bench.visitors import sign_in_staff
from fraud.cases.models import FraudCase
from reimbursements.activity.rollup import count_activity, year_begins
from reimbursements.feed.models import ImportBatch
from reimbursements.lines.schema import TABLE
from reimbursements.reference.services import load_reference_data

PEOPLE: Final = 60_000
PROFESSIONALS: Final = 4_000
PRESCRIBERS: Final = 2_000
LINES_EACH: Final = 25
PATIENTS: Final = 5_000
"""Of the professional who is looked at."""
ACTS_EACH: Final = 6
VISITS: Final = 40
LINKS_MILLISECONDS: Final = 500
STAR: Final = 10_000_000_000
_ROLLUPS: Final = (
    "reimbursements_practitionerday", "reimbursements_practitionermonth", "reimbursements_practitioneryear",
    "reimbursements_patienttie", "reimbursements_prescribertie", "reimbursements_accounttie",
)  # fmt: skip

# Each person has a prescriber, and goes to eight professionals again and again; the first of the people also to the
# one who is looked at.
_LINES: Final = f"""
INSERT INTO {TABLE} (
    insured_id, beneficiary_id, batch_id, statement_no, performer_rpps, prescriber_rpps, payment_date, care_start,
    line_no, nature_code, rem_type, beneficiary_quality, insurance_nature, payee, is_confidential, is_amc_transmitted,
    operation, card_mode, care_place, emitter_code, key_letter, act_system, act_code, quantity, coefficient,
    amount_charged, base_amount, rate_pct, amount_paid, excess_amount, performer_am_no, performer_specialty,
    performer_finess, settlement_ref, amc_code, payee_account)
SELECT w.person, w.person, %(batch)s, row_number() OVER (), w.rpps, %(star)s + 1 + w.person %% %(prescribers)s,
    %(month)s::date + w.day, greatest(%(month)s::date + w.day - 7, %(month)s::date), 1, 1110, 0, 1, 10, 36, false,
    false, 'C', '1', '', '01C999999', 'G', 'NGAP', CASE WHEN w.rpps %% 7 = w.person %% 7 THEN 'GS' ELSE 'G' END, 1, 0,
    30, 30, 70, 21, 0, '', '01', '', '', '', lpad(to_hex(w.rpps / 3), 16, '0')
FROM (
    SELECT p AS person, %(star)s + 1 + (p * 31 + (n %% 8) * 977) %% %(professionals)s AS rpps,
        (p * 7 + n * 11 + %(turn)s) %% 28 AS day
    FROM generate_series(1, %(people)s) p, generate_series(1, %(each)s) n WHERE (n + p) %% 12 = %(turn)s %% 12
    UNION ALL
    SELECT p, %(star)s, (p * 5 + n) %% 28
    FROM generate_series(1, %(patients)s) p, generate_series(1, %(acts)s) n WHERE (n * 2 + p) %% 12 = %(turn)s %% 12
) w
ORDER BY 7
"""
_PROFESSIONALS: Final = """
WITH made AS (
    INSERT INTO reimbursements_healthprofessional (rpps, last_name, first_name, updated_at)
    SELECT %(star)s + n, 'ESSAI', 'Claude', now() FROM generate_series(0, %(professionals)s) n RETURNING id, rpps
)
INSERT INTO reimbursements_practiceplace (professional_id, am_no, finess, specialty, department, active_from)
SELECT id, '', '', '01', lpad((1 + rpps %% 4)::text, 2, '0'), '2020-01-01' FROM made
"""


def bench_links(run: Run) -> Iterator[Line]:
    """Yields the speed of counting, and the time of the two pages."""
    lines = _fill(run)
    began = time.perf_counter()
    with run.step(f"compter {lines} lignes"):
        count_activity()
    yield Measure(
        name="links-count", value=lines / (time.perf_counter() - began), unit="lines/s",
        against="all batches of a year counted at once, into ties, days, months and years",
        details={"lines": lines},
    )  # fmt: skip
    with run.step("mettre la base au repos"):
        settle_server(TABLE, *_ROLLUPS)
    client, case = _visitor(), _case()
    patients = fetch_value("SELECT patients FROM reimbursements_practitioneryear WHERE rpps = %s", [STAR])
    yield Measure(
        name="links-patients", value=patients, unit="patients", goals=[at_least(run.size(PATIENTS), of="value")]
    )
    for page in ("links", "profile"):
        with run.step(f"la page {page}"):
            yield _measure(run, page, client, case, patients=patients, lines=lines)


def _fill(run: Run) -> int:
    """A year of lines, a batch a month; returns how many."""
    load_reference_data()
    today, written = timezone.localdate(), 0
    values: dict[str, Any] = {
        "star": STAR, "people": run.size(PEOPLE, least=200), "professionals": run.size(PROFESSIONALS, least=40),
        "prescribers": run.size(PRESCRIBERS, least=20), "patients": run.size(PATIENTS),
        "each": LINES_EACH, "acts": ACTS_EACH,
    }  # fmt: skip
    with owner_cursor() as cursor, run.step(f"un an de paiements de {values['people']} personnes"):
        cursor.execute(_PROFESSIONALS, values)
        for turn, month in enumerate(_months(today)):
            last = month + dt.timedelta(days=27)
            ensure_partitions(TABLE, first=month, last=last, span=Span.MONTH)
            batch = ImportBatch.objects.create(
                emitter_code="01C999999", sequence=turn + 1, file_name="bench", sha256=b"", status="loaded",
                first_payment_on=month, last_payment_on=last, started_at=timezone.now(),
            )  # fmt: skip
            cursor.execute(_LINES, values | {"batch": batch.pk, "month": month, "turn": turn})
            written += cursor.rowcount
    return written


def _months(today: dt.date) -> list[dt.date]:
    """The first days of the twelve whole months of the year that counts."""
    first = year_begins(today)
    return [dt.date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(12)]


def _visitor() -> Client:
    password = secrets.token_urlsafe(24)
    sync_roles()
    user = create_staff("enquete-liens", role=Role.INVESTIGATOR, password=password).user
    key = sign_in_staff(user, password=password)
    return Client(headers={"host": "127.0.0.1", "cookie": f"{settings.SESSION_COOKIE_NAME}={key}"})


def _case() -> FraudCase:
    return FraudCase.objects.create(
        year=2026, rank=1, severity=3, performer_rpps=STAR, due_on=timezone.localdate(), fund_code="01C999999"
    )


def _measure(run: Run, page: str, client: Client, case: FraudCase, *, patients: int, lines: int) -> Measure:
    """The page as the server makes it, in this process; the first visit is not counted."""
    path = reverse(f"admin:fraud_fraudcase_{page}", args=[case.pk])
    query = {"pairs": "france"} if page == "profile" else {}

    def visit() -> None:
        status = client.get(path, query).status_code
        if status != 200:
            raise RuntimeError(f"the page was answered {status}")

    first = run.clock.time(visit)
    rest = [run.clock.time(visit) for _ in range(run.size(VISITS, least=5))]
    server = percentiles([one.wall for one in rest])
    return Measure(
        name=f"{page}-page", value=server.p95, unit="ms", against="making the page, 95th percentile",
        goals=[at_most(LINKS_MILLISECONDS)],
        details={
            "patients": patients, "lines": lines, "visits": len(rest), "p50": server.p50, "longest": server.longest,
            "first": first.wall * 1e3, "cpu": mean(one.cpu for one in rest) * 1e3,
        },
    )  # fmt: skip
