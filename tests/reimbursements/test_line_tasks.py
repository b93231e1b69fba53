"""The nightly upkeep of the line table, as the queue runs it."""

import datetime as dt

import pytest
import time_machine
from django.db import connection

from ameli_notify.core.partitions import Span, ensure_partitions
from ameli_notify.core.tasks import run
from reimbursements.lines.services import first_kept_day
from reimbursements.schedules import SCHEDULES

(NIGHTLY,) = (each for each in SCHEDULES if each.name == "reimbursements.partitions")


def partition_days() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT right(c.relname, 8) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'reimbursements_line'::regclass"
        )
        return {day for (day,) in cursor.fetchall()}


@pytest.mark.django_db
@time_machine.travel("2026-06-15 00:30+00:00", tick=False)
def test_months_ahead_are_made_and_months_past_retention_go() -> None:
    oldest = first_kept_day(dt.date(2026, 6, 15))
    past = oldest - dt.timedelta(days=1)
    ensure_partitions("reimbursements_line", first=past, last=oldest, span=Span.MONTH)
    assert f"{past:%Y%m}01" in partition_days()
    run(NIGHTLY.task, *NIGHTLY.args)
    assert {"20260601", "20260701", "20260801", "20260901"} <= partition_days()
    assert min(partition_days()) == f"{oldest:%Y%m%d}"
    run(NIGHTLY.task, *NIGHTLY.args)
