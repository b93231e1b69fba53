"""Range partitions by day or month, made ahead and dropped by age.

Only the owner may create or drop tables, and the jobs run as the restricted runtime role: two SECURITY
DEFINER functions (created in core's first migration) do just these two things, and refuse anything else.
A partition is named ``<parent>_pYYYYMMDD`` after its first day.
"""

import datetime as dt
from enum import StrEnum
from typing import Final

from django.db import connection


class Span(StrEnum):
    """How much time one partition covers."""

    DAY = "day"
    MONTH = "month"


CREATE_FUNCTIONS: Final = r"""
CREATE FUNCTION core_ensure_partition(parent text, first_day date, after_last_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE child text := format('%s_p%s', parent, to_char(first_day, 'YYYYMMDD'));
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_partitioned_table
                   WHERE partrelid = to_regclass(quote_ident(parent)) AND partstrat = 'r') THEN
        RAISE EXCEPTION '% is not a range-partitioned table', parent;
    END IF;
    IF after_last_day <= first_day OR after_last_day > first_day + 31 THEN
        RAISE EXCEPTION 'a partition covers 1 to 31 days, not % to %', first_day, after_last_day;
    END IF;
    IF to_regclass(quote_ident(child)) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- One lock for the parent, not for the child: two ranges that overlap would deadlock on the parent's own lock.
    PERFORM pg_advisory_xact_lock(hashtextextended(parent, 0));
    -- Whoever held the lock may have made it; to_regclass would still answer from this session's cache.
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                   child, parent, first_day, after_last_day);
    RETURN true;
EXCEPTION WHEN duplicate_table THEN
    RETURN false;
END $$;

CREATE FUNCTION core_drop_partitions(parent text, before date) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE child text;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_partitioned_table
                   WHERE partrelid = to_regclass(quote_ident(parent)) AND partstrat = 'r') THEN
        RAISE EXCEPTION '% is not a range-partitioned table', parent;
    END IF;
    IF before > current_date - 31 THEN
        RAISE EXCEPTION 'partitions younger than 31 days are never dropped (asked: before %)', before;
    END IF;
    FOR child IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass(quote_ident(parent))
          AND (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([0-9-]+)''\)'))[1]::date <= before
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', child);
        RETURN NEXT child;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION core_ensure_partition(text, date, date), core_drop_partitions(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core_ensure_partition(text, date, date), core_drop_partitions(text, date) TO ameli_app;
"""


def partition_start(day: dt.date, span: Span) -> dt.date:
    """First day of the partition that holds ``day``."""
    return day if span is Span.DAY else day.replace(day=1)


def next_partition_start(start: dt.date, span: Span) -> dt.date:
    """First day after the partition that begins on ``start``."""
    if span is Span.DAY:
        return start + dt.timedelta(days=1)
    return (start + dt.timedelta(days=32)).replace(day=1)


def ensure_partitions(parent: str, *, first: dt.date, last: dt.date, span: Span) -> int:
    """Make every missing partition that covers ``first`` to ``last`` inclusive; returns how many were made."""
    made = 0
    start = partition_start(first, span)
    with connection.cursor() as cursor:
        while start <= last:
            after = next_partition_start(start, span)
            cursor.execute("SELECT core_ensure_partition(%s, %s, %s)", [parent, start, after])
            made += bool(cursor.fetchone()[0])
            start = after
    return made


def drop_partitions(parent: str, *, before: dt.date) -> list[str]:
    """Drop the partitions that end on or before ``before``; returns their names, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM core_drop_partitions(%s, %s)", [parent, before])
        return [name for (name,) in cursor.fetchall()]
