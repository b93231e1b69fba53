"""The staging table of one file: typed, temporary, private to the session, one row for each line of the file.

Only lines that match the grammar reach COPY as they are; the others go through the slow path. So COPY never fails
on data, and ``line_number`` is a plain count: an unreadable line stages an empty row.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from ameli_notify.core.copying import copy_rows, copying
from ameli_notify.core.delivered_files import FIRST_ROW
from ameli_notify.core.findings import Finding
from ameli_notify.core.sql import fetch_all, fetch_value, run
from reimbursements.feed.layout import COLUMNS, NAMES, PLAIN_LINES
from reimbursements.feed.reading import read_slowly

# Statistics for the joins only: analysing 46 columns would cost as much as a check.
_ANALYZE: Final = "ANALYZE feed_stage (line_number, insured_nir, op)"

# What every check reads stands first, so that a scan unpacks little of each row.
_CHECKED_FIRST: Final = (
    "op", "payment_date", "care_start", "flow_date", "nature_code", "rem_type", "line_no", "statement_no",
    "exec_rpps", "prescriber_rpps", "base", "rate_pct", "amount_paid", "amount_charged", "insured_nir",
    "beneficiary_nir", "emitter_code", "act_system", "act_code", "exec_finess",
)  # fmt: skip
_STAGE_COLUMNS: Final = sorted(
    COLUMNS, key=lambda c: _CHECKED_FIRST.index(c.name) if c.name in _CHECKED_FIRST else len(COLUMNS)
)

_TABLES: Final = {
    "feed_stage": "line_number integer DEFAULT nextval('feed_line_number'), "
    + ", ".join(f"{column.name} {column.sql_type}" for column in _STAGE_COLUMNS),
    "feed_distinct": "kind text, insured_nir text, beneficiary_nir text, exec_rpps bigint, prescriber_rpps bigint, "
    "exec_finess text",
    "feed_nir": "nir text, lookup uuid",
    "feed_person": "nir text, person_id bigint",
    "feed_pair": "insured_nir text, beneficiary_nir text, insured_id bigint, beneficiary_id bigint",
    "feed_bad_nir": "nir text, code text",
    "feed_bad_rpps": "rpps bigint",
    "feed_bad_finess": "finess text",
    "feed_finding": "line_number integer, code text, field text, value text",
    "feed_rejected": "line_number integer",
    "feed_cancel": "line_number integer, insured_nir text, insured_id bigint, nature_code integer, act_system text, "
    "act_code text, care_start date, amount_paid numeric",
    "feed_resolved": "line_number integer, insured_id bigint, beneficiary_id bigint",
    "feed_candidate": "emitter_code varchar(9), statement_no bigint, line_no integer, rem_type smallint, "
    "payment_date date, is_step_down boolean",
    "feed_repeated": "lines integer[]",
    "feed_twin": "line_number integer, is_same boolean",
}
"""feed_twin: lines whose business key is taken; is_same tells duplicates from conflicts (E601)."""


_PERSONAL: Final = {
    table: [name for name in ("insured_nir", "beneficiary_nir", "nir", "value") if f", {name} text" in f", {columns}"]
    for table, columns in _TABLES.items()
}
"""Columns that ANALYZE must not sample: what it keeps goes to a permanent catalogue, the log and the backups."""


@dataclass(slots=True)
class PaymentDay:
    """Rows of one payment date, with their amounts in euros."""

    rows: int
    paid: Decimal


@dataclass(slots=True)
class Staged:
    """What staging counted. ``rows`` and the totals cover every row of the file, readable or not."""

    rows: int = 0
    paid: Decimal = Decimal(0)
    charged: Decimal = Decimal(0)
    days: dict[dt.date, PaymentDay] = field(default_factory=dict)


def make_stage() -> None:
    """Have the session's staging tables, empty."""
    run("CREATE TEMP SEQUENCE IF NOT EXISTS feed_line_number MINVALUE 2 START 2 CACHE 1000")
    run("ALTER SEQUENCE feed_line_number RESTART")
    for table, columns in _TABLES.items():
        run(f"CREATE TEMP TABLE IF NOT EXISTS {table} ({columns})")
        for column in _PERSONAL[table]:
            run(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
    # To truncate costs a new file each: most of them stay empty.
    used = [table for table in _TABLES if fetch_value(f"SELECT EXISTS (SELECT FROM {table})")]
    if used:
        run(f"TRUNCATE {', '.join(used)}")
    run("DROP INDEX IF EXISTS pg_temp.feed_stage_line")


def drop_stage() -> None:
    """Leave nothing of a file in this session."""
    run(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{table}' for table in _TABLES)}")
    run("DROP SEQUENCE IF EXISTS pg_temp.feed_line_number")


def stage(blocks: Iterable[bytes]) -> Staged:
    """Copy blocks of whole lines into the staging table; what cannot be read becomes a finding.

    Inside a transaction, whose savepoint a refusal half-way through goes back to.
    """
    staged = Staged()
    findings: list[Finding] = []
    columns = ", ".join(NAMES)
    with copying(f"COPY feed_stage ({columns}) FROM STDIN (FORMAT text, DELIMITER ';', NULL '')") as copy:
        for piece in _stageable(blocks, staged=staged, findings=findings):
            copy.write(piece)
    add_findings(findings)
    run("CREATE INDEX feed_stage_line ON feed_stage (line_number)")
    run(_ANALYZE)
    _count_days(staged)
    return staged


def add_findings(findings: Iterable[Finding]) -> None:
    """Add findings made outside the database."""
    copy_rows("feed_finding", ("line_number", "code", "field", "value"), (_storable(found) for found in findings))


def settle_rejected() -> None:
    """Bring the list of rejected lines up to date with the findings."""
    run(
        "INSERT INTO feed_rejected SELECT DISTINCT line_number FROM feed_finding WHERE code LIKE 'E%%'"
        " EXCEPT SELECT line_number FROM feed_rejected"
    )
    run("ANALYZE feed_rejected")


def _stageable(blocks: Iterable[bytes], *, staged: Staged, findings: list[Finding]) -> Iterator[bytes]:
    for block in blocks:
        position, number = 0, FIRST_ROW + staged.rows
        staged.rows += block.count(b"\n")
        while position < len(block):
            # Never None: the pattern matches zero lines too.
            end = PLAIN_LINES.match(block, position).end()  # type: ignore[union-attr]
            if end > position:
                plain = block if end - position == len(block) else block[position:end]
                yield plain
                position, number = end, number + plain.count(b"\n")
                continue
            end = block.index(b"\n", position) + 1
            slow = read_slowly(block[position : end - 1].decode(), line_number=number)
            yield slow.staged
            findings += slow.findings
            staged.paid += slow.unread_paid
            staged.charged += slow.unread_charged
            position, number = end, number + 1


def _count_days(staged: Staged) -> None:
    query = """
        SELECT payment_date, count(*), sum(amount_paid), sum(amount_charged)
        FROM feed_stage WHERE payment_date IS NOT NULL GROUP BY payment_date"""
    for day, rows, paid, charged in fetch_all(query):
        staged.days[day] = PaymentDay(rows, paid)
        staged.paid += paid
        staged.charged += charged


def _storable(finding: Finding) -> tuple[int, str, str, str]:
    return finding.line_number, finding.code, finding.field, finding.value.replace("\0", "?")
