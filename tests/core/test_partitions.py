"""Two functions run with the owner's rights: they make and drop partitions by age, and nothing else."""

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from ameli_notify.core.partitions import (
    Span,
    drop_partitions,
    ensure_partitions,
    next_partition_start,
    partition_start,
)

LINES = "reimbursements_line"
NOTIFICATIONS = "outreach_notification"


def names(parent: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = to_regclass(%s) ORDER BY 1",
            [parent],
        )
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """For tests on several connections; what they made is dropped again, so that no other test meets it."""
    before = {parent: names(parent) for parent in (LINES, NOTIFICATIONS)}
    yield
    drop_partitions(LINES, before=dt.date(1991, 1, 1))
    assert {parent: names(parent) for parent in (LINES, NOTIFICATIONS)} == before


class TestEnsure:
    def test_makes_what_is_missing_and_says_how_many(self, db: None) -> None:
        first, last = dt.date(1990, 11, 20), dt.date(1991, 2, 1)
        assert ensure_partitions(LINES, first=first, last=last, span=Span.MONTH) == 4
        assert ensure_partitions(LINES, first=first, last=last, span=Span.MONTH) == 0
        made = {"19901101", "19901201", "19910101", "19910201"}
        assert {f"{LINES}_p{day}" for day in made} <= set(names(LINES))

    def test_by_day(self, db: None) -> None:
        day = dt.date(1990, 2, 27)
        assert ensure_partitions(NOTIFICATIONS, first=day, last=day + dt.timedelta(days=3), span=Span.DAY) == 4
        assert f"{NOTIFICATIONS}_p19900302" in names(NOTIFICATIONS)

    def test_nothing_to_do_for_an_empty_range(self, db: None) -> None:
        assert ensure_partitions(LINES, first=dt.date(1990, 5, 2), last=dt.date(1990, 4, 1), span=Span.MONTH) == 0

    def test_many_at_once_make_each_one_once(self, committed: None) -> None:
        made: list[int] = []
        barrier = threading.Barrier(6)

        def work() -> None:
            barrier.wait()
            first = dt.date(1990, 1, 1)
            made.append(ensure_partitions(LINES, first=first, last=dt.date(1990, 4, 1), span=Span.MONTH))
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(made) == 4
        assert len(made) == 6

    @pytest.mark.parametrize(
        "parent",
        [
            "accounts_insuredperson",
            "no_such_table",
            "pg_class",
            'x"; DROP TABLE accounts_insuredperson; --',
            "reimbursements_line; DROP TABLE accounts_insuredperson",
            "reimbursements_line'",
            "",
        ],
    )
    def test_anything_but_a_range_partitioned_table_is_refused(self, parent: str, db: None) -> None:
        with pytest.raises(DatabaseError, match="is not a range-partitioned table"), transaction.atomic():
            ensure_partitions(parent, first=dt.date(1990, 1, 1), last=dt.date(1990, 1, 1), span=Span.DAY)
        assert "accounts_insuredperson" in connection.introspection.table_names()

    @pytest.mark.parametrize("days", [-1, 0, 32, 4000])
    def test_a_partition_covers_a_day_to_a_month(self, days: int, db: None) -> None:
        first = dt.date(1990, 1, 1)
        with (
            pytest.raises(DatabaseError, match="covers 1 to 31 days"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT core_ensure_partition(%s, %s, %s)", [LINES, first, first + dt.timedelta(days=days)])


class TestDrop:
    def test_old_ones_go_and_younger_ones_stay(self, db: None) -> None:
        ensure_partitions(LINES, first=dt.date(1990, 1, 1), last=dt.date(1990, 3, 1), span=Span.MONTH)
        assert drop_partitions(LINES, before=dt.date(1990, 3, 1)) == [f"{LINES}_p19900101", f"{LINES}_p19900201"]
        assert f"{LINES}_p19900301" in names(LINES)

    def test_one_that_holds_younger_rows_too_stays(self, db: None) -> None:
        ensure_partitions(LINES, first=dt.date(1990, 1, 1), last=dt.date(1990, 1, 1), span=Span.MONTH)
        assert drop_partitions(LINES, before=dt.date(1990, 1, 31)) == []

    @pytest.mark.parametrize("age", [-5000, 0, 30])
    def test_less_than_a_month_old_is_never_dropped(self, age: int, db: None) -> None:
        before = timezone.now().date() - dt.timedelta(days=age)
        with pytest.raises(DatabaseError, match="younger than 31 days"), transaction.atomic():
            drop_partitions(LINES, before=before)

    @pytest.mark.parametrize("parent", ["accounts_insuredperson", "no_such_table", 'x"; DROP TABLE django_session; --'])
    def test_nothing_is_dropped_from_other_tables(self, parent: str, db: None) -> None:
        with pytest.raises(DatabaseError, match="is not a range-partitioned table"), transaction.atomic():
            drop_partitions(parent, before=dt.date(1990, 1, 1))
        assert {"accounts_insuredperson", "django_session"} <= set(connection.introspection.table_names())

    def test_a_planted_object_cannot_take_the_place_of_a_trusted_one(self, db: None) -> None:
        """SECURITY DEFINER functions look in ``public`` first; a temporary table of the caller's is not theirs."""
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE {LINES} (payment_date date) PARTITION BY RANGE (payment_date)")
        ensure_partitions(LINES, first=dt.date(1990, 1, 1), last=dt.date(1990, 1, 1), span=Span.MONTH)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM pg_inherits WHERE inhparent = 'pg_temp.{LINES}'::regclass")
            assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("day", "span", "start", "after"),
    [
        (dt.date(2026, 12, 31), Span.MONTH, dt.date(2026, 12, 1), dt.date(2027, 1, 1)),
        (dt.date(2028, 2, 29), Span.MONTH, dt.date(2028, 2, 1), dt.date(2028, 3, 1)),
        (dt.date(2026, 12, 31), Span.DAY, dt.date(2026, 12, 31), dt.date(2027, 1, 1)),
    ],
)
def test_a_partition_begins_and_ends(day: dt.date, span: Span, start: dt.date, after: dt.date) -> None:
    assert partition_start(day, span) == start
    assert next_partition_start(start, span) == after
