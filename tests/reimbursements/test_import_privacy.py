"""What ANALYZE keeps goes to a permanent catalogue, to the log and to backups: no NIR may be among it."""

import pytest

from ameli_notify.core.sql import fetch_all, run
from reimbursements.feed.staging import drop_stage, make_stage

pytestmark = pytest.mark.django_db

PERSONAL = {"insured_nir", "beneficiary_nir", "nir", "value"}


def test_statistics_of_the_stage_hold_no_nir() -> None:
    make_stage()
    rows = "SELECT g, '1850700999' || g, '1850700999' || g FROM generate_series(10001, 10400) g"
    run(f"INSERT INTO feed_stage (line_number, insured_nir, beneficiary_nir) {rows}")
    run(f"INSERT INTO feed_pair (insured_id, insured_nir, beneficiary_nir) {rows}")
    run(f"INSERT INTO feed_finding (line_number, value, code) {rows}")
    run("ANALYZE feed_stage")
    run("ANALYZE feed_pair")
    run("ANALYZE feed_finding")
    kept = {column for (column,) in fetch_all("SELECT attname FROM pg_stats WHERE tablename LIKE 'feed_%%'")}
    drop_stage()
    assert {"line_number", "insured_id"} <= kept, "the planner is told of the rest"
    assert not kept & PERSONAL
